import { main, type InterruptSignal, type Terminal } from "@bento/cli";
import { BentoError } from "@bento/core";

/** What a person or a pipe around a command is like. */
interface Surroundings {
  /** What is typed, line by line; then the input ends. */
  readonly answers?: readonly string[] | undefined;
  /** What is typed where it is not shown; without it nobody can be asked. */
  readonly secret?: string | undefined;
  /** The input as bytes. */
  readonly bytes?: ReadableStream<Uint8Array> | undefined;
  /** Columns of stderr, where it is a terminal. */
  readonly columns?: number | undefined;
}

/** A terminal that keeps what was written to it. */
export class FakeTerminal implements Terminal {
  readonly outHasColor = false;
  readonly errHasColor = false;
  readonly #answers: string[];
  readonly #surroundings: Surroundings;
  readonly #controller = new AbortController();
  #by: InterruptSignal | undefined;
  stdout = "";
  stderr = "";
  /** Everything written to stderr, write by write. */
  readonly writes: string[] = [];
  readonly bytes: Uint8Array[] = [];
  columns: number | undefined;

  constructor(surroundings: Surroundings = {}) {
    this.#surroundings = surroundings;
    this.#answers = [...(surroundings.answers ?? [])];
    this.columns = surroundings.columns;
  }

  out = (text: string): void => void (this.stdout += text);
  err = (text: string): void => {
    this.stderr += text;
    this.writes.push(text);
  };
  outColumns = (): undefined => undefined;
  errColumns = (): number | undefined => this.columns;
  readLine = async (): Promise<string | undefined> => this.#answers.shift();
  readSecret = async (question: string): Promise<string | undefined> => {
    if (this.#surroundings.secret !== undefined) this.err(question);
    return this.#surroundings.secret;
  };
  bytesIn = (): ReadableStream<Uint8Array> => this.#surroundings.bytes ?? new Blob().stream();
  bytesOut = (): WritableStream<Uint8Array> => new WritableStream({ write: (chunk) => void this.bytes.push(chunk.slice()) });
  isOutClosed = (): boolean => false;
  interruption = (): AbortSignal => this.#controller.signal;
  interruptedBy = (): InterruptSignal | undefined => this.#by;

  /** What Ctrl-C or a kill does. */
  interrupt(by: InterruptSignal): void {
    this.#by = by;
    this.#controller.abort(new BentoError("BENTO_CANCELLED", `Interrupted by ${by}.`));
  }
}

/** Runs a command in this process. */
export async function run(args: readonly string[], surroundings: Surroundings = {}) {
  const terminal = new FakeTerminal(surroundings);
  const exit = await main(args, terminal);
  return { exit, stdout: terminal.stdout, stderr: terminal.stderr, bytes: Buffer.concat(terminal.bytes) };
}
