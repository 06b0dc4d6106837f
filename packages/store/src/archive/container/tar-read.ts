import type { ImportLimits } from "../rules/limits.js";
import { checkSignal } from "../../store/cancellation.js";
import type { ArchiveContent, ArchiveEntry } from "./container.js";
import { BlockReader } from "./tar/block-reader.js";
import { Extensions, isExtension } from "./tar/extensions.js";
import { blockBytes, fields, isZero, paddingOf } from "./tar/fields.js";
import { type Member, checkHeader, hasPrefix, kindOf, plainMember } from "./tar/member.js";
import { quoted, beyondLimit } from "../rules/unsafe.js";
import { cutTar, damagedTar } from "./tar/problems.js";
import { type SparseFile, isSparse, sparseFile, withHoles } from "./tar/sparse.js";
import { StoredContent } from "./tar/stored-content.js";

/** Files up to this size are handed on whole: one write instead of a stream. Bytes. */
const wholeBytes = 1024 * 1024;
/** Zeros behind the end that fill up the last record of a tape; records beyond a MiB are unheard of. Bytes. */
const mostFilling = 64 * 1024 * 1024;
const nothing = new Uint8Array(0);

/** What reading a tar needs to know. */
export interface ReadTarOptions {
  readonly signal: AbortSignal;
  readonly limits: ImportLimits;
  /** Called when the input ends between two members, without end blocks. */
  readonly onMissingEnd?: (() => void) | undefined;
}

/**
 * The members of a tar, in its order: v7, ustar, GNU with long names and sparse files, and pax.
 *
 * Every header is checked, whoever wrote it, and what readers take differently is refused. End blocks may be missing,
 * as Python accepts, if the input ends between two members; anything but zeros behind them is an error.
 * @throws BENTO_ARCHIVE_INVALID for what is cut off, damaged or ambiguous, BENTO_ARCHIVE_UNSAFE for names that are no
 *   text and for too many members, BENTO_CANCELLED, and what the input throws
 */
export async function* readTar(input: AsyncIterable<Uint8Array>, options: ReadTarOptions): AsyncGenerator<ArchiveEntry, void> {
  const { signal, limits, onMissingEnd } = options;
  const source = new BlockReader(input, signal);
  let extensions = new Extensions();
  let members = 0;
  try {
    for (;;) {
      checkSignal(signal, "Reading the archive");
      const start = source.position;
      const block = source.now(blockBytes) ?? (await source.take(blockBytes));
      if (block.length < blockBytes) {
        checkEndOfInput(start, block, extensions);
        return onMissingEnd?.();
      }
      if (block[0] === 0 && isZero(block)) return await checkEndOfArchive(source, extensions);
      checkHeader(block, start);
      const type = block[fields.type[0]] as number;
      if (isExtension(type)) {
        await extensions.add(block, type, source);
        continue;
      }
      members += 1;
      if (members > limits.maxEntries) throw beyondLimit("maxEntries", limits, "it holds too many members");
      const isPlain = !extensions.isDecisive && !hasPrefix(block);
      const member = isPlain ? plainMember(block) : await extensions.describe(block);
      if (extensions.isUsed) extensions = new Extensions();
      const kind = kindOf(member);
      if (kind !== "file" && isSparse(member)) throw damagedTar(`${quoted(member.path)} is a sparse ${kind}, which only a file can be.`);
      const sparse = isSparse(member) ? await sparseFile(member, block, source) : undefined;
      if (sparse === undefined && member.stored <= wholeBytes) {
        yield entryOf(member, kind, member.stored, await wholeContent(source, member));
        continue;
      }
      const path = sparse?.path ?? member.path;
      const stored = new StoredContent(source, path, sparse?.stored ?? member.stored);
      const content = sparse === undefined ? stored.stream() : await filled(sparse, stored);
      yield entryOf({ ...member, path }, kind, sparse?.size ?? member.stored, content);
      await stored.skip();
    }
  } finally {
    await source.close();
  }
}

function entryOf({ path, target, mode }: Member, kind: ArchiveEntry["kind"], size: number, content: ArchiveContent): ArchiveEntry {
  return { path, kind, size, executable: kind === "file" && (mode & 0o100) !== 0, target, content };
}

async function wholeContent(source: BlockReader, { path, stored }: Member): Promise<Uint8Array> {
  if (stored === 0) return nothing;
  const padded = stored + paddingOf(stored);
  const bytes = source.now(padded) ?? (await source.take(padded));
  if (bytes.length < padded) throw cutTar(source.position, quoted(path));
  return bytes.subarray(0, stored);
}

async function filled(file: SparseFile, stored: StoredContent): Promise<ArchiveContent> {
  const content = withHoles(file, stored.stream());
  if (file.size > wholeBytes) return content;
  const whole = new Uint8Array(file.size);
  let at = 0;
  for await (const chunk of content) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** Without end blocks an archive that lost whole members cannot be told from one that never had the blocks, which Python takes. */
function checkEndOfInput(start: number, rest: Uint8Array, extensions: Extensions): void {
  if (start === 0 && rest.length === 0) throw damagedTar("it is empty.", "An archive has at least one member.");
  if (start === 0) throw damagedTar("it is too short for a header; this is no tar archive.", "Check that the file is what its name says.");
  if (rest.length > 0) throw cutTar(start + rest.length, "a header");
  if (extensions.isPending) throw cutTar(start, "the headers of a member");
}

async function checkEndOfArchive(source: BlockReader, extensions: Extensions): Promise<void> {
  if (extensions.isPending) throw damagedTar(`the member whose headers end at byte ${source.position - blockBytes} is missing.`);
  const end = source.position;
  for (;;) {
    const rest = await source.some(Number.MAX_SAFE_INTEGER);
    if (rest === undefined) return;
    if (isZero(rest) && source.position - end <= mostFilling) continue;
    if (isZero(rest)) throw damagedTar("nothing but zeros follows its end, without an end.", "Check that the file is what its name says.");
    const where = source.position - rest.length + rest.findIndex((byte) => byte !== 0);
    throw damagedTar(
      `something follows its end, at byte ${where}.`,
      "If archives were put one behind the other, import each on its own; else make the archive again.",
    );
  }
}
