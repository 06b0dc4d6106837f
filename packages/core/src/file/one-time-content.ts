import { BentoError } from "../errors.js";
import type { FileContent } from "./file-content.js";
import { join } from "./read-stream.js";

/** How much of a stream may be looked at before somebody takes the stream itself. What was looked at is kept in memory. */
export const lookAheadBytes = 1024 * 1024;

/**
 * The content of a stream, which can be read once.
 *
 * Nothing is read from it before somebody asks. {@link OneTimeContent.range} may look at its first MiB and leaves it
 * whole: what was looked at comes again when the stream is taken.
 */
export class OneTimeContent implements FileContent {
  readonly size = undefined;
  readonly #source: ReadableStream<Uint8Array>;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  readonly #kept: Uint8Array[] = [];
  #keptBytes = 0;
  #ended = false;
  #taken = false;
  /** The look that is going on. Looks come one after another and before the stream, else chunks could change places. */
  #looking: Promise<void> = Promise.resolve();

  constructor(source: ReadableStream<Uint8Array>) {
    this.#source = source;
  }

  stream(): ReadableStream<Uint8Array> {
    this.#refuseIfTaken();
    this.#taken = true;
    return new ReadableStream(new Rest(this.#looking, this.#kept, this.#read()), { highWaterMark: 0 });
  }

  async range(start: number, end: number): Promise<Uint8Array> {
    this.#refuseIfTaken();
    if (end > lookAheadBytes) {
      throw new BentoError("BENTO_FILE_UNREADABLE", `Bytes ${start} to ${end} of a stream cannot be read before the rest of it.`, {
        hint: `Only its first ${lookAheadBytes} bytes can; give a Blob, bytes or a file on disk to read anywhere.`,
      });
    }
    const look = this.#looking.then(() => this.#keep(end));
    this.#looking = look.catch(ignore);
    await look;
    return join(this.#kept).subarray(start, end);
  }

  async #keep(bytes: number): Promise<void> {
    const reader = this.#read();
    while (this.#keptBytes < bytes && !this.#ended) {
      const chunk = await reader.read();
      if (chunk.done) {
        this.#ended = true;
      } else {
        const value = checkChunk(chunk.value);
        this.#kept.push(value);
        this.#keptBytes += value.byteLength;
      }
    }
  }

  #read(): ReadableStreamDefaultReader<Uint8Array> {
    if (this.#reader === undefined && this.#source.locked) throw unreadable("The stream of the file is locked: something else reads it.");
    return (this.#reader ??= this.#source.getReader());
  }

  #refuseIfTaken(): void {
    if (this.#taken) throw unreadable("The file comes from a stream, which can be read once, and it was read before.");
  }
}

/** What was kept of the stream, then what is still in it. */
class Rest implements UnderlyingDefaultSource<Uint8Array> {
  readonly #looking: Promise<void>;
  readonly #kept: readonly Uint8Array[];
  #keptAt = 0;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(looking: Promise<void>, kept: readonly Uint8Array[], reader: ReadableStreamDefaultReader<Uint8Array>) {
    this.#looking = looking;
    this.#kept = kept;
    this.#reader = reader;
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    await this.#looking;
    const kept = this.#kept[this.#keptAt++];
    if (kept !== undefined) return controller.enqueue(kept);
    const chunk = await this.#reader.read();
    if (chunk.done) controller.close();
    else controller.enqueue(checkChunk(chunk.value));
  }

  cancel(reason: unknown): Promise<void> {
    return this.#reader.cancel(reason);
  }
}

/** A stream of texts is easily taken for one of bytes; enqueued as it is, it would fail far from here. */
function checkChunk(chunk: unknown): Uint8Array {
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  throw new BentoError("BENTO_FILE_UNREADABLE", `The stream of the file gave a chunk that is no Uint8Array but ${typeof chunk}.`, {
    hint: "Give a stream of bytes; a stream of text becomes one with `.pipeThrough(new TextEncoderStream())`.",
  });
}

function unreadable(message: string): BentoError {
  return new BentoError("BENTO_FILE_UNREADABLE", message, {
    hint: "Keep its bytes with `await file.bytes()` at the first reading, or give a Blob, bytes or a file on disk.",
  });
}

function ignore(): void {}
