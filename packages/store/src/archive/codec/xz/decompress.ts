import { availableParallelism } from "node:os";
import { cancellation } from "../../../store/cancellation.js";
import { detectFormat } from "../../magic.js";
import type { DecompressOptions } from "../codec.js";
import { decodeAlone } from "./alone.js";
import { ByteReader } from "./byte-reader.js";
import { type BlockContext, decodeBlock, decodeWhole } from "./decode-block.js";
import { checkBytes, paddingOf, streamHeaderBytes, streamMagic } from "./format.js";
import { damaged } from "../damage.js";
import { cutOff } from "./broken.js";
import { type BlockHeader, parseBlockHeader, parseStreamFooter, parseStreamHeader } from "./parse.js";
import { BlockSum, indexMark, readIndex } from "./stream-index.js";
import { untilAborted } from "./until-aborted.js";
import { WorkAhead } from "./work-ahead.js";

const what = "Decompressing";

/** Bytes that tell a legacy `.lzma` file, which has no magic: its whole header. */
const aloneHeaderBytes = 13;

/**
 * The content of one or more `.xz` streams, with or without padding between them, or of a legacy `.lzma` file.
 *
 * The container is read here and only blocks are given to liblzma: so blocks whose headers name their sizes are decoded
 * side by side, stored ones are passed on after a look at their checksum, and nothing is taken that does not fit.
 */
export async function* decompress(
  input: AsyncIterable<Uint8Array>,
  { maxMemory, signal }: DecompressOptions,
): AsyncGenerator<Uint8Array, void> {
  const reader = new ByteReader(untilAborted(input, signal, what));
  try {
    await reader.fill(aloneHeaderBytes);
    if (reader.length === 0) throw damaged("The archive is empty.");
    const content = (await isXz(reader)) ? new XzContent(reader, maxMemory, signal).read() : decodeAlone(reader, maxMemory);
    for await (const piece of content) {
      throwIfAborted(signal);
      yield piece;
    }
  } catch (error) {
    throwIfAborted(signal);
    throw error;
  } finally {
    await reader.close();
  }
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw cancellation(signal, what);
}

/** @throws BENTO_ARCHIVE_INVALID when it is neither xz nor lzma */
async function isXz(reader: ByteReader): Promise<boolean> {
  const head = Uint8Array.from({ length: Math.min(reader.length, aloneHeaderBytes) }, (_, at) => reader.peek(at));
  if (head.every((byte, at) => at >= streamMagic.length || byte === streamMagic[at])) return true;
  if (detectFormat(head) === "lzma") return false;
  throw damaged("The archive is not of the xz format.");
}

/**
 * What is left of the memory for blocks: the rest is for what is read ahead, for whoever takes the content, and for what
 * liblzma wrote and the allocator keeps. So two of the blocks that the store itself writes of text are decoded at a time.
 */
const blocksShare = 0.25;

class XzContent {
  readonly #reader: ByteReader;
  readonly #maxMemory: number;
  readonly #signal: AbortSignal;
  readonly #ahead: WorkAhead<readonly Uint8Array[]>;

  constructor(reader: ByteReader, maxMemory: number, signal: AbortSignal) {
    this.#reader = reader;
    this.#maxMemory = maxMemory;
    this.#signal = signal;
    this.#ahead = new WorkAhead(maxMemory);
  }

  async *read(): AsyncGenerator<Uint8Array, void> {
    try {
      do yield* this.#stream();
      while (await this.#isAnotherStreamThere());
      yield* this.#allAhead();
    } finally {
      await this.#ahead.settle();
    }
  }

  async *#stream(): AsyncGenerator<Uint8Array, void> {
    await this.#reader.need(streamHeaderBytes);
    const check = parseStreamHeader(this.#reader.take(streamHeaderBytes));
    const blocks = new BlockSum();
    for (;;) {
      await this.#reader.need(1);
      if (this.#reader.peek(0) === indexMark) break;
      yield* this.#block(check, blocks);
    }
    const indexBytes = await readIndex(this.#reader, blocks);
    await this.#reader.need(streamHeaderBytes);
    parseStreamFooter(this.#reader.take(streamHeaderBytes), check, indexBytes);
  }

  async *#block(check: number, blocks: BlockSum): AsyncGenerator<Uint8Array, void> {
    const headerBytes = (this.#reader.peek(0) + 1) * 4;
    await this.#reader.need(headerBytes);
    const header = parseBlockHeader(this.#reader.take(headerBytes));
    const context: BlockContext = { header, check, memoryLimit: this.#maxMemory, signal: this.#signal };
    const { compressed, uncompressed } = header;
    const cost = costOf(header, this.#maxMemory);
    if (compressed === undefined || uncompressed === undefined || cost > this.#maxMemory / 2) {
      yield* this.#allAhead();
      yield* decodeBlock(this.#reader, context, (sizes) => blocks.add(sizes));
      return;
    }
    while (!this.#ahead.hasRoomFor(cost)) yield* await this.#ahead.take();
    const bodyBytes = compressed + paddingOf(compressed) + (checkBytes.get(check) as number);
    await this.#reader.need(bodyBytes);
    const body = this.#reader.take(bodyBytes);
    blocks.add({ unpadded: headerBytes + compressed + (checkBytes.get(check) as number), uncompressed });
    this.#ahead.start(cost, () => decodeWhole(body, context));
  }

  async *#allAhead(): AsyncGenerator<Uint8Array, void> {
    while (!this.#ahead.isEmpty) yield* await this.#ahead.take();
  }

  /** Skips the padding after a stream. */
  async #isAnotherStreamThere(): Promise<boolean> {
    for (;;) {
      await this.#reader.fill(4);
      if (this.#reader.length === 0) return false;
      const isPadding = this.#reader.length >= 4 && [0, 1, 2, 3].every((at) => this.#reader.peek(at) === 0);
      if (!isPadding) break;
      this.#reader.take(4);
    }
    await this.#reader.fill(streamMagic.length);
    const length = Math.min(this.#reader.length, streamMagic.length);
    for (let at = 0; at < length; at += 1) {
      if (this.#reader.peek(at) !== streamMagic[at]) throw damaged("The xz archive is followed by bytes that are not xz.");
    }
    if (length < streamMagic.length) throw cutOff();
    return true;
  }
}

/** What a block takes while it is decoded as a whole: what it is, what it becomes, and its dictionary, which is never fuller than that. */
function costOf({ compressed = 0, uncompressed = 0, dictionary }: BlockHeader, maxMemory: number): number {
  const bytes = compressed + uncompressed + Math.min(dictionary, uncompressed);
  return Math.max(bytes / blocksShare, Math.floor(maxMemory / (availableParallelism() + 1)));
}
