import type { ChildProcess } from "node:child_process";
import type { Duplex } from "node:stream";

import type { Connect, Connected } from "./transport.js";

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What the system said of it, where it said anything. */
  readonly error: Error | undefined;
}

/** A process that was to be started: it ends exactly once, also where the system could not make it. */
export class LaunchedProcess {
  /** The connection to it. @throws what it could not be made or reached for */
  readonly socket: Promise<Duplex>;
  /** Resolves when it is gone. */
  readonly ended: Promise<ProcessEnd>;
  readonly #child: ChildProcess | undefined;
  #error: Error | undefined;

  constructor(connect: Connect) {
    let connected: Connected;
    try {
      connected = connect();
    } catch (thrown) {
      const error = thrown as Error;
      this.socket = Promise.reject(error);
      this.ended = Promise.resolve({ code: null, signal: null, error });
      return;
    }
    const { child, socket } = connected;
    this.#child = child;
    this.socket = socket;
    this.ended = new Promise((resolve) => {
      child.once("exit", (code, signal) => resolve({ code, signal, error: this.#error }));
      child.on("error", (error) => {
        this.#error ??= error;
        // Node says nothing of an exit where there was no start.
        if (child.pid === undefined) resolve({ code: null, signal: null, error });
      });
    });
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Ends it at once. */
  kill(): void {
    // What is stopped, or does not come to look, cannot hear any other signal.
    this.#child?.kill("SIGKILL");
  }

  /** Lets go of what it wrote to. */
  release(): void {
    for (const stream of this.#child?.stdio ?? []) stream?.destroy();
  }
}
