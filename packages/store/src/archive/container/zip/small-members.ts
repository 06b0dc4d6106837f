import { runHere, runInThread } from "../../../threads/thread-pool.js";
import type { RandomAccess } from "../container.js";
import { readExactly } from "./bytes.js";
import { checkDescriptor, checkLocalHeader } from "./local-header.js";
import type { Member } from "./member.js";
import { damaged, quote, unsafe } from "./refusals.js";

/** Less than this much is unpacked sooner here than a thread has started. Bytes, unpacked. */
const hereBytes = 256 * 1024;

interface Packed {
  readonly bytes: Uint8Array;
  readonly table: Float64Array;
}

interface Unpacked {
  readonly bytes: Uint8Array;
  readonly failure: { readonly member: number; readonly why: string } | undefined;
}

/**
 * Reads members that lie one right behind the other with one read, and unpacks them with one trip to a thread.
 * @returns the content of each, all in one piece of memory
 * @throws BENTO_ARCHIVE_INVALID for a member that is not what the directory says
 */
export async function readSmallMembers(source: RandomAccess, members: readonly Member[]): Promise<readonly Uint8Array[]> {
  const start = (members[0] as Member).start;
  const bytes = await readExactly(source, start, (members.at(-1) as Member).end);
  const table = new Float64Array(members.length * 5);
  let total = 0;
  for (const [index, member] of members.entries()) {
    const own = bytes.subarray(member.start - start, member.end - start);
    const dataStart = checkLocalHeader(own, member);
    const dataEnd = dataStart + member.packedBytes;
    if (dataEnd > own.length) throw unsafe(`${quote(member.path)} shares bytes with the next member`);
    checkDescriptor(own.subarray(dataEnd), member);
    const shift = member.start - start;
    table.set([shift + dataStart, shift + dataEnd, Number(member.isDeflated), member.size, member.crc], index * 5);
    total += member.size;
  }
  const unpacked = await unpack({ bytes, table }, total);
  if (unpacked.failure !== undefined) {
    throw damaged(`${quote((members[unpacked.failure.member] as Member).path)} ${unpacked.failure.why}`);
  }
  let end = 0;
  return members.map(({ size }) => unpacked.bytes.subarray(end, (end += size)));
}

function unpack({ bytes, table }: Packed, total: number): Promise<Unpacked> {
  if (total <= hereBytes) return runHere("inflate-members", { bytes, table });
  // A copy: the source may go on using its memory, and a part of a larger one would be sent with all of it.
  const own = new Uint8Array(bytes);
  return runInThread("inflate-members", { bytes: own, table }, [own.buffer]);
}
