import { BentoError } from "@bento/core";
import { type InterruptSignal, interruptSignals } from "./terminal.js";

/** Turns Ctrl-C, a polite kill and a closed terminal into an aborted signal, from the moment somebody asks for it. */
export class Interruption {
  #controller: AbortController | undefined;
  #by: InterruptSignal | undefined;

  get by(): InterruptSignal | undefined {
    return this.#by;
  }

  /** The first signal aborts; the second ends the process without waiting for anything. */
  signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      for (const name of Object.keys(interruptSignals) as InterruptSignal[]) process.on(name, () => this.#interrupt(name));
    }
    return this.#controller.signal;
  }

  #interrupt(name: InterruptSignal): void {
    if (this.#by !== undefined) process.exit(interruptSignals[name]);
    this.#by = name;
    const reason = new BentoError("BENTO_CANCELLED", `Interrupted by ${name}; what was half done is removed.`);
    this.#controller?.abort(reason);
  }
}
