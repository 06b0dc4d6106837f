const stopSignals = ["SIGTERM", "SIGINT"] as const;

/**
 * Calls back on SIGTERM and SIGINT: first to stop, the second time to stop at once, after which the signal takes its
 * usual course and ends the process.
 * @returns removes the listeners; from then on signals do what they always do
 */
export function onStopSignals(stop: () => Promise<void>, force: () => void): () => void {
  let isStopping = false;
  const remove = () => {
    for (const name of stopSignals) process.off(name, onSignal);
  };
  const onSignal = (signal: NodeJS.Signals) => {
    if (!isStopping) {
      isStopping = true;
      // A failing shutdown hook must not pass for a clean end.
      stop().catch(() => (process.exitCode = 1));
      return;
    }
    remove();
    force();
    process.kill(process.pid, signal);
  };
  for (const name of stopSignals) process.on(name, onSignal);
  return remove;
}
