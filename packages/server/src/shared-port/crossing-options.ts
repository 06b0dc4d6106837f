import cluster from "node:cluster";

import type { CorsOptions } from "@bento/sdk";

import type { UrlInputsOptions } from "../egress/url-inputs.js";
import type { ServeOptions } from "../options.js";

/** The options of `serve()` that worker processes need for answering on the port by themselves: data, all of it. */
export interface CrossingOptions {
  readonly auth?: { readonly tokens: readonly string[] | Readonly<Record<string, string>> };
  /** Without any function. */
  readonly cors?: boolean | CorsOptions;
  readonly maxBodyBytes?: number;
  readonly maxSpoolBytes?: number;
  readonly urlInputs?: boolean | UrlInputsOptions;
  readonly timeout?: number;
  readonly docs?: boolean;
  readonly metrics?: boolean;
  readonly accessLog: boolean;
  readonly version?: string;
  readonly allowedHosts: readonly string[];
}

/** What of the options crosses; to be asked only where {@link obstacleToSharing} knows of none. */
export function crossingOptions(options: ServeOptions): CrossingOptions {
  const {
    auth,
    cors,
    maxBodyBytes,
    maxSpoolBytes,
    urlInputs,
    timeout,
    docs,
    metrics,
    accessLog = true,
    version,
    allowedHosts = [],
  } = options;
  return {
    ...(typeof auth === "object" && { auth }),
    ...(cors !== undefined && { cors }),
    ...(maxBodyBytes !== undefined && { maxBodyBytes }),
    ...(maxSpoolBytes !== undefined && { maxSpoolBytes }),
    ...(urlInputs !== undefined && { urlInputs }),
    ...(timeout !== undefined && { timeout }),
    ...(docs !== undefined && { docs }),
    ...(metrics !== undefined && { metrics }),
    ...(version !== undefined && { version }),
    accessLog,
    allowedHosts,
  };
}

/** Why workers cannot share the port; `undefined` when they can. */
export function obstacleToSharing(options: ServeOptions, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const { auth, cors, logger } = options;
  if (typeof auth === "function") return "the option auth is a function, which cannot be sent to another process.";
  if (typeof cors === "object" && typeof cors.origin === "function") {
    return "the option cors.origin is a function, which cannot be sent to another process.";
  }
  if (logger !== undefined) return "the option logger is an object of this process, which others cannot write to.";
  if (process.platform === "win32") return "processes cannot share one on Windows.";
  if ((env["BENTOML_NO_UDS"] ?? "") !== "") return "BENTOML_NO_UDS forbids the sockets that connections are handed over by.";
  if (cluster.isWorker) return "this process is a worker of node:cluster itself.";
  return undefined;
}
