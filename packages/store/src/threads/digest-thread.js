import { createHash } from "node:crypto";
import { parentPort } from "node:worker_threads";

// The thread of thread-digester.ts: JavaScript, because a thread loads its file without any compiler.

/** @typedef {{ id: number, bytes?: Uint8Array, length?: number }} Message piece of a stream, or its end */

/** @type {Map<number, import("node:crypto").Hash>} */
const hashes = new Map();

parentPort?.on("message", (/** @type {Message} */ { id, bytes, length }) => {
  const hash = hashes.get(id) ?? createHash("sha256");
  if (bytes === undefined) {
    hashes.delete(id);
    answer({ id, sha256: hash.digest("hex") }, []);
    return;
  }
  hashes.set(id, hash.update(bytes.subarray(0, length)));
  // The memory goes back, to be filled again.
  answer({ id, bytes }, [/** @type {ArrayBuffer} */ (bytes.buffer)]);
});

// A piece that cannot be read would be missing from a digest: the thread ends, and all of its streams are told.
parentPort?.on("messageerror", (error) => {
  throw error;
});

function answer(/** @type {object} */ message, /** @type {ArrayBuffer[]} */ transfer) {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is a rule for windows; this is a thread
  parentPort?.postMessage(message, transfer);
}
