import { BentoFile, toDataUrl } from "@bento/core";

/** An input as the client sends it: as JSON, in which a file is a data URL and bytes are base64. */
export async function sendable(input: unknown): Promise<unknown> {
  if (BentoFile.isFile(input)) return toDataUrl(input);
  if (input instanceof Uint8Array) return Buffer.from(input).toString("base64");
  if (Array.isArray(input)) return Promise.all(input.map(sendable));
  if (typeof input !== "object" || input === null) return input;
  return Object.fromEntries(await Promise.all(Object.entries(input).map(async ([key, value]) => [key, await sendable(value)] as const)));
}
