import { createInterface, type Interface } from "node:readline";

/** The lines of a stream, one at a time; it is opened when the first is asked for. */
export class InputLines {
  readonly #input: NodeJS.ReadableStream;
  #open: { readonly lines: AsyncIterator<string>; readonly reader: Interface } | undefined;

  constructor(input: NodeJS.ReadableStream) {
    this.#input = input;
  }

  /** The next line without its end; `undefined` when there is no more. */
  async next(): Promise<string | undefined> {
    this.#open ??= this.#start();
    const { done, value } = await this.#open.lines.next();
    return done === true ? undefined : value;
  }

  /** Lets the process end although its input is still open. */
  close(): void {
    this.#open?.reader.close();
  }

  #start() {
    // Without `terminal`, Ctrl-C stays a signal and the terminal's own line editing works.
    const reader = createInterface({ input: this.#input, terminal: false });
    return { reader, lines: reader[Symbol.asyncIterator]() };
  }
}
