import { BentoError, BentoFile } from "@bento/core";
import type { Terminal } from "../terminal/terminal.js";
import { type AnswerSink, fileSink, terminalSink } from "./answer-sink.js";
import type { AnswerFormat } from "../command/answer-format.js";
import { answerText, holdsFile, streamItemText, withDataUrls } from "./answer-text.js";

/** How the answers of a call are written. */
export interface AnswerWriterOptions {
  readonly format: AnswerFormat;
  /** A file, or a folder, in place of standard output. */
  readonly save: string | undefined;
  /** What an answer without a name of its own is saved as. */
  readonly name: string;
  /** Whether there are several, item by item. */
  readonly isStream: boolean;
}

/** Writes what a service answers: files and bytes as they are, anything else as text. */
export class AnswerWriter {
  readonly #terminal: Terminal;
  readonly #options: AnswerWriterOptions;
  #sink: AnswerSink | undefined;

  constructor(terminal: Terminal, options: AnswerWriterOptions) {
    this.#terminal = terminal;
    this.#options = options;
  }

  /**
   * Writes an answer, or the next item of one.
   * @throws BENTO_BAD_REQUEST for bytes that a person would look at; BENTO_TARGET_EXISTS, BENTO_TRANSFER_FAILED
   */
  async write(answer: unknown): Promise<void> {
    // A method that returns nothing.
    if (answer === undefined) return;
    const { format, isStream } = this.#options;
    const file = fileOf(answer);
    const sink = await this.#open(file);
    if (file === undefined) {
      return sink.text(await this.#textOf(answer, format, isStream));
    }
    for await (const piece of file.stream() as unknown as AsyncIterable<Uint8Array>) await sink.bytes(piece);
  }

  /** All was written. @returns where it lies, where that is a file */
  async end(): Promise<string | undefined> {
    return this.#sink?.end();
  }

  /** It is not whole: what was written to a file is removed. */
  async abandon(): Promise<void> {
    await this.#sink?.abandon();
  }

  async #textOf(answer: unknown, format: AnswerFormat, isStream: boolean): Promise<string> {
    try {
      const value = holdsFile(answer) ? await withDataUrls(answer) : answer;
      return isStream ? streamItemText(value, format) : answerText(value, format);
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw new BentoError(
        "BENTO_REMOTE_FAILED",
        `The answer of "${this.#options.name}" is nested too deeply, or too long, to be printed.`,
        { cause },
      );
    }
  }

  async #open(file: BentoFile | undefined): Promise<AnswerSink> {
    const { save, name } = this.#options;
    const own = file?.name ?? `${name}${extensionOf(file?.type ?? "")}`;
    this.#sink ??= save === undefined ? terminalSink(this.#terminal) : await fileSink(save, own);
    return this.#sink;
  }
}

/** What names of files of a type mostly end with, where the type says that itself. */
function extensionOf(type: string): string {
  const [, subtype] = /^[a-z]+\/([a-z\d]{2,5})(?:;|$)/.exec(type.toLowerCase()) ?? [];
  return subtype === undefined || subtype === "plain" ? "" : `.${subtype}`;
}

function fileOf(answer: unknown): BentoFile | undefined {
  if (BentoFile.isFile(answer)) return answer;
  return answer instanceof Blob || answer instanceof Uint8Array ? BentoFile.from(answer) : undefined;
}
