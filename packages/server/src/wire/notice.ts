import { wireInvalid } from "./frame.js";

/** What one side tells the other outside of any call; which there are is for those who use the connection. */
export interface Notice {
  readonly type: string;
}

/** Reads the head of a notice. @throws BENTO_WIRE_INVALID */
export function parseNotice(head: string): Notice {
  const value = parseHead(head);
  if (typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string") return value as Notice;
  throw wireInvalid("a notice that says nothing");
}

/** The JSON of a head. @throws BENTO_WIRE_INVALID */
export function parseHead(head: string): unknown {
  try {
    return JSON.parse(head);
  } catch {
    throw wireInvalid(`a head that is no JSON: ${JSON.stringify(head.slice(0, 60))}`);
  }
}
