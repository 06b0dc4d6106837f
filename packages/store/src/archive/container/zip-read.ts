import { checkSignal } from "../../store/cancellation.js";
import { mapInOrder } from "../codec/blocks.js";
import type { ImportLimits } from "../rules/limits.js";
import type { ArchiveContent, ArchiveEntry, RandomAccess } from "./container.js";
import { openLargeMember } from "./zip/large-member.js";
import type { Member } from "./zip/member.js";
import { zipMembers } from "./zip/members.js";
import { damaged, quote } from "./zip/refusals.js";
import { readSmallMembers } from "./zip/small-members.js";

/** What reading a zip needs to know. */
export interface ReadZipOptions {
  readonly signal: AbortSignal;
  /** Only its `maxEntries` is looked at here. */
  readonly limits: ImportLimits;
  /** Bytes that members read ahead may take. */
  readonly maxMemory: number;
}

/** Members up to this size are given whole. */
const smallBytes = 1024 * 1024;
/** What is read at once of small ones, packed, and what they unpack to. */
const runBytes = 1024 * 1024;
const unpackedRunBytes = 4 * 1024 * 1024;
const runMembers = 256;
/** Runs read ahead, where the memory allows: as many as keep two threads and the disk busy. */
const mostRuns = 4;

/** Members that are read together: a large one alone. */
type Run = readonly Member[];

/**
 * The members of a zip, in the order of its directory, each verified by its checksum and sizes. Small ones come whole
 * and unpacked ahead in threads, large ones as streams.
 *
 * The directory alone says what there is, and all that is in the file must agree with it: every byte from the first
 * member to the end belongs to something that it lists, just once. Bytes before the first member may be anything.
 *
 * Past unzipper, which reads every record of the directory, goes the rest: it does not look at local headers, checksums,
 * declared sizes or overlaps, and its streams move 64 KiB at a time through five of each other.
 * @throws BENTO_ARCHIVE_INVALID for what is cut off, corrupted, encrypted, or packed by a method other than deflate
 * @throws BENTO_ARCHIVE_UNSAFE for members that share bytes or have two names, and for more than `maxEntries`
 * @throws BENTO_CANCELLED by the signal
 */
export async function* readZip(source: RandomAccess, options: ReadZipOptions): AsyncGenerator<ArchiveEntry, void> {
  const { signal, maxMemory } = options;
  const atOnce = Math.max(1, Math.min(mostRuns, Math.floor(maxMemory / (runBytes + unpackedRunBytes))));
  const runs = runsOf(zipMembers(source, options));
  for await (const entries of mapInOrder(runs, atOnce, (run) => entriesOf(source, run, signal))) {
    for (const entry of entries) {
      checkSignal(signal, "Reading the zip archive");
      yield entry;
    }
  }
}

/** Puts small members together that lie one right behind the other. */
async function* runsOf(members: AsyncIterable<Member>): AsyncGenerator<Run, void> {
  let run: Member[] = [];
  let [packed, unpacked] = [0, 0];
  for await (const member of members) {
    const span = member.end - member.start;
    const isJoined =
      isSmall(member) &&
      member.start === run.at(-1)?.end &&
      run.length < runMembers &&
      packed + span <= runBytes &&
      unpacked + member.size <= unpackedRunBytes;
    if (!isJoined && run.length > 0) {
      yield run;
      run = [];
      [packed, unpacked] = [0, 0];
    }
    run.push(member);
    packed += span;
    // Nothing joins a large one, not even what is empty.
    unpacked += isSmall(member) ? member.size : Number.POSITIVE_INFINITY;
  }
  if (run.length > 0) yield run;
}

function isSmall({ start, end, size }: Member): boolean {
  return size <= smallBytes && end - start <= smallBytes;
}

/** What one member holds, verified. @throws as {@link readZip} */
export async function readZipMember(source: RandomAccess, member: Member, signal: AbortSignal): Promise<ArchiveContent> {
  if (!isSmall(member)) return openLargeMember(source, member, signal);
  return (await readSmallMembers(source, [member]))[0] as Uint8Array;
}

async function entriesOf(source: RandomAccess, run: Run, signal: AbortSignal): Promise<readonly ArchiveEntry[]> {
  const [first] = run as readonly [Member];
  if (!isSmall(first)) return [entryOf(first, await readZipMember(source, first, signal))];
  const contents = await readSmallMembers(source, run);
  return run.map((member, index) => entryOf(member, contents[index] as Uint8Array));
}

const nothing = new Uint8Array(0);
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function entryOf(member: Member, content: ArchiveContent): ArchiveEntry {
  const { path, kind, executable, size } = member;
  if (kind === "file") return { path, kind, size, executable, target: "", content };
  const target = kind === "symlink" ? targetOf(member, content) : "";
  return { path, kind, size: 0, executable, target, content: nothing };
}

/** A link's target is its content. */
function targetOf({ path }: Member, content: ArchiveContent): string {
  try {
    return utf8.decode(content as Uint8Array);
  } catch {
    throw damaged(`the link ${quote(path)} has a target that is not UTF-8`);
  }
}
