import { BentoError } from "@bento/core";

import type { BentoApp } from "../bento-app.js";
import type { Executor } from "../executor/executor.js";
import type { BentoServer } from "../serve.js";

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

/**
 * What `serve()` gives while a worker only loads the module that calls it: nothing listens and nothing has to be closed,
 * and it never ends by itself, as the program behind it is not to go on and exit.
 */
export function inertServer<S>(app: BentoApp<S>): BentoServer<S> {
  return {
    url: "http://127.0.0.1:0",
    port: 0,
    app,
    closed: new Promise(() => undefined),
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
}
