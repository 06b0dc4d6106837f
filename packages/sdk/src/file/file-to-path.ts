import { createWriteStream, type WriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { BentoError, BentoFile } from "@bento/core";
import { placeOf } from "./place-of.js";

/** Options of {@link fileToPath}. */
export interface FileToPathOptions {
  /** Ends the writing; nothing of it is left. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes a file to this machine's disk as it comes, and never holds more than a piece of it. It appears under its path when
 * it is whole, in place of one that is there; when it breaks off, nothing of it is left.
 *
 * ```ts
 * const film = await client.render({ scene }, { streamFile: true, onDownloadProgress });
 * await fileToPath(film, "./film.mp4");
 * ```
 * @returns where it lies
 * @throws BENTO_TRANSFER_FAILED when the path cannot be written, BENTO_CANCELLED; what the file itself fails with
 */
export async function fileToPath(file: BentoFile | Blob, path: string | URL, { signal }: FileToPathOptions = {}): Promise<string> {
  const place = placeOf(path);
  const partial = `${place}.${crypto.randomUUID()}.part`;
  let written: WriteStream | undefined;
  try {
    const bytes = Readable.fromWeb(BentoFile.from(file).stream() as Parameters<typeof Readable.fromWeb>[0]);
    written = createWriteStream(partial, { flags: "wx" });
    await pipeline(bytes, written, { signal });
    await rename(partial, place);
    return place;
  } catch (cause) {
    await closed(written);
    // What is wrong with the path is what the first failure says.
    await rm(partial, { force: true }).catch(() => undefined);
    if (BentoError.is(cause)) throw cause;
    if (signal?.aborted === true) throw new BentoError("BENTO_CANCELLED", `Writing ${JSON.stringify(place)} was aborted.`, { cause });
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BentoError("BENTO_TRANSFER_FAILED", `${JSON.stringify(place)} cannot be written: ${reason}.`, {
      cause,
      hint: "Give the path of a file in a folder that is there and may be written to.",
    });
  }
}

/** While it is still being opened, it would come to be there after it was removed. */
async function closed(stream: WriteStream | undefined): Promise<void> {
  if (stream === undefined || stream.closed) return;
  await new Promise<void>((resolve) => void stream.destroy().once("close", () => resolve()));
}
