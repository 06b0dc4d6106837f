import { gzipSync } from "node:zlib";

import type { BentoErrorCode } from "@bento/core";

/** One request that must be refused, and how. */
export interface BadCase {
  /** What is wrong, and how it comes. */
  readonly what: string;
  readonly path: string;
  readonly init: RequestInit;
  readonly status: number;
  readonly code: BentoErrorCode;
  /** Where the first issue is, where the code has issues. */
  readonly at?: readonly (string | number)[];
  /** What kind of issue it is; without issues what the message says, which names the field or the place. */
  readonly says: string;
}

/** A request with a body of a type. */
export function post(type: string, body: string | Uint8Array, headers: Record<string, string> = {}): RequestInit {
  return { method: "POST", headers: { "content-type": type, ...headers }, body: typeof body === "string" ? body : new Uint8Array(body) };
}

/** The same, compressed. */
export function gzipped(type: string, body: string | Uint8Array): RequestInit {
  return post(type, gzipSync(body), { "content-encoding": "gzip" });
}

/** A form of one part; what the part says of itself stands behind its name. */
export function onePart(content: string | Uint8Array, says = ""): RequestInit {
  const head = `--b\r\nContent-Disposition: form-data; name="x"${says}\r\n\r\n`;
  return post("multipart/form-data; boundary=b", Buffer.concat([Buffer.from(head), Buffer.from(content), Buffer.from("\r\n--b--\r\n")]));
}
