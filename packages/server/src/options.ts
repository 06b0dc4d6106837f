import { BentoError } from "@bento/core";
import type { CorsOptions, Follow, ServiceOptions } from "@bento/sdk";
import type { ModelStore } from "@bento/store";

import type { UrlInputsOptions } from "./egress/url-inputs.js";
import type { Auth } from "./http/auth.js";
import type { Logger } from "./http/log.js";
import { longestTimerMs } from "./limits.js";
import type { ServeMode } from "./workers/plan.js";
import type { RecycleRules } from "./workers/recycle-rules.js";
import type { RestartRules } from "./workers/restart-policy.js";

/** How many processes run a service, and where they find it. */
export interface WorkersOptions {
  /** In place of what the service says: a number, `"cpu_count"`, or the devices of each. */
  readonly workers?: ServiceOptions["workers"];
  /** The module that exports the service, as worker processes load it: `import.meta.url`. Needed as soon as there are any. */
  readonly entry?: string | URL | undefined;
  /**
   * `"visible"` divides what `CUDA_VISIBLE_DEVICES` names already; `"clamp"` makes do with fewer GPUs than were asked for.
   * @default "auto"
   */
  readonly devices?: "auto" | "visible" | "clamp" | undefined;
  /**
   * Where calls run, in place of what workers and devices lead to.
   *
   * With several workers that nothing sets apart `serve()` lets each take connections on the port by itself
   * (`"shared-port"`), unless an option is a function or a logger, which other processes cannot have.
   */
  readonly mode?: ServeMode | undefined;
  /** Options of `node` for worker processes. @default those of this process, without what starts an inspector or other code */
  readonly execArgv?: readonly string[] | undefined;
  /**
   * Milliseconds from the start of a worker process until its start-up hooks are through; and for the deployment hooks,
   * and the start-up hooks where there is no such process. @default 300000
   */
  readonly startTimeoutMs?: number | undefined;
  /** Milliseconds for the shutdown hooks, of each worker; what is not done by then is not waited for. @default 10000 */
  readonly shutdownTimeoutMs?: number | undefined;
  /** How fast, and how often, workers that die are started again. */
  readonly restart?: RestartRules | undefined;
  /** Milliseconds without a sign of life after which a worker counts as hung. @default 30000 */
  readonly hangTimeoutMs?: number | undefined;
  /** When a worker is replaced although nothing is wrong with it. @default never */
  readonly recycle?: RecycleRules | undefined;
}

/** Options of {@link createApp}. */
export interface AppOptions extends WorkersOptions {
  /** Where the service's models are. @default the file store of `BENTOML_HOME` */
  readonly store?: ModelStore | undefined;
  /**
   * Whether the service moves to newer models while it runs, in place of what it says itself: `"latest"` follows all that
   * it declares without a version, `false` none.
   */
  readonly follow?: Follow | undefined;
  /** Seconds that a call may take until its answer begins, in place of the service's own `traffic.timeout`. */
  readonly timeout?: number | undefined;
  /** Who may call. Probes stay open to everyone. @default everyone */
  readonly auth?: Auth | undefined;
  /** Lets pages of other origins call, in place of what the service says. `true` is any origin. @default off */
  readonly cors?: boolean | CorsOptions | undefined;
  /** Bytes of a request's body, or of each line of one that its method reads while it comes; more are refused with 413. @default 104857600, 100 MiB */
  readonly maxBodyBytes?: number | undefined;
  /**
   * Bytes that the files of all requests may have on disk together while they are worked on: those of forms and bodies that
   * are too large for memory, and what URLs led to. Who needs more is refused with 503 until others are done. Where workers
   * share the port each may have its part of it, or one whole body.
   * @default 4294967296, 4 GiB: forty of the largest bodies, and little enough for the disk of a container
   */
  readonly maxSpoolBytes?: number | undefined;
  /**
   * Whether a caller may send an http or https URL where a file is expected, which the server then fetches: from public
   * addresses alone, and never from this machine or the networks around it, unless `allow` names them.
   * @default false
   */
  readonly urlInputs?: boolean | UrlInputsOptions | undefined;
  /** Whether there is a page at `/`, and `/docs.json`. @default true */
  readonly docs?: boolean | undefined;
  /** Whether requests are counted, and `/metrics` answers. @default true */
  readonly metrics?: boolean | undefined;
  /**
   * Takes the access log and the failures that callers are not told; a pino logger fits.
   * @default in `createApp` none: silent; in `serve` JSON lines on stdout, or text where that is a terminal
   */
  readonly logger?: Logger | undefined;
  /** Whether each request is a line in the log. Needs a `logger`. @default false in `createApp`, true in `serve` */
  readonly accessLog?: boolean | undefined;
  /**
   * Milliseconds that requests in flight get to finish when the server or app closes; what is not done by then is broken off.
   * The shutdown hooks come after it, so that a server is gone at the latest after this, `shutdownTimeoutMs` and 3000
   * more: keep that below what ends the process, 30 seconds in Kubernetes by default (`terminationGracePeriodSeconds`).
   * @default 15000
   */
  readonly drainTimeoutMs?: number | undefined;
  /** The bento's version, for metrics and the API's document. @default "not available" */
  readonly version?: string | undefined;
}

/** Options of {@link serve}. */
export interface ServeOptions extends AppOptions {
  /** 0 takes any free one. @default 3000 */
  readonly port?: number | undefined;
  /** Address to listen on. @default "127.0.0.1", this machine only */
  readonly host?: string | undefined;
  /**
   * Names that requests may use for this server besides the loopback names and `host`; `.example.com` takes all names
   * below it, `*` everything. Others are refused with 421, which keeps web pages from reaching a local server through
   * a name of their own.
   */
  readonly allowedHosts?: readonly string[] | undefined;
  /**
   * Whether the service is started anew whenever a file of its project changes; the old workers go on until the new ones
   * are ready. For development; needs an `entry`, and runs even one worker in a process of its own. @default false
   */
  readonly reload?: boolean | undefined;
  /** Aborting it drains and closes the server, or ends its start with BENTO_CANCELLED. */
  readonly signal?: AbortSignal | undefined;
  /** Whether address and endpoints are told in the log when the server listens. @default true */
  readonly banner?: boolean | undefined;
  /** Whether SIGTERM and SIGINT drain and close the server, or end its start. @default true */
  readonly handleSignals?: boolean | undefined;
}

/** How long requests in flight get. Milliseconds. @throws BENTO_CONFIG_INVALID */
export function drainTimeOf({ drainTimeoutMs = 15_000 }: Pick<AppOptions, "drainTimeoutMs">): number {
  return checkInteger("drainTimeoutMs", drainTimeoutMs, 0, longestTimerMs);
}

/** @throws BENTO_CONFIG_INVALID unless the value is more than 0 */
export function checkSeconds(name: string, value: number): number {
  if (typeof value === "number" && value > 0 && Number.isFinite(value)) return value;
  throw new BentoError(
    "BENTO_CONFIG_INVALID",
    `The option ${name} is ${typeof value === "string" ? JSON.stringify(value) : String(value)}.`,
    {
      hint: "Give seconds, more than 0.",
    },
  );
}

/** @throws BENTO_CONFIG_INVALID unless the value is a whole number within the bounds */
export function checkInteger(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new BentoError(
    "BENTO_CONFIG_INVALID",
    `The option ${name} is ${typeof value === "string" ? JSON.stringify(value) : String(value)}.`,
    {
      hint: `Give a whole number from ${min} to ${max}.`,
    },
  );
}
