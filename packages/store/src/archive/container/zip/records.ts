import { Readable } from "node:stream";
import type { File } from "unzipper";
import { endSignature } from "./bytes.js";
import type { DirectoryPage } from "./directory.js";
import { damaged } from "./refusals.js";

/** What unzipper searches for the end record, counted from the last byte. */
const tailBytes = 80;
const endBytes = 22;

/**
 * The records of a page of the directory, read by unzipper.
 *
 * unzipper takes a directory whole: all its records at once, two kilobytes of memory for each, found by the first bytes
 * near the end that look like an end record. So it is shown a page as if that were a whole zip: these records, then an
 * end record of our own. That bounds the memory, and where the directory is, is only decided in one place.
 */
export async function readRecords(bytes: Buffer, { count }: DirectoryPage): Promise<readonly File[]> {
  const { Open } = await import("unzipper");
  const shown = Buffer.alloc(bytes.length + tailBytes);
  bytes.copy(shown);
  const end = shown.subarray(shown.length - endBytes);
  end.writeUInt32LE(endSignature, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(bytes.length, 12);
  try {
    const directory = await Open.custom({
      size: async () => shown.length,
      stream: (offset) => Readable.from([shown.subarray(offset)]),
    });
    return directory.files;
  } catch (cause) {
    throw damaged("its directory is broken", undefined, cause);
  }
}
