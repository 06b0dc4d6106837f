import { BentoError } from "@bento/core";
import { type BentoServer, serve, type ServeOptions } from "@bento/server";
import { FileModelStore } from "@bento/store";
import type { GlobalOptions } from "../command/global-options.js";
import { printError } from "../output/print-error.js";
import type { Terminal } from "../terminal/terminal.js";
import { takeSupervisor } from "./serve-attempt.js";
import { serveOnceRepaired } from "./serve-once-repaired.js";

interface ServeRequest extends GlobalOptions {
  readonly target: string;
  readonly port?: number | undefined;
  readonly host?: string | undefined;
  readonly workers?: number | "cpu_count" | undefined;
  /** Seconds. */
  readonly timeout?: number | undefined;
  readonly reload?: boolean | undefined;
}

/**
 * `bento serve TARGET`: until it is interrupted, which lets what is in flight finish. Where files are watched, a service
 * that cannot be started is tried again as soon as one of them changes.
 * @throws what `serve` throws
 */
export async function serveTarget(terminal: Terminal, request: ServeRequest): Promise<void> {
  const { target, port, host, workers, timeout, home, quiet = false, debug = false } = request;
  // Whoever sits before a terminal and serves TypeScript is writing it.
  const reload = request.reload ?? (terminal.errColumns() !== undefined && isTypeScript(target));
  const supervisor = takeSupervisor();
  const since = Date.now();
  await using store = home === undefined ? undefined : new FileModelStore(home);
  const signal = terminal.interruption();
  let server: BentoServer | undefined;
  // Nobody is to wonder why the command has not ended.
  let timer: NodeJS.Timeout | undefined;
  const announceWaiting = (): void => {
    const what = server === undefined ? "Ending what was started" : "Finishing the requests in flight";
    if (!quiet) timer = setTimeout(() => terminal.err(`${what}; interrupt again to end at once.\n`), patienceMs);
  };
  signal.addEventListener("abort", announceWaiting, { once: true });
  try {
    server = await start(target, {
      port,
      host,
      workers,
      timeout,
      reload,
      store,
      banner: !quiet,
      accessLog: !quiet,
      // The command's own: the first one stops it, the second one ends the process.
      handleSignals: false,
      signal,
    });
    supervisor?.serving();
    if (!quiet) terminal.err(`${welcome(terminal, server, reload)}\n`);
    await server.closed;
  } catch (error) {
    if (server !== undefined || !reload || supervisor !== undefined || !isRepairable(error)) throw error;
    // It has its own ways to end.
    signal.removeEventListener("abort", announceWaiting);
    await serveOnceRepaired(terminal, { target, since, quiet, onWatching: () => printError(error, terminal, debug) });
  } finally {
    signal.removeEventListener("abort", announceWaiting);
    clearTimeout(timer);
  }
}

/** So long an interrupted command may take without a word. Milliseconds. */
const patienceMs = 500;

/** The next step. Where the log is on the terminal, its first line has just said the rest. */
function welcome(terminal: Terminal, { app, url }: BentoServer, reload: boolean): string {
  if (terminal.outColumns() === undefined) return `${app.spec.name} is served at ${url}; Ctrl-C stops it.`;
  const saved = reload ? " What you save is served at once." : "";
  return `Try ${url} in a browser.${saved} Ctrl-C stops it.`;
}

function isTypeScript(target: string): boolean {
  return /\.[cm]?tsx?(?::[^/\\]*)?$/.test(target);
}

/** What has its cause elsewhere than in the service's files. */
const elsewhere = [
  "BENTO_LISTEN_FAILED",
  "BENTO_CONFIG_INVALID",
  "BENTO_DEVICE_UNAVAILABLE",
  "BENTO_MODEL_NOT_FOUND",
  "BENTO_CANCELLED",
] as const;

/** Whether a change of the service's files could help. */
function isRepairable(error: unknown): boolean {
  return !elsewhere.some((code) => BentoError.is(error, code));
}

async function start(target: string, options: ServeOptions): Promise<BentoServer> {
  try {
    return await serve(target, options);
  } catch (error) {
    if (BentoError.is(error)) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new BentoError("BENTO_ENTRY_INVALID", `${target} cannot be started: ${message}`, {
      cause: error,
      hint: "It is the service's own code that failed; --debug prints where.",
    });
  }
}
