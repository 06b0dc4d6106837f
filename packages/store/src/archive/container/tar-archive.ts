import { BentoError } from "@bento/core";
import { cancellation } from "../../store/cancellation.js";
import type { RangeOptions, SignalOptions } from "../../store/model-store.js";
import { checkRange } from "../../store/range.js";
import { listedTree } from "../../tree/listed-tree.js";
import type { Tree, TreeEntry } from "../../tree/tree.js";
import { memberOf, packTar, tarEnd } from "./tar-pack.js";
import { Batch } from "./tar/batch.js";
import { paddingOf } from "./tar/fields.js";
import { headerWriter } from "./tar/header-writer.js";

/** What reading a {@link TarArchive} needs to know. */
export interface TarReadOptions extends RangeOptions {
  /** Told of every piece of file content that was taken in: its bytes. */
  readonly onBytes?: ((count: number) => void) | undefined;
}

/** A tree as a tar that is made while it is read. */
export interface TarArchive {
  /** Bytes of the whole archive. */
  readonly size: number;
  /** Bytes of the files in it. */
  readonly contentSize: number;
  /**
   * The archive, or a range of it; to be read as often as one likes, several at once.
   * @throws what the tree throws; BENTO_TRANSFER_FAILED when a file's size changed since it was listed; BENTO_CANCELLED
   */
  stream(options?: TarReadOptions): AsyncGenerator<Uint8Array, void>;
}

/** Files up to this size are read whole. Bytes. */
const wholeBytes = 256 * 1024;

/**
 * The tar that an export of a tree is, with its length known before the first byte, so that it can be sent as it is
 * made, and in parts. No file is read but what a range needs.
 * @throws what the tree throws
 */
export async function tarOf(tree: Tree, { signal }: SignalOptions = {}): Promise<TarArchive> {
  const entries = await tree.entries({ signal });
  const layout = await layoutOf(entries);
  const listed = listedTree(tree, entries);
  const contentSize = entries.reduce((sum, entry) => sum + (entry.kind === "file" ? entry.size : 0), 0);
  return {
    size: layout.size,
    contentSize,
    stream: ({ signal: stopping, onBytes = () => {}, ...given } = {}) => {
      const { start, end } = checkRange(given);
      const reading: Reading = { tree: listed, signal: stopping ?? new AbortController().signal, onBytes };
      // Small files are read together there, and ahead.
      if (start === 0 && end >= layout.size) return packTar(listed, { ...reading, compression: "store", maxMemory: 1 });
      return rangeOf(layout, { start, end: Math.min(end, layout.size) }, reading);
    },
  };
}

interface Layout {
  readonly entries: readonly TreeEntry[];
  /** Where the headers of each entry begin. */
  readonly starts: Float64Array;
  /** Where the end blocks begin. */
  readonly end: number;
  readonly size: number;
}

async function layoutOf(entries: readonly TreeEntry[]): Promise<Layout> {
  const writeHeader = headerWriter();
  const lengthOf = async (entry: TreeEntry | undefined): Promise<number> => {
    const header = writeHeader(memberOf(entry));
    return (header instanceof Uint8Array ? header : await header).length;
  };
  const starts = new Float64Array(entries.length);
  let position = await lengthOf(undefined);
  for (const [index, entry] of entries.entries()) {
    starts[index] = position;
    position += await lengthOf(entry);
    if (entry.kind === "file") position += entry.size + paddingOf(entry.size);
  }
  return { entries, starts, end: position, size: position + tarEnd(position) };
}

interface Reading {
  readonly tree: Tree;
  readonly signal: AbortSignal;
  readonly onBytes: (count: number) => void;
}

/** A range of the archive, from the first entry that has something in it. */
async function* rangeOf(
  layout: Layout,
  { start, end }: { readonly start: number; readonly end: number },
  { tree, signal, onBytes }: Reading,
): AsyncGenerator<Uint8Array, void> {
  const { entries, starts } = layout;
  const writeHeader = headerWriter();
  using batch = new Batch();
  let position = 0;
  const add = (bytes: Uint8Array): void => {
    const from = Math.max(start - position, 0);
    const to = Math.min(end - position, bytes.length);
    if (from < to) batch.add(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to));
    position += bytes.length;
  };
  const addZeros = (count: number): void => {
    batch.addZeros(Math.max(Math.min(end - position, count) - Math.max(start - position, 0), 0));
    position += count;
  };
  const addHeader = async (entry: TreeEntry | undefined): Promise<void> => {
    const header = writeHeader(memberOf(entry));
    add(header instanceof Uint8Array ? header : await header);
  };
  let index = firstIn(starts, start);
  if (index === -1) await addHeader(undefined);
  else position = starts[index] as number;
  for (index = Math.max(index, 0); index < entries.length && position < end; index += 1) {
    if (signal.aborted) throw cancellation(signal, "Packing");
    const entry = entries[index] as TreeEntry;
    await addHeader(entry);
    if (entry.kind === "folder") continue;
    const from = Math.min(Math.max(start - position, 0), entry.size);
    const to = Math.max(Math.min(end - position, entry.size), from);
    position += from;
    let read = 0;
    if (from < to) {
      const isWhole = to - from === entry.size && entry.size <= wholeBytes;
      const chunks = isWhole ? [await tree.read(entry.path, { signal })] : tree.stream(entry.path, { start: from, end: to, signal });
      for await (const chunk of chunks) {
        read += chunk.length;
        onBytes(chunk.length);
        add(chunk);
        yield* batch.full();
      }
    }
    if (read !== to - from) throw changed(entry.path);
    position += entry.size - to;
    addZeros(paddingOf(entry.size));
    yield* batch.full();
  }
  if (position < end) addZeros(layout.size - layout.end);
  yield* batch.rest();
}

/** The last entry that begins at a position or before it; -1 for the header of the top. */
function firstIn(starts: Float64Array, position: number): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] as number) <= position) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function changed(path: string): BentoError {
  return new BentoError("BENTO_TRANSFER_FAILED", `${JSON.stringify(path)} changed while it was packed.`, {
    hint: "Pack again when nothing writes to it any more.",
  });
}
