import { randomBytes } from "node:crypto";

/** What W3C Trace Context sends: version, trace, span, flags. An id of zeros is none. */
const parentPattern = /^[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}/;

/** The trace that a request belongs to, by its header `traceparent`; else one of its own. 32 hex digits. */
export function traceIdOf(traceparent: string | undefined): string {
  return (traceparent && parentPattern.exec(traceparent)?.[1]) ?? randomBytes(16).toString("hex");
}
