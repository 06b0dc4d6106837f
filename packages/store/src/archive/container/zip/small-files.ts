import { crc32 } from "node:zlib";
import { runHere, runInThread } from "../../../threads/thread-pool.js";
import { readTogether, type Tree, type TreeFile } from "../../../tree/tree.js";
import { levelOf } from "../../codec/deflate.js";
import type { PackOptions } from "../container.js";
import { sizeChanged } from "./size-changed.js";

/** Less than this much is deflated sooner here than a thread has started. Bytes. */
const hereBytes = 256 * 1024;

/** A file as it goes into the zip. */
export interface PackedFile {
  readonly bytes: Uint8Array;
  readonly isDeflated: boolean;
  readonly crc: number;
}

/** What a thread answers: see `threads/tasks/deflate-files.js`. */
interface DeflatedFiles {
  readonly bytes: Uint8Array;
  readonly table: Float64Array;
}

/** Reads some small files and deflates them with one trip to a thread. */
export async function packSmallFiles(tree: Tree, files: readonly TreeFile[], options: PackOptions): Promise<readonly PackedFile[]> {
  const contents = await readTogether(tree, files, options);
  for (const [index, { length }] of contents.entries()) {
    const file = files[index] as TreeFile;
    if (length !== file.size) throw sizeChanged(file, length);
    options.onBytes(length);
  }
  const level = levelOf(options.compression);
  if (level === 0) return contents.map((bytes) => ({ bytes, isDeflated: false, crc: crc32(bytes) }));
  const { bytes, table } = await deflate(contents, level);
  let start = 0;
  return contents.map((_, index) => {
    const [end, isDeflated, crc] = table.subarray(index * 3, index * 3 + 3) as unknown as readonly [number, number, number];
    const packed = bytes.subarray(start, end);
    start = end;
    return { bytes: packed, isDeflated: isDeflated === 1, crc };
  });
}

async function deflate(contents: readonly Uint8Array[], level: number | "adaptive"): Promise<DeflatedFiles> {
  let total = 0;
  const ends = Float64Array.from(contents, ({ length }) => (total += length));
  const bytes = new Uint8Array(total);
  for (const [index, content] of contents.entries()) bytes.set(content, (ends[index] as number) - content.length);
  const files = { bytes, ends, level };
  return total <= hereBytes ? runHere("deflate-files", files) : runInThread("deflate-files", files, [bytes.buffer]);
}
