import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { runInThread } from "../../../threads/thread-pool.js";
import { blockDoesNotFit } from "./broken.js";
import { checkCrc32, checkNone, checkSha256, littleEndian32, paddingOf, storedChunkBytes } from "./format.js";
import { parseChunk } from "./lzma2.js";
import type { BlockHeader } from "./parse.js";

/** A chunk that needs no liblzma. Bytes. */
interface FastChunk {
  /** Where its payload starts. */
  readonly start: number;
  readonly payload: number;
  readonly content: number;
  /** Of a chunk that may be literals only; stored ones have none. */
  readonly positionBits: number | undefined;
}

/**
 * The content of a block whose chunks are stored or literals only, as this store writes them for weights, checked;
 * `undefined` where liblzma has to look at it, if only to say what is wrong.
 *
 * liblzma as lzma-native ships it is compiled without optimization: literals are decoded two to three times as fast in
 * a worker thread.
 * @param body the block after its header: compressed content, padding, check
 * @throws BENTO_ARCHIVE_INVALID when the checksum does not fit
 */
export async function fastContent(body: Uint8Array, header: BlockHeader, check: number): Promise<Uint8Array | undefined> {
  const { compressed = 0, uncompressed = 0, isPlain } = header;
  if (!isPlain || (check !== checkCrc32 && check !== checkSha256 && check !== checkNone)) return undefined;
  const chunks = fastChunks(body, compressed);
  if (chunks === undefined || chunks.reduce((sum, { content }) => sum + content, 0) !== uncompressed) return undefined;
  const checkStart = compressed + paddingOf(compressed);
  if (body.subarray(compressed, checkStart).some((byte) => byte !== 0)) return undefined;
  const result = chunks.every(({ positionBits }) => positionBits === undefined)
    ? storedContent(body, chunks, uncompressed)
    : await literalContent(body, chunks, uncompressed);
  if (result === undefined) return undefined;
  if (!checkOf(result, check).equals(body.subarray(checkStart))) throw blockDoesNotFit();
  return result.content;
}

interface Content {
  readonly content: Uint8Array;
  readonly crc: number;
}

function checkOf({ content, crc }: Content, check: number): Buffer {
  if (check === checkNone) return Buffer.alloc(0);
  return check === checkCrc32 ? Buffer.from(littleEndian32(crc)) : createHash("sha256").update(content).digest();
}

/** One piece, copied: many small ones would cost whoever takes them more. The body is left as it is, for it may be a view of a caller's bytes. */
function storedContent(body: Uint8Array, chunks: readonly FastChunk[], size: number): Content {
  const content = Buffer.allocUnsafe(size);
  let at = 0;
  for (const chunk of chunks) {
    content.set(body.subarray(chunk.start, chunk.start + chunk.content), at);
    at += chunk.content;
  }
  return { content, crc: crc32(content) };
}

function literalContent(body: Uint8Array, chunks: readonly FastChunk[], size: number): Promise<Content | undefined> {
  // A copy moves to the thread, as the body may have to go to liblzma after all.
  const moved = new Uint8Array(body);
  return runInThread<Content | undefined>("lzma-literals-decode", { body: moved, chunks, size }, [moved.buffer]);
}

/** Content of a chunk on average, at least: what is noted of one takes a hundred bytes, and nobody writes such small ones. */
const leastContent = 1024;
/** Chunks that are looked at whatever they hold. */
const fewChunks = 1024;

/** The chunks of a block, if all of them are of the fast kinds. */
function fastChunks(body: Uint8Array, compressed: number): readonly FastChunk[] | undefined {
  const chunks: FastChunk[] = [];
  let at = 0;
  let total = 0;
  while (at < compressed - 1) {
    const offset = at;
    const chunk = parseChunk((index) => body[offset + index] ?? 0, at === 0);
    if (chunk === undefined) return undefined;
    const { header, payload, content, isStored } = chunk;
    const positionBits = isStored ? undefined : literalPositionBits(body, at, header, content);
    if (!isStored && positionBits === undefined) return undefined;
    chunks.push({ start: at + header, payload, content, positionBits });
    total += content;
    if (chunks.length > fewChunks && total < chunks.length * leastContent) return undefined;
    at += header + payload;
  }
  return at === compressed - 1 && body[at] === 0 ? chunks : undefined;
}

/** Bits of the position that choose the frequencies of a chunk of literals, if its header is that of one that this store writes. */
function literalPositionBits(body: Uint8Array, at: number, header: number, content: number): number | undefined {
  const newProperties = 6;
  if (header !== newProperties || content > storedChunkBytes) return undefined;
  // lc 0, lp, pb 0
  const positionBits = (body[at + newProperties - 1] as number) / 9;
  return [0, 1, 2].includes(positionBits) ? positionBits : undefined;
}
