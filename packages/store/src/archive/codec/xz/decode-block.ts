import { ByteReader } from "./byte-reader.js";
import { type BlockSizes, checkBytes, paddingOf, streamFooter, streamHeader, streamIndex } from "./format.js";
import { damaged } from "../damage.js";
import { blockDoesNotFit, cutOff } from "./broken.js";
import { fastContent } from "./fast-content.js";
import { type Coded, Liblzma, type LzmaError } from "./liblzma.js";
import { chunkHeaderBytes, parseChunk } from "./lzma2.js";
import type { BlockHeader } from "./parse.js";

/** What decoding a block needs to know. */
export interface BlockContext {
  readonly header: BlockHeader;
  /** The number of the stream's check. */
  readonly check: number;
  /** What liblzma may take for one block. Bytes. */
  readonly memoryLimit: number;
  readonly signal: AbortSignal;
}

/**
 * The content of a block that is there as a whole, both of whose sizes its header names.
 * @param body what follows the header: compressed content, padding, check.
 */
export async function decodeWhole(body: Uint8Array, context: BlockContext): Promise<readonly Uint8Array[]> {
  const content = await fastContent(body, context.header, context.check);
  if (content !== undefined) return [content];
  const output: Uint8Array[] = [];
  for await (const piece of decodeBlock(ByteReader.of(body), context, () => {})) output.push(piece);
  return output;
}

/** Input for one run of liblzma: enough to be worth a thread, and never so much that its output would fill the memory. */
const batchInput = 1 << 18;
const batchContent = 4 << 20;

/**
 * The content of a block, decoded as it is read.
 *
 * liblzma gets the block as a stream of its own, with an index and a footer made here, so that it checks the block's
 * checksum too. What it gets at a time are whole chunks, whose headers say how much they will become: without that, a
 * few bytes could ask for gigabytes.
 * @param onSizes told the sizes once the block is decoded
 */
export async function* decodeBlock(
  reader: ByteReader,
  context: BlockContext,
  onSizes: (sizes: BlockSizes) => void,
): AsyncGenerator<Uint8Array, void> {
  const { header, check, memoryLimit, signal } = context;
  const decoder = Liblzma.streamDecoder(memoryLimit);
  let running: Promise<Coded> | undefined;
  const start = (input: Uint8Array): void => {
    running = decoder.code(input);
    running.catch(() => {});
  };
  try {
    let compressed = 0;
    let uncompressed = 0;
    start(Buffer.concat([streamHeader(check), header.bytes]));
    for await (const batch of batchesOf(reader)) {
      const { output } = await outcome(running);
      signal.throwIfAborted();
      start(batch.input);
      compressed += batch.input.length;
      uncompressed += batch.content;
      if (compressed > (header.compressed ?? Infinity) || uncompressed > (header.uncompressed ?? Infinity)) throw blockDoesNotFit();
      yield* output;
    }
    const tail = paddingOf(compressed) + (checkBytes.get(check) as number);
    await reader.need(tail);
    const sizes = { unpadded: header.bytes.length + compressed + (checkBytes.get(check) as number), uncompressed };
    const index = streamIndex([sizes]);
    yield* (await outcome(running)).output;
    start(Buffer.concat([reader.take(tail), index, streamFooter(check, index.length)]));
    const { output, isEnded } = await outcome(running);
    yield* output;
    if (!isEnded) throw blockDoesNotFit();
    onSizes(sizes);
  } finally {
    await running?.catch(() => {});
    decoder.close();
  }
}

interface Batch {
  readonly input: Uint8Array;
  /** Bytes that it will become. */
  readonly content: number;
}

/** The chunks of a block, several at a time, with their end. */
async function* batchesOf(reader: ByteReader): AsyncGenerator<Batch, void> {
  let isFirst = true;
  for (let isEnded = false; !isEnded;) {
    const pieces: Uint8Array[] = [];
    let size = 0;
    let content = 0;
    while (!isEnded && size < batchInput && content < batchContent) {
      await reader.need(1);
      await reader.need(chunkHeaderBytes(reader.peek(0)));
      const chunk = parseChunk((offset) => reader.peek(offset), isFirst);
      isFirst = false;
      isEnded = chunk === undefined;
      const length = chunk === undefined ? 1 : chunk.header + chunk.payload;
      await reader.need(length);
      pieces.push(...reader.takePieces(length));
      size += length;
      content += chunk?.content ?? 0;
    }
    yield { input: Buffer.concat(pieces, size), content };
  }
}

async function outcome(running: Promise<Coded> | undefined): Promise<Coded> {
  try {
    return await (running as Promise<Coded>);
  } catch (error) {
    throw lzmaFailure(error as LzmaError);
  }
}

/** An error of liblzma in our words. */
export function lzmaFailure(error: LzmaError): Error {
  if (error.name === "LZMA_MEMLIMIT_ERROR") return damaged("The xz archive needs more memory to be read than it may take.", error);
  if (error.name === "LZMA_OPTIONS_ERROR") return damaged("The xz archive uses a filter that is unknown here.", error);
  if (error.name === "LZMA_BUF_ERROR") return cutOff();
  if (error.name === "LZMA_DATA_ERROR" || error.name === "LZMA_FORMAT_ERROR") return blockDoesNotFit(error);
  return error;
}
