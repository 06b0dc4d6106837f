import { relative } from "node:path";
import { watchTarget } from "@bento/server";
import { visible } from "../output/visible.js";
import type { Terminal } from "../terminal/terminal.js";
import { ServeAttempt } from "./serve-attempt.js";

/** A service that could not be started. */
export interface BrokenService {
  readonly target: string;
  /** When the attempt began; see `Date.now()`. */
  readonly since: number;
  readonly quiet: boolean;
  /** Told when its files are watched. */
  readonly onWatching: () => void;
}

/**
 * Waits until a file of a service's project changes and serves it then, over and over until it can be started; from then
 * on until it is interrupted. The exit code is that of the process that serves.
 * @throws BENTO_ENTRY_INVALID where there is no such file
 */
export async function serveOnceRepaired(terminal: Terminal, service: BrokenService): Promise<void> {
  const { target, since, quiet, onWatching } = service;
  const say = (text: string): void => {
    if (!quiet) terminal.err(`${text}\n`);
  };
  const interruption = terminal.interruption();
  const changes = new Changes(interruption);
  const stopWatching = await watchTarget(target, { since, onChange: (files) => changes.add(files) });
  onWatching();
  try {
    for (;;) {
      say("Waiting for a file of its project to change; Ctrl-C ends it.");
      const file = await changes.next();
      if (file === undefined) return;
      say(`${visible(relative(process.cwd(), file))} changed.`);
      const attempt = new ServeAttempt();
      interruption.addEventListener("abort", () => attempt.interrupt(terminal.interruptedBy() ?? "SIGTERM"), { once: true });
      const isServing = await attempt.isServing;
      // From here on the other process watches them itself.
      if (isServing) await stopWatching();
      const code = await attempt.ended;
      if (!isServing && !interruption.aborted) continue;
      process.exitCode = code;
      return;
    }
  } finally {
    await stopWatching();
  }
}

/** What changed since it was last asked for. */
class Changes {
  readonly #interruption: AbortSignal;
  #file: string | undefined;
  #wake: () => void = () => undefined;

  constructor(interruption: AbortSignal) {
    this.#interruption = interruption;
    interruption.addEventListener("abort", () => this.#wake(), { once: true });
  }

  add([file]: readonly string[]): void {
    this.#file = file;
    this.#wake();
  }

  /** One of the files; waits for one. `undefined` after an interruption. */
  async next(): Promise<string | undefined> {
    if (this.#file === undefined && !this.#interruption.aborted) await new Promise<void>((resolve) => (this.#wake = resolve));
    const file = this.#file;
    this.#file = undefined;
    return this.#interruption.aborted ? undefined : file;
  }
}
