import { parentPort } from "node:worker_threads";

// JavaScript, because a worker thread loads its file without any compiler: the same file runs from source and built.

/** @typedef {{ run: (input: unknown) => Promise<{ value: unknown, transfer?: ArrayBuffer[] }> }} Task */

/** @type {Map<string, Promise<Task>>} */
const tasks = new Map();

parentPort?.on("message", (/** @type {{ task: string, input: unknown }} */ { task, input }) => {
  void work(task, input);
});

parentPort?.on("messageerror", (error) => answer({ error }, []));

async function work(/** @type {string} */ name, /** @type {unknown} */ input) {
  try {
    const loading = tasks.get(name) ?? /** @type {Promise<Task>} */ (import(`./tasks/${name}.js`));
    tasks.set(name, loading);
    const { run } = await loading;
    const { value, transfer = [] } = await run(input);
    answer({ value }, transfer);
  } catch (error) {
    answer({ error }, []);
  }
}

function answer(/** @type {object} */ message, /** @type {ArrayBuffer[]} */ transfer) {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is a rule for windows; this is a thread
  parentPort?.postMessage(message, transfer);
}
