import { closeSync, constants, createReadStream, fstatSync, openSync } from "node:fs";
import { stat } from "node:fs/promises";
import { Socket } from "node:net";
import { resolve } from "node:path";
import { BentoError } from "@bento/core";
import { FolderTree } from "../../disk/folder-tree.js";
import { transferring } from "../../transfer/transfer-failure.js";
import type { Tree } from "../../tree/tree.js";
import { isRemotePlace, localPath, type LocationOptions } from "../location.js";
import type { ByteSource } from "./byte-source.js";
import { bytesSource } from "./bytes-source.js";
import { FileSource } from "./file-source.js";
import { StreamSource } from "./stream-source.js";

/**
 * Where an import comes from: the path or URL of an archive or folder, bytes, or a stream of bytes.
 *
 * A URL may be that of any remote: `s3://bucket/x.zip`, `https://host/x.bentomodel`. A relative path counts from the current folder, `~` means nothing. A stream's chunks must not be used again by
 * whoever gives them; a stream that is not read to its end is cancelled.
 */
export type ImportSource = string | URL | Uint8Array | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** A folder that stands in an archive's place. */
export interface FolderSource extends AsyncDisposable {
  readonly kind: "folder";
  /** For messages: its path in quotes. */
  readonly name: string;
  /** Bytes of its files, where that is known by now. */
  readonly size: number | undefined;
  /** How many of its small files are read at the same time. */
  readonly readAhead: number;
  /** What is in it; to be asked once. `onEntry` is told how many entries there are so far, and what it throws ends the look. */
  open(onEntry: (count: number) => void): Tree;
}

/** What opening a source needs to know. */
export interface OpenSourceOptions {
  readonly location?: (LocationOptions & { readonly untrusted?: boolean | undefined }) | undefined;
  /** Whether the caller says that it is a folder. */
  readonly isFolder?: boolean | undefined;
  readonly signal: AbortSignal;
}

/**
 * Opens what a caller gave. Whoever gets it closes it.
 * @throws BENTO_BAD_REQUEST for what is no source, BENTO_TRANSFER_FAILED for what is not there or cannot be read
 */
export async function openSource(
  source: ImportSource,
  { location = {}, isFolder = false, signal }: OpenSourceOptions,
): Promise<ByteSource | FolderSource> {
  if (typeof source === "string" || source instanceof URL) return openPlace(source, { location, isFolder, signal });
  if (source instanceof Uint8Array || source instanceof Blob) return bytesSource(source, signal);
  if (source instanceof ReadableStream) return new StreamSource(source, "the stream", signal);
  if (typeof source === "object" && source !== null && Symbol.asyncIterator in source)
    return new StreamSource(source, "the stream", signal);
  throw new BentoError("BENTO_BAD_REQUEST", `Nothing can be imported from a value of type ${source === null ? "null" : typeof source}.`, {
    hint: "Give a path, a URL, a Uint8Array, a Blob, or a stream of bytes.",
  });
}

async function openPlace(
  place: string | URL,
  { location, isFolder, signal }: Required<OpenSourceOptions>,
): Promise<ByteSource | FolderSource> {
  if (isRemotePlace(place, location)) {
    const { openRemoteSource } = await import("../../remote/archives/remote-source.js");
    return openRemoteSource(place, { location: location ?? {}, isFolder: isFolder === true, signal });
  }
  if (location?.untrusted !== true) return openPath(resolve(localPath(place, location)), signal);
  throw new BentoError("BENTO_BAD_REQUEST", "A place that is not trusted cannot be one of this machine.", {
    hint: "Take http(s) and hf URLs from strangers, or read the file yourself and give its bytes.",
  });
}

async function openPath(path: string, signal: AbortSignal): Promise<ByteSource | FolderSource> {
  const found = await transferring("read", path, () => stat(path));
  if (found.isDirectory()) return diskFolder(path);
  if (found.isFile()) return FileSource.open(path, signal);
  // What another program writes meanwhile, such as /dev/stdin or <(curl ...).
  if (found.isFIFO() && process.platform === "linux") {
    return new StreamSource(await transferring("read", path, () => openPipe(path)), JSON.stringify(path), signal);
  }
  if (found.isFIFO() || found.isCharacterDevice()) return new StreamSource(createReadStream(path), JSON.stringify(path), signal);
  throw new BentoError("BENTO_TRANSFER_FAILED", `${JSON.stringify(path)} is neither a file nor a folder, and cannot be imported.`, {
    hint: "Name an archive, an exported folder, or a pipe that an archive comes from.",
  });
}

function diskFolder(path: string): FolderSource {
  const kind = { invalid: "BENTO_ARCHIVE_UNSAFE", failed: "BENTO_TRANSFER_FAILED", isForeign: true } as const;
  return {
    kind: "folder",
    name: JSON.stringify(path),
    size: undefined,
    readAhead: 1,
    open: (onEntry) => new FolderTree(path, { ...kind, onEntry }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/**
 * A named pipe, opened without waiting for its writer: a thread that waits in an open cannot be called back, and would
 * keep the process from ending after its import was cancelled.
 */
async function openPipe(path: string): Promise<AsyncIterable<Uint8Array>> {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  if (fstatSync(file).isFIFO()) return new Socket({ fd: file, readable: true, writable: false });
  closeSync(file);
  throw new BentoError("BENTO_TRANSFER_FAILED", `${JSON.stringify(path)} became something else while it was opened.`);
}
