import { type FileHandle, open, readFile } from "node:fs/promises";
import { BentoError, type FileContent } from "@bento/core";

/** What is read from the disk at once. */
const chunkBytes = 256 * 1024;

/** The content of a file on this machine's disk. Each reading opens the file anew and closes it at its end. */
export class PathContent implements FileContent {
  readonly path: string;
  /** Bytes, as they were when somebody looked; a file that changes since is read as it is then. */
  readonly size: number;

  constructor(path: string, size: number) {
    this.path = path;
    this.size = size;
  }

  stream(): ReadableStream<Uint8Array> {
    return new ReadableStream(new PathSource(this.path), { highWaterMark: 0 });
  }

  async bytes(): Promise<Uint8Array> {
    try {
      return await readFile(this.path);
    } catch (error) {
      throw unreadable(this.path, error);
    }
  }

  async range(start: number, end: number): Promise<Uint8Array> {
    let file: FileHandle | undefined;
    try {
      file = await open(this.path);
      return await readRange(file, start, Math.min(end, this.size));
    } catch (error) {
      throw unreadable(this.path, error);
    } finally {
      await file?.close();
    }
  }
}

/** Opens at the first pull, so that a stream that nobody reads holds no descriptor. */
class PathSource implements UnderlyingDefaultSource<Uint8Array> {
  readonly #path: string;
  #file: FileHandle | undefined;
  #cancelled = false;

  constructor(path: string) {
    this.#path = path;
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    let read: Uint8Array | undefined;
    try {
      this.#file ??= await open(this.#path);
      read = await readChunk(this.#file);
    } catch (error) {
      await this.#close();
      throw unreadable(this.#path, error);
    }
    if (read === undefined || this.#cancelled) await this.#close();
    if (this.#cancelled) return;
    if (read === undefined) controller.close();
    else controller.enqueue(read);
  }

  async cancel(): Promise<void> {
    this.#cancelled = true;
    await this.#close();
  }

  /** Waits for a read that is going on. One that has yet to open the file closes it itself. */
  async #close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }
}

async function readChunk(file: FileHandle): Promise<Uint8Array | undefined> {
  const { bytesRead, buffer } = await file.read(new Uint8Array(chunkBytes));
  return bytesRead === 0 ? undefined : buffer.subarray(0, bytesRead);
}

async function readRange(file: FileHandle, start: number, end: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(Math.max(0, end - start));
  let count = 0;
  while (count < bytes.length) {
    const { bytesRead } = await file.read(bytes, count, bytes.length - count, start + count);
    if (bytesRead === 0) break;
    count += bytesRead;
  }
  return bytes.subarray(0, count);
}

/** The failure of a disk as the error of a file, with its path; for the log, the code does not let it out. */
export function unreadable(path: string, cause: unknown): BentoError {
  const { code } = (typeof cause === "object" && cause !== null ? cause : {}) as { readonly code?: unknown };
  const why = code === "ENOENT" ? "is not there" : `cannot be read (${typeof code === "string" ? code : String(cause)})`;
  return new BentoError("BENTO_FILE_UNREADABLE", `The file ${JSON.stringify(path)} ${why}.`, {
    cause,
    hint: "Check the path, and that the user the process runs as may read it.",
  });
}
