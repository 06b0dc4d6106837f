import { sep } from "node:path";
import { canBeStored } from "../model/file-path.js";
import type { SignalOptions } from "../store/model-store.js";
import { runInThread } from "../threads/thread-pool.js";
import type { TreeFile } from "../tree/tree.js";

/** So many are read before a thread has started. */
const filesHere = 500;

/** What a thread answers: see `threads/tasks/read-files.js`. */
interface ReadFiles {
  readonly bytes: Uint8Array;
  readonly count: number;
}

/** Whose files are read. */
export interface SmallFileReaderOptions {
  /** Absolute. */
  readonly folder: string;
  /** Whether others may change the folder while it is read: then each file is looked at closely. */
  readonly isForeign: boolean;
  /** Looks at a file closely, and says what is wrong with it. */
  readonly readOne: (path: string, options: SignalOptions) => Promise<Uint8Array>;
}

/**
 * Reads the small files of a folder: the first ones one by one, and when it turns out that there are many, the others in
 * threads, hundreds at a time. Of an export of 50,000 files that takes half of the work from the main thread.
 */
export class SmallFileReader {
  readonly #options: SmallFileReaderOptions;
  #files = 0;

  constructor(options: SmallFileReaderOptions) {
    this.#options = options;
  }

  /** The content of each. @throws what `readOne` throws */
  async read(files: readonly TreeFile[], options: SignalOptions): Promise<readonly Uint8Array[]> {
    this.#files += files.length;
    const { isForeign, readOne } = this.#options;
    const isPlain = !isForeign && this.#files > filesHere && files.every(({ path }) => canBeStored(path));
    const contents = isPlain ? await this.#readInThread(files) : [];
    // What has another size by now, is a link, or cannot be read.
    for (const { path } of files.slice(contents.length)) contents.push(await readOne(path, options));
    return contents;
  }

  async #readInThread(files: readonly TreeFile[]): Promise<Uint8Array[]> {
    let places = "";
    for (const { path } of files) places += `${this.#options.folder}${sep}${path}\0`;
    const { bytes, count } = await runInThread<ReadFiles>("read-files", { places, sizes: files.map(({ size }) => size) });
    let end = 0;
    return files.slice(0, count).map(({ size }) => bytes.subarray(end, (end += size)));
  }
}
