import { pipeline, Readable } from "node:stream";
import { crc32, createInflateRaw } from "node:zlib";
import { BentoError } from "@bento/core";
import { checkSignal } from "../../../store/cancellation.js";
import type { RandomAccess } from "../container.js";
import { readExactly } from "./bytes.js";
import { checkDescriptor, checkLocalHeader, localBytes, maxDescriptorBytes } from "./local-header.js";
import type { Member } from "./member.js";
import { damaged, quote, unsafe } from "./refusals.js";

const chunkBytes = 1024 * 1024;
const maxExtraBytes = 0xffff;

/**
 * A member's content as a stream, which is verified while it is read. Its headers are checked before.
 * @throws BENTO_ARCHIVE_INVALID, when it is read, for content that is not what the directory says
 */
export async function openLargeMember(source: RandomAccess, member: Member, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
  const { path, start, end, packedBytes } = member;
  const head = await readExactly(source, start, Math.min(end, start + localBytes + member.name.length + maxExtraBytes));
  const dataStart = start + checkLocalHeader(head, member);
  const dataEnd = dataStart + packedBytes;
  if (dataEnd > end) throw unsafe(`${quote(path)} shares bytes with the next member`);
  if (end - dataEnd > maxDescriptorBytes)
    throw damaged(`${end - dataEnd} bytes behind ${quote(path)} belong to nothing that the directory lists`);
  checkDescriptor(await readExactly(source, dataEnd, end), member);
  return verified(member.isDeflated ? inflated(source, dataStart, member) : source.stream(dataStart, dataEnd), member, signal);
}

async function* verified(content: AsyncIterable<Uint8Array>, member: Member, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
  let crc = 0;
  let count = 0;
  for await (const chunk of content) {
    checkSignal(signal, "Reading the zip archive");
    count += chunk.length;
    if (count > member.size) throw damaged(`${quote(member.path)} unpacks to more than the ${member.size} bytes that the directory says`);
    crc = crc32(chunk, crc);
    yield chunk;
  }
  if (count !== member.size) throw damaged(`${quote(member.path)} unpacks to ${count} bytes instead of ${member.size}`);
  if (crc !== member.crc) throw damaged(`${quote(member.path)} does not have the checksum that the directory says`);
}

async function* inflated(source: RandomAccess, start: number, member: Member): AsyncGenerator<Uint8Array, void> {
  const inflate = createInflateRaw({ chunkSize: chunkBytes });
  pipeline(Readable.from(source.stream(start, start + member.packedBytes), { highWaterMark: 2 }), inflate, () => {});
  try {
    yield* inflate as AsyncIterable<Uint8Array>;
    if (inflate.bytesWritten !== member.packedBytes) throw damaged(`${quote(member.path)} has bytes behind the end of its content`);
  } catch (error) {
    // zlib's own errors have a code of its own; whatever else comes is the source's.
    const isOurs = BentoError.is(error) || !String((error as NodeJS.ErrnoException).code).startsWith("Z_");
    throw isOurs ? error : damaged(`${quote(member.path)} is corrupted (${(error as Error).message})`, undefined, error);
  } finally {
    inflate.destroy();
  }
}
