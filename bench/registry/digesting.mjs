import { createHash } from "node:crypto";

/** What a pipeline is to lead chunks through so that each is digested so often with SHA-256. */
export function digesting(times) {
  if (times === 0) return [];
  return [
    async function* (chunks) {
      const hashes = Array.from({ length: times }, () => createHash("sha256"));
      for await (const chunk of chunks) {
        for (const hash of hashes) hash.update(chunk);
        yield chunk;
      }
      for (const hash of hashes) hash.digest();
    },
  ];
}
