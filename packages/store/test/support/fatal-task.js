import { setImmediate } from "node:timers/promises";

// A task for the pool of threads that its thread does not survive.

export async function run(/** @type {string} */ what) {
  if (what === "ends its thread") process.exit(3);
  void setImmediate().then(() => {
    throw new Error("thrown behind its back");
  });
  await new Promise(() => {});
}
