import type { ServiceClass } from "@bento/sdk";

/** What a module holds, and what it would have served. */
export interface LoadedModule {
  readonly exports: object;
  readonly served: readonly ServiceClass[];
}

interface QuietLoad {
  readonly served: ServiceClass[];
  /** Told when a service is handed to `serve()`. */
  onServed: () => void;
}

const key = Symbol.for("bento.quiet-load");
const shared = globalThis as { [key]?: QuietLoad | undefined };

/**
 * Loads a module while `serve()` and `createApp()` start nothing: the module that declares a service may also be the one
 * that serves it, and a worker that runs it must not start workers in turn.
 *
 * Ends as soon as the module has run, or waits for a server that it believes to have started: such a wait has no end.
 */
export async function loadQuietly(url: string): Promise<LoadedModule> {
  let onServed: () => void = () => undefined;
  const servedOne = new Promise<void>((resolve) => (onServed = resolve));
  const load: QuietLoad = { served: [], onServed };
  shared[key] = load;
  const imported = import(url) as Promise<object>;
  const exports = await Promise.race([imported, servedOne.then(() => settled(imported))]);
  return { exports, served: load.served };
}

/** The module, if it ends within a turn of the event loop; else what it exports cannot be seen yet. */
async function settled(imported: Promise<object>): Promise<object> {
  const notYet = new Promise<object>((resolve) => setImmediate(resolve, {}));
  return Promise.race([imported, notYet]);
}

/** Whether a service is to be noted and not started; notes it. */
export function isQuietLoad(service: ServiceClass): boolean {
  const load = shared[key];
  if (load === undefined) return false;
  load.served.push(service);
  load.onServed();
  return true;
}
