import { runHere, runInThread } from "../threads/thread-pool.js";

/** So many are written before a thread has started. */
const filesHere = 500;
/** What is written at once. */
const batchFiles = 256;
const batchBytes = 1024 * 1024;

/** A small file that was not there. */
export interface SmallFile {
  /** Absolute. */
  readonly place: string;
  readonly content: Uint8Array;
  readonly executable: boolean;
}

/** Files that are written together. */
interface Batch {
  /** The places of all, each with a NUL behind it, as one text is sent sooner than many. */
  places: string;
  readonly executables: boolean[];
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where each of them ends. */
  readonly ends: number[];
  /** Ends when all of them are written. */
  readonly written: Promise<void>;
  readonly settle: (written: Promise<void>) => void;
}

/** What came of it: see `threads/tasks/write-files.js`. */
interface Written {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly failure: { readonly place: string; readonly error: NodeJS.ErrnoException } | undefined;
}

/**
 * Writes small files, hundreds at a time: the first ones here, and when it turns out that there are many, the others in
 * threads. Of an import of 50,000 files that takes a third of the work from the main thread.
 */
export class SmallFileWriter {
  readonly #failure: (error: unknown, place: string) => unknown;
  readonly #free: Uint8Array<ArrayBuffer>[] = [];
  #files = 0;
  #batch: Batch | undefined;

  /** @param failure what to throw for an error of the system */
  constructor(failure: (error: unknown, place: string) => unknown) {
    this.#failure = failure;
  }

  /** Ends when the file is written. Files that are written together fail together. @throws what `failure` makes of an error */
  write({ place, content, executable }: SmallFile): Promise<void> {
    this.#files += 1;
    if ((this.#batch?.ends.at(-1) ?? 0) + content.length > batchBytes) this.#send();
    const batch = (this.#batch ??= this.#begin());
    const start = batch.ends.at(-1) ?? 0;
    batch.bytes.set(content, start);
    batch.places += `${place}\0`;
    batch.executables.push(executable);
    batch.ends.push(start + content.length);
    if (batch.ends.length === batchFiles) this.#send();
    return batch.written;
  }

  #begin(): Batch {
    const bytes = this.#free.pop() ?? new Uint8Array(batchBytes);
    let settle!: Batch["settle"];
    const written = new Promise<void>((resolve) => (settle = resolve));
    const batch: Batch = { places: "", executables: [], bytes, ends: [], written, settle };
    // Whoever waits for these files may have no more of them.
    setImmediate(() => {
      if (this.#batch === batch) this.#send();
    });
    return batch;
  }

  #send(): void {
    const batch = this.#batch as Batch;
    this.#batch = undefined;
    batch.settle(this.#writeAll(batch));
  }

  async #writeAll({ places, executables, bytes, ends }: Batch): Promise<void> {
    const files = { places, executables, bytes, ends };
    const isHere = this.#files <= filesHere;
    const written = await (isHere ? runHere<Written>("write-files", files) : runInThread<Written>("write-files", files, [bytes.buffer]));
    this.#free.push(written.bytes);
    if (written.failure === undefined) return;
    const { place, error } = written.failure;
    throw this.#failure(Object.assign(new Error(error.message), error), place);
  }
}
