import { randomFillSync } from "node:crypto";

const idBytes = 8;
/** Random bytes are drawn for many ids at once: one system call for each request would show in a profile. */
const pool = Buffer.alloc(idBytes * 512);
let offset = pool.length;

/** A new request id: 16 hex digits, random. Never taken from outside, so that nobody can forge an entry of the log. */
export function makeRequestId(): string {
  if (offset === pool.length) {
    randomFillSync(pool);
    offset = 0;
  }
  const id = pool.toString("hex", offset, offset + idBytes);
  offset += idBytes;
  return id;
}
