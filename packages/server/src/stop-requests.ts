import { BentoError } from "@bento/core";

import type { ServeOptions } from "./options.js";
import { endBy, onStopSignals } from "./stop-signals.js";

/** A server that can be told to stop. */
interface Stoppable {
  close(): Promise<void>;
  force(): void;
}

/**
 * What tells a server to stop: signals of the process, and the option `signal`. Heard from before its start, because the
 * first process of a container is not ended by a signal that nobody listens to, and because of what a start has opened.
 */
export class StopRequests {
  readonly #starting = new AbortController();
  readonly #removers: (() => void)[] = [];
  #server: Stoppable | undefined;
  /** The signal of the process that came. */
  #by: NodeJS.Signals | undefined;

  constructor({ handleSignals = true, signal }: Pick<ServeOptions, "handleSignals" | "signal">) {
    if (handleSignals) {
      const remove = onStopSignals(
        (name) => {
          this.#by = name;
          this.#stop();
        },
        () => this.#server?.force(),
      );
      this.#removers.push(remove);
    }
    if (signal === undefined) return;
    const stop = (): void => this.#stop(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
    this.#removers.push(() => signal.removeEventListener("abort", stop));
  }

  /** Aborted, with BENTO_CANCELLED, when the start is to be given up. */
  get starting(): AbortSignal {
    return this.#starting.signal;
  }

  /** The start is over; what came at its very end is for the server. */
  started(server: Stoppable): void {
    this.#server = server;
    if (this.starting.aborted) this.#stop();
  }

  /** The start has failed and what it had opened is closed. Ends the process, if that was to end. */
  failed(): void {
    this.end();
    if (this.#by !== undefined) endBy(this.#by);
  }

  /** Hears of nothing any more. */
  end(): void {
    for (const remove of this.#removers) remove();
  }

  #stop(cause?: unknown): void {
    if (this.#server === undefined) return this.#starting.abort(BentoError.is(cause) ? cause : neverStarted(cause));
    // A failing shutdown hook must not pass for a clean end.
    this.#server.close().catch(() => this.#by !== undefined && (process.exitCode = 1));
  }
}

function neverStarted(cause: unknown): BentoError {
  return new BentoError("BENTO_CANCELLED", "The server was told to stop before it had started.", { cause });
}
