import { BentoError } from "@bento/core";
import { defineService } from "@bento/sdk";

import type { BentoApp } from "../bento-app.js";
import type { BentoServer } from "../bento-server.js";
import type { Executor } from "../executor/executor.js";
import type { ServeOptions } from "../options.js";
import { quietLoad } from "./quiet-load.js";

/** Stands in for a service that is only being looked at: nothing was started, and no call is answered. */
export const inertExecutor: Executor = {
  isReady: false,
  run: () => {
    throw new BentoError("BENTO_UNAVAILABLE", "The module that starts this service is only being loaded here.", {
      hint: "Its calls are answered where it was started.",
    });
  },
  close: async () => undefined,
};

/** Stands in for a service that is named by its file, which is not even loaded. */
export const inertService = defineService({ name: "inert", apis: {} });

/**
 * What `serve()` gives while a worker only loads the module that calls it: nothing listens and nothing has to be closed,
 * and it never ends by itself, as the program behind it is not to go on and exit.
 */
export function inertServer<S>(app: BentoApp<S>, { host = "127.0.0.1", port = 0 }: ServeOptions): BentoServer<S> {
  const load = quietLoad();
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    port,
    app,
    get closed() {
      load?.onWaiting();
      return new Promise<void>(() => undefined);
    },
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
}
