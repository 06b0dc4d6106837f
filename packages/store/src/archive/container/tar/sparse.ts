import type { BlockReader } from "./block-reader.js";
import { maxExtensionBytes } from "./extensions.js";
import { type Field, blockBytes, numberIn } from "./fields.js";
import { type Member, types } from "./member.js";
import { decimal } from "./pax.js";
import { quoted } from "../../rules/unsafe.js";
import { cutTar, damagedTar } from "./problems.js";

const zeroBytes = 1024 * 1024;

/** A part of a sparse file that is stored; what lies between the parts is zeros. */
interface Part {
  readonly start: number;
  readonly length: number;
}

/** A file of which GNU tar left out the holes: what it is when they are filled again. */
export interface SparseFile {
  readonly path: string;
  /** Bytes with the holes. */
  readonly size: number;
  /** Bytes of content in the archive. */
  readonly stored: number;
  readonly parts: readonly Part[];
}

/** Whether GNU tar left out the holes of a member. */
export function isSparse({ type, records }: Member): boolean {
  return type === types.gnuSparse || records.some(([key]) => key.startsWith("GNU.sparse."));
}

/**
 * The sparse file that a member is, in any of GNU's four forms: old GNU, and pax 0.0, 0.1 and 1.0.
 * Takes the map of the file from the source where it lies there.
 * @throws BENTO_ARCHIVE_INVALID for a map that does not add up
 */
export async function sparseFile(member: Member, block: Uint8Array, source: BlockReader): Promise<SparseFile> {
  if (member.type === types.gnuSparse) return checked(await oldGnu(member, block, source));
  const records = new Map(member.records);
  const path = records.get("GNU.sparse.name") ?? member.path;
  const size = records.get("GNU.sparse.realsize") ?? records.get("GNU.sparse.size");
  if (size === undefined) throw malformed(path);
  const file = { path, size: Number(size), stored: member.stored };
  if (records.has("GNU.sparse.major")) {
    if (records.get("GNU.sparse.major") !== "1" || records.get("GNU.sparse.minor") !== "0") throw malformed(path);
    const { numbers, bytes } = await mapBeforeContent(member, source);
    return checked({ ...file, stored: member.stored - bytes, parts: pairs(numbers, path) });
  }
  const listed = records.get("GNU.sparse.map")?.split(",") ?? inRecords(member);
  const numbers = listed.map((text) => decimal(text) ?? refuse(path));
  if (numbers.length !== 2 * Number(records.get("GNU.sparse.numblocks"))) throw malformed(path);
  return checked({ ...file, parts: pairs(numbers, path) });
}

/** pax 0.0: a record for each number, which is why they are no map. */
function inRecords({ records }: Member): string[] {
  return records.filter(([key]) => key === "GNU.sparse.offset" || key === "GNU.sparse.numbytes").map(([, value]) => value);
}

/** pax 1.0: how many parts there are and their numbers, a line for each, fill the first blocks of the content. */
async function mapBeforeContent({ path, stored }: Member, source: BlockReader): Promise<{ numbers: number[]; bytes: number }> {
  const numbers: number[] = [];
  let bytes = 0;
  let rest = "";
  while (numbers.length === 0 || numbers.length < 1 + 2 * (numbers[0] as number)) {
    if (bytes + blockBytes > Math.min(stored, maxExtensionBytes)) throw malformed(path);
    const block = await takeBlock(source, path);
    bytes += blockBytes;
    const lines = (rest + Buffer.from(block).toString("latin1")).split("\n");
    rest = lines.pop() as string;
    for (const line of lines) {
      if (numbers.length > 0 && numbers.length >= 1 + 2 * (numbers[0] as number)) break;
      numbers.push(decimal(line) ?? refuse(path));
    }
    if (rest.length > blockBytes) throw malformed(path);
  }
  return { numbers: numbers.slice(1), bytes };
}

/** Old GNU: four parts in the header itself, more in blocks behind it. */
async function oldGnu(member: Member, header: Uint8Array, source: BlockReader): Promise<SparseFile> {
  const { path } = member;
  const parts: Part[] = [];
  const collect = (block: Uint8Array, start: number, count: number): void => {
    for (let index = 0; index < count; index += 1) {
      const at = start + index * 24;
      if (block[at] === 0) return;
      parts.push({ start: numberOf(block, [at, 12], path), length: numberOf(block, [at + 12, 12], path) });
    }
  };
  collect(header, 386, 4);
  let hasMore = header[482] !== 0;
  for (let bytes = blockBytes; hasMore; bytes += blockBytes) {
    if (bytes > maxExtensionBytes) throw malformed(path);
    const block = await takeBlock(source, path);
    collect(block, 0, 21);
    hasMore = block[504] !== 0;
  }
  return { path, size: numberOf(header, [483, 12], path), stored: member.stored, parts };
}

async function takeBlock(source: BlockReader, path: string): Promise<Uint8Array> {
  const block = await source.take(blockBytes);
  if (block.length < blockBytes) throw cutTar(source.position, `the map of the sparse file ${quoted(path)}`);
  return block;
}

function numberOf(block: Uint8Array, field: Field, path: string): number {
  return numberIn(block, field) ?? refuse(path);
}

function pairs(numbers: readonly number[], path: string): Part[] {
  if (numbers.length % 2 !== 0) throw malformed(path);
  const parts: Part[] = [];
  for (let index = 0; index < numbers.length; index += 2) {
    parts.push({ start: numbers[index] as number, length: numbers[index + 1] as number });
  }
  return parts;
}

function checked(file: SparseFile): SparseFile {
  let end = 0;
  let stored = 0;
  for (const { start, length } of file.parts) {
    // A part that fills no whole blocks is followed by the next at once for some readers, by padding for others.
    if (start < end || (length > 0 && stored % blockBytes !== 0)) throw malformed(file.path);
    end = start + length;
    stored += length;
  }
  if (stored !== file.stored || end > file.size) throw malformed(file.path);
  return file;
}

/** Fills the holes of a sparse file again. `content` gives what is stored. */
export async function* withHoles({ size, parts }: SparseFile, content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  let at = 0;
  const full = parts.filter(({ length }) => length > 0);
  let index = 0;
  let left = 0;
  for await (const chunk of content) {
    let used = 0;
    while (used < chunk.length) {
      if (left === 0) {
        const part = full[index] as Part;
        index += 1;
        left = part.length;
        yield* zeros(part.start - at);
        at = part.start;
      }
      const piece = chunk.subarray(used, used + left);
      used += piece.length;
      left -= piece.length;
      at += piece.length;
      yield piece;
    }
  }
  yield* zeros(size - at);
}

function* zeros(count: number): Generator<Uint8Array, void> {
  for (let left = count; left > 0; left -= zeroBytes) yield new Uint8Array(Math.min(left, zeroBytes));
}

function malformed(path: string): Error {
  return damagedTar(`the map of the sparse file ${quoted(path)} does not add up.`);
}

function refuse(path: string): never {
  throw malformed(path);
}
