import { parentPort } from "node:worker_threads";
import { discard } from "./discard.js";

// JavaScript, because a worker thread loads its file without any compiler: the same file runs from source and built.

/** @typedef {{ run: (input: unknown) => Promise<{ value: unknown, transfer?: ArrayBuffer[] }> }} Task */

/** @type {Map<string, Promise<Task>>} */
const tasks = new Map();

/** @typedef {{ task: string, input: unknown, moved: readonly ArrayBuffer[] }} Message `moved` are the buffers of the input that came along and were not copied */

parentPort?.on("message", (/** @type {Message} */ message) => {
  void work(message);
});

parentPort?.on("messageerror", (error) => answer({ error }, []));

async function work(/** @type {Message} */ { task: name, input, moved }) {
  try {
    const loading = tasks.get(name) ?? /** @type {Promise<Task>} */ (import(`./tasks/${name}.js`));
    tasks.set(name, loading);
    const { run } = await loading;
    const { value, transfer = [] } = await run(input);
    answer({ value }, transfer);
  } catch (error) {
    answer({ error }, []);
  }
  for (const buffer of moved) if (buffer.byteLength > 0) discard(buffer);
}

function answer(/** @type {object} */ message, /** @type {ArrayBuffer[]} */ transfer) {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is a rule for windows; this is a thread
  parentPort?.postMessage(message, transfer);
}
