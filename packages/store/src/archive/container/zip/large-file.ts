import { crc32 } from "node:zlib";
import type { Tree, TreeFile } from "../../../tree/tree.js";
import { type DeflateSums, deflateBlocks, levelOf } from "../../codec/deflate.js";
import type { PackOptions } from "../container.js";
import { sizeChanged } from "./size-changed.js";

/** A file that is packed while the archive is read. It must be closed, also when it was never read. */
export class LargeFile {
  readonly isDeflated: boolean;
  readonly #content: AsyncGenerator<Uint8Array, DeflateSums, void>;
  #next: Promise<IteratorResult<Uint8Array, DeflateSums>>;

  /** Begins at once to read the file and to deflate its first blocks, so that they are ready when its turn comes. */
  constructor(tree: Tree, file: TreeFile, options: PackOptions) {
    this.isDeflated = levelOf(options.compression) !== 0;
    const content = checked(tree.stream(file.path, options), file, options);
    this.#content = this.isDeflated ? deflateBlocks(content, options) : summed(content);
    this.#next = this.#content.next();
    // A failure shows when the file's turn comes.
    this.#next.catch(() => {});
  }

  /** Yields the packed bytes and returns what they add up to. */
  async *read(): AsyncGenerator<Uint8Array, DeflateSums, void> {
    for (;;) {
      const { value, done } = await this.#next;
      if (done) return value;
      yield value;
      this.#next = this.#content.next();
    }
  }

  async close(): Promise<void> {
    await this.#content.return(undefined as never);
  }
}

async function* checked(chunks: AsyncIterable<Uint8Array>, file: TreeFile, { onBytes }: PackOptions): AsyncGenerator<Uint8Array, void> {
  let count = 0;
  for await (const chunk of chunks) {
    count += chunk.length;
    if (count > file.size) throw sizeChanged(file, count);
    onBytes(chunk.length);
    yield chunk;
  }
  if (count !== file.size) throw sizeChanged(file, count);
}

async function* summed(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, DeflateSums, void> {
  const sums = { crc32: 0, size: 0, compressedSize: 0 };
  for await (const chunk of chunks) {
    sums.crc32 = crc32(chunk, sums.crc32);
    sums.size += chunk.length;
    sums.compressedSize += chunk.length;
    yield chunk;
  }
  return sums;
}
