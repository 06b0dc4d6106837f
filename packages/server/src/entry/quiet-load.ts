import { AsyncLocalStorage } from "node:async_hooks";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

import type { ServiceClass } from "@bento/sdk";

import { asBentoError } from "./as-bento-error.js";
import { isTypeScript } from "./typescript/source-files.js";
import { useTypeScript } from "./typescript/use-typescript.js";

/** What a module holds, and what it would have served. */
export interface LoadedModule {
  /** `file:` URL. */
  readonly url: string;
  /** Empty as long as the module waits for something at its top level. */
  readonly exports: object;
  readonly served: readonly ServiceClass[];
}

/** A module that is loaded while `serve()` and `createApp()` start nothing. */
export interface QuietLoad {
  readonly served: ServiceClass[];
  /** Told of each service that it hands to `serve()` or `createApp()`. */
  onServed(service: ServiceClass): void;
  /** Told when it waits for the end of a server, which has none here. */
  onWaiting(): void;
}

interface QuietLoads {
  /**
   * The load that a piece of code belongs to, in a process that does other things as well. What a module began while it
   * was loaded belongs to that for ever: it may call `serve()` only when a timer fires, or a connection is there.
   */
  readonly scope: AsyncLocalStorage<QuietLoad>;
  /** The load of a process that serves nothing by itself, ever. */
  whole: QuietLoad | undefined;
}

// Of all copies of this package: the module may have another one than whoever loads it.
const key = Symbol.for("bento.quiet-loads");
const shared = globalThis as { [key]?: QuietLoads };
const loads: QuietLoads = (shared[key] ??= { scope: new AsyncLocalStorage(), whole: undefined });

/** How a module is loaded. */
export interface QuietLoadOptions {
  /** Whether it is this service that the module is loaded for. */
  readonly isWanted: (service: ServiceClass) => boolean;
  /** Whether everything in this process, from now on, counts as loaded quietly: a worker serves what it is told to. */
  readonly isWholeProcess?: boolean;
}

/**
 * Loads a module while `serve()` and `createApp()` start nothing: the module that declares a service may also be the one
 * that serves it, and a worker that runs it must not start workers in turn. That holds also for what the module calls
 * later, when it has been loaded. TypeScript is compiled.
 *
 * Ends as soon as the module has run, or waits at its top level although the service that is wanted was served.
 * @throws BENTO_ENTRY_INVALID for TypeScript that does not compile; what the module throws
 */
export async function loadQuietly(url: string, options: QuietLoadOptions): Promise<LoadedModule> {
  if (isTypeScript(url)) useTypeScript();
  const served: ServiceClass[] = [];
  let isEnough: () => void = () => undefined;
  const enough = new Promise<void>((resolve) => (isEnough = resolve));
  const load: QuietLoad = {
    served,
    onServed: (service) => {
      served.push(service);
      if (options.isWanted(service)) isEnough();
    },
    onWaiting: () => isEnough(),
  };
  try {
    const imported =
      options.isWholeProcess === true ? importWhole(url, load) : loads.scope.run(load, async () => import(url) as Promise<object>);
    const exports = await Promise.race([imported, enough.then(() => settled(imported))]);
    return { url, exports, served };
  } catch (error) {
    throw asBentoError(error);
  }
}

/** The quiet load that the running code is part of. */
export function quietLoad(): QuietLoad | undefined {
  return loads.scope.getStore() ?? loads.whole;
}

/** Whether a service is to be noted and not started; notes it. */
export function isQuietLoad(service: ServiceClass): boolean {
  const load = quietLoad();
  load?.onServed(service);
  return load !== undefined;
}

function importWhole(url: string, load: QuietLoad): Promise<object> {
  loads.whole = load;
  if (mayLoadAtOnce(url)) loadAtOnce(url);
  return import(url) as Promise<object>;
}

/** Whether Node gives the same module to `require`, which knows no queries, nor what changes how modules are imported. */
function mayLoadAtOnce(url: string): boolean {
  const hasOptions = process.execArgv.length > 0 || (process.env["NODE_OPTIONS"] ?? "") !== "";
  const isPlain = pathToFileURL(fileURLToPath(url)).href === url;
  return process.features.require_module && !hasOptions && isPlain && !isTypeScript(url);
}

/**
 * Loads a module without waiting. An `import` waits several times for each file of the hundred that a schema library may
 * have, which is a tenth of a worker's start.
 */
function loadAtOnce(url: string): void {
  try {
    createRequire(url)(fileURLToPath(url));
  } catch (error) {
    // It waits at its top level; nothing of it has run.
    if ((error as NodeJS.ErrnoException).code !== "ERR_REQUIRE_ASYNC_MODULE") throw error;
  }
}

/** The module, if it ends within a turn of the event loop; else what it exports cannot be seen yet. */
async function settled(imported: Promise<object>): Promise<object> {
  const notYet = new Promise<object>((resolve) => setImmediate(resolve, {}));
  return Promise.race([imported, notYet]);
}
