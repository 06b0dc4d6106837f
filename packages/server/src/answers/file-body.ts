import { BentoError, type BentoFile } from "@bento/core";

type Result = IteratorResult<Uint8Array, undefined>;

/**
 * The bytes of a file, piece by piece. By hand: the iterator of a stream could not be ended while it waits.
 *
 * A file that is said to have so many bytes gives these and no others, since its reader counts on them: one that turns out
 * shorter or longer fails.
 */
export class FileBody implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array, undefined> {
  readonly #file: BentoFile;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #left: number;
  /** What was read ahead. */
  #first: Result | undefined;

  /** @throws BENTO_FILE_UNREADABLE when it can be read once and was */
  constructor(file: BentoFile) {
    this.#file = file;
    this.#left = file.size ?? Infinity;
    this.#reader = file.stream().getReader();
  }

  /** The first piece, which {@link FileBody.next} still gives; none where the file is empty. */
  async peek(): Promise<Uint8Array | undefined> {
    this.#first ??= await this.#read();
    return this.#first.value;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<Result> {
    const first = this.#first;
    this.#first = undefined;
    return first ?? this.#read();
  }

  async return(): Promise<Result> {
    await this.#reader.cancel();
    return { done: true, value: undefined };
  }

  async #read(): Promise<Result> {
    const { done, value } = await this.#reader.read();
    this.#left -= done ? 0 : value.byteLength;
    if (this.#left < 0 || (done && this.#left > 0 && this.#left !== Infinity)) {
      void this.#reader.cancel().catch(() => undefined);
      throw wrongSize(this.#file, this.#left);
    }
    return done ? { done: true, value: undefined } : { done: false, value };
  }
}

function wrongSize({ name, size }: BentoFile, left: number): BentoError {
  const what = name === undefined ? "A file" : `The file ${JSON.stringify(name)}`;
  return new BentoError("BENTO_FILE_UNREADABLE", `${what} of ${size} bytes ${left < 0 ? "has more" : `ended ${left} bytes before`}.`, {
    hint: "Do not change a file that is being sent.",
  });
}
