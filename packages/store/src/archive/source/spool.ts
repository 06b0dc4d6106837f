import { BentoError } from "@bento/core";
import { open, rm, type FileHandle } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { transferFailure } from "../../transfer/transfer-failure.js";
import type { RandomAccess } from "../container/container.js";
import { FileSource } from "./file-source.js";

/** What spooling needs to know. */
export interface SpoolOptions {
  /** For messages. */
  readonly name: string;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/**
 * Writes a stream to a temporary file that only this process can open, so that it can be read anywhere.
 *
 * The file has no name from its first byte on, so that it is gone when the process is, whatever ends it. Windows keeps
 * the names of open files: there it goes when it is closed.
 * @throws BENTO_ARCHIVE_UNSAFE beyond `maxBytes`, BENTO_TRANSFER_FAILED when the disk refuses, and what the stream throws
 */
export async function spool(
  chunks: AsyncIterable<Uint8Array>,
  { name, maxBytes, signal }: SpoolOptions,
): Promise<RandomAccess & AsyncDisposable> {
  const path = join(tmpdir(), `bento-${randomBytes(12).toString("hex")}.zip`);
  const onDisk = <T>(work: Promise<T>): Promise<T> => work.catch((error: unknown) => Promise.reject(transferFailure(error, "write", path)));
  const file = await onDisk(open(path, "wx+", 0o600));
  try {
    if (process.platform !== "win32") await onDisk(rm(path));
    let size = 0;
    for await (const chunk of chunks) {
      size += chunk.length;
      if (size > maxBytes) throw tooLarge(name, maxBytes);
      await onDisk(writeAll(file, chunk));
    }
    const source = await FileSource.of(path, file, signal);
    return Object.assign(source, { [Symbol.asyncDispose]: () => close(file, path) });
  } catch (error) {
    await close(file, path);
    throw error;
  }
}

async function close(file: FileHandle, path: string): Promise<void> {
  await file.close();
  if (process.platform === "win32") await rm(path, { force: true });
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let start = 0; start < chunk.length;) start += (await file.write(chunk, start)).bytesWritten;
}

function tooLarge(name: string, maxBytes: number): BentoError {
  return new BentoError("BENTO_ARCHIVE_UNSAFE", `${name} is larger than maxBytes, which is ${maxBytes.toLocaleString("en-US")}.`, {
    hint: "If you trust it, raise the limit: { limits: { maxBytes: ... } }.",
  });
}
