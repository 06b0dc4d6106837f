import { createHash } from "node:crypto";

/** The chunks as they are, each digested so often with SHA-256. */
export async function* digested(chunks, times) {
  const hashes = Array.from({ length: times }, () => createHash("sha256"));
  for await (const chunk of chunks) {
    for (const hash of hashes) hash.update(chunk);
    yield chunk;
  }
  for (const hash of hashes) hash.digest();
}
