import { crc32 } from "node:zlib";
import { runHere, runInThread } from "../../../threads/thread-pool.js";
import {
  type BlockSizes,
  blockHeader,
  checkBytes,
  checkCrc32,
  dictionaryFor,
  littleEndian32,
  paddingOf,
  storedChunkBytes,
  storedChunkHeaderBytes,
} from "./format.js";
import type { Plan } from "./sample.js";
import type { FullSettings, LzmaOptions } from "./settings.js";

/** A whole block, ready to be written. */
export interface EncodedBlock {
  readonly pieces: readonly Uint8Array[];
  readonly sizes: BlockSizes;
}

/** The code of the smallest dictionary, which is enough where no match looks back. */
const noDictionary = 0;

/** A block whose LZMA2 chunks are the content itself. */
export function storedBlock(content: Uint8Array): EncodedBlock {
  const chunks = Math.ceil(content.length / storedChunkBytes);
  const compressed = Buffer.allocUnsafe(content.length + chunks * storedChunkHeaderBytes + 1);
  let at = 0;
  for (let start = 0; start < content.length; start += storedChunkBytes) {
    const end = Math.min(start + storedChunkBytes, content.length);
    // The first chunk forgets all content before it.
    compressed[at] = start === 0 ? 1 : 2;
    compressed.writeUInt16BE(end - start - 1, at + 1);
    compressed.set(content.subarray(start, end), at + storedChunkHeaderBytes);
    at += storedChunkHeaderBytes + end - start;
  }
  compressed[at] = 0;
  return block([compressed], content.length, noDictionary, crc32(content));
}

/** A block of literals, made in a worker thread. */
export async function literalBlock(
  content: Uint8Array,
  { positionBits, storedOf16 }: Plan & { readonly way: "literals" },
): Promise<EncodedBlock> {
  // A copy of its own, which can move to the thread: posting a view would copy all that it is a view of.
  const moved = new Uint8Array(content);
  const { compressed, crc } = await runInThread<{ readonly compressed: Uint8Array; readonly crc: number }>(
    "lzma-literals",
    { content: moved, positionBits, storedOf16 },
    [moved.buffer],
  );
  return block([compressed], content.length, noDictionary, crc);
}

/** Less content than this is compressed sooner than a thread has started. Bytes. */
const soonDone = 1 << 14;

/** A block compressed by liblzma, in a worker thread, to which the buffers move. */
export async function fullBlock(
  content: readonly Uint8Array<ArrayBuffer>[],
  settings: FullSettings,
  signal: AbortSignal,
): Promise<EncodedBlock> {
  const size = content.reduce((sum, { length }) => sum + length, 0);
  const dictionary = dictionaryFor(Math.min(size, settings.maxDictionary));
  const options = { ...settings.options, dictSize: dictionary.size };
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const onAbort = (): void => void Atomics.store(stop, 0, 1);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    signal.throwIfAborted();
    const coded = await encodeFull({ pieces: content, options, stop }, size);
    signal.throwIfAborted();
    const { compressed, crc } = coded as EncodedContent;
    return block(compressed, size, dictionary.code, crc);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** What `threads/tasks/lzma-full.js` is asked. */
interface ContentToEncode {
  readonly pieces: readonly Uint8Array<ArrayBuffer>[];
  readonly options: LzmaOptions;
  /** Set to anything but 0 to stop it. */
  readonly stop: Int32Array<SharedArrayBuffer>;
}

/** What it answers, unless it was stopped. */
interface EncodedContent {
  readonly compressed: readonly Uint8Array[];
  readonly crc: number;
}

function encodeFull(input: ContentToEncode, size: number): Promise<EncodedContent | undefined> {
  if (size < soonDone) return runHere("lzma-full", input);
  return runInThread(
    "lzma-full",
    input,
    input.pieces.map(({ buffer }) => buffer),
  );
}

function block(compressed: readonly Uint8Array[], uncompressed: number, dictionaryCode: number, crc: number): EncodedBlock {
  const size = compressed.reduce((sum, { length }) => sum + length, 0);
  const header = blockHeader(size, uncompressed, dictionaryCode);
  const padding = new Uint8Array(paddingOf(size));
  return {
    pieces: [header, ...compressed, Uint8Array.of(...padding, ...littleEndian32(crc))],
    sizes: { unpadded: header.length + size + (checkBytes.get(checkCrc32) as number), uncompressed },
  };
}
