import { constants } from "node:os";

const stopSignals = ["SIGTERM", "SIGINT"] as const;

/**
 * Calls back on SIGTERM and SIGINT: first to stop, the second time to stop at once, after which the signal ends the process.
 * @returns removes the listeners; from then on signals do what they always do
 */
export function onStopSignals(stop: (signal: NodeJS.Signals) => void, force: () => void): () => void {
  let isStopping = false;
  const remove = () => {
    for (const name of stopSignals) process.off(name, onSignal);
  };
  const onSignal = (signal: NodeJS.Signals) => {
    if (!isStopping) {
      isStopping = true;
      return stop(signal);
    }
    remove();
    force();
    endBy(signal);
  };
  for (const name of stopSignals) process.on(name, onSignal);
  return remove;
}

/**
 * Ends this process by a signal that nobody listens to. The first process of a container, which no such signal ends,
 * exits with the code that shells have for it.
 */
export function endBy(signal: NodeJS.Signals): never {
  process.kill(process.pid, signal);
  process.exit(128 + constants.signals[signal]);
}
