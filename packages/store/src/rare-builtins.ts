/** Modules of Node that nothing needs which only reads models: a service would wait four milliseconds for them at its start. */
export const rareBuiltins = {
  childProcess: () => process.getBuiltinModule("node:child_process"),
  crypto: () => process.getBuiltinModule("node:crypto"),
  workerThreads: () => process.getBuiltinModule("node:worker_threads"),
};
