import type { File } from "unzipper";
import type { ArchiveEntry } from "../container.js";
import type { RawNames } from "./directory.js";
import { memberName } from "./member-name.js";
import { damaged, quote } from "./refusals.js";

/** A member as the directory has it. */
export interface Member {
  readonly path: string;
  readonly kind: Exclude<ArchiveEntry["kind"], "hardlink">;
  readonly executable: boolean;
  readonly isDeflated: boolean;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packedBytes: number;
  /** Unpacked. */
  readonly size: number;
  /** Raw, as the local header must have it too. */
  readonly name: Buffer;
  /** Of its local header, in the source. */
  readonly start: number;
  /** Of whatever comes next, in the source. */
  readonly end: number;
}

/** Whether a member has its checksum and sizes behind its data. */
export const descriptorFlag = 0x8;
const encryptedFlags = 0x1 | 0x40 | 0x2000;
const patchFlag = 0x20;

const stored = 0;
const deflated = 8;
/** Methods that exist and are not read. @source APPNOTE.TXT 4.4.5 */
const otherMethods: ReadonlyMap<number, string> = new Map([
  [1, "shrink"],
  [6, "implode"],
  [9, "deflate64"],
  [12, "bzip2"],
  [14, "lzma"],
  [20, "zstd"],
  [93, "zstd"],
  [95, "xz"],
  [98, "ppmd"],
  [99, "AES encryption"],
]);

const unixHosts = [3, 19];
const modeMask = 0o170000;
const pipeMode = 0o010000;
const kindOfMode: ReadonlyMap<number, Member["kind"]> = new Map([
  [0o120000, "symlink"],
  [0o040000, "folder"],
  [0o100000, "file"],
  [0, "file"],
]);

/** Bytes of a symlink's target. Linux takes no longer ones. */
const maxTargetBytes = 4096;

/**
 * @param file as unzipper reads it
 * @throws BENTO_ARCHIVE_INVALID for what is encrypted, packed by another method than deflate, or contradicts itself
 */
export function memberOf(file: File, { name, extra }: RawNames, { start, end }: { readonly start: number; readonly end: number }): Member {
  const path = memberName(name, file.flags, extra);
  if ((file.flags & encryptedFlags) !== 0) throw damaged(`${quote(path)} is encrypted`, "Make the archive without a password.");
  if ((file.flags & patchFlag) !== 0) throw damaged(`${quote(path)} is a patch of another file`);
  const { compressionMethod: method, compressedSize: packedBytes, uncompressedSize: size } = file;
  if (method !== stored && method !== deflated) {
    const named = otherMethods.get(method) ?? "an unknown method";
    throw damaged(
      `${quote(path)} is compressed by ${named} (${method})`,
      "Make the archive with deflate, as `zip` does, or without compression.",
    );
  }
  if (method === stored && packedBytes !== size) throw damaged(`${quote(path)} is stored, and yet has two sizes`);
  const mode = unixHosts.includes(file.versionMadeBy >> 8) ? file.externalFileAttributes >>> 16 : 0;
  const kind = kindOf(mode, path, size);
  if (kind !== "file" && packedBytes > maxPackedBytes) throw damaged(`${quote(path)} is no file, and yet has content`);
  if (kind === "folder" && size !== 0) throw damaged(`the folder ${quote(path)} has content`);
  if (kind === "symlink" && size > maxTargetBytes) throw damaged(`the link ${quote(path)} has a target of ${size} bytes`);
  return {
    path,
    kind,
    executable: kind === "file" && (mode & 0o100) !== 0,
    isDeflated: method === deflated,
    flags: file.flags,
    method,
    crc: file.crc32,
    packedBytes,
    size,
    name,
    start,
    end,
  };
}

/** What a folder or link may take, packed: enough for every way to pack it. */
const maxPackedBytes = 64 * 1024;

function kindOf(mode: number, path: string, size: number): Member["kind"] {
  const kind = kindOfMode.get(mode & modeMask) ?? "special";
  // What `zip` reads from a pipe has the mode of the pipe, and is a file all the same. A pipe that was packed has no content.
  const isPiped = (mode & modeMask) === pipeMode && size > 0;
  return (kind === "file" || isPiped) && path.endsWith("/") ? "folder" : isPiped ? "file" : kind;
}
