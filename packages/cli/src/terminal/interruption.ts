import { BentoError } from "@bento/core";
import { type InterruptSignal, interruptSignals } from "./terminal.js";

/**
 * What Ctrl-C, a polite kill and a closed terminal do. Until somebody asks for the signal they end the process at once;
 * from then on the first of them aborts it, and the second ends the process without waiting for anything.
 */
export class Interruption implements Disposable {
  readonly #handlers = (Object.keys(interruptSignals) as InterruptSignal[]).map((name) => [name, () => this.#interrupt(name)] as const);
  #controller: AbortController | undefined;
  #by: InterruptSignal | undefined;

  constructor() {
    for (const [name, handler] of this.#handlers) process.on(name, handler);
  }

  get by(): InterruptSignal | undefined {
    return this.#by;
  }

  signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    for (const [name, handler] of this.#handlers) process.off(name, handler);
  }

  #interrupt(name: InterruptSignal): void {
    if (this.#controller === undefined || this.#by !== undefined) process.exit(interruptSignals[name]);
    this.#by = name;
    this.#controller.abort(new BentoError("BENTO_CANCELLED", `Interrupted by ${name}; what was half done is removed.`));
  }
}
