import { type FileHandle, open, readFile } from "node:fs/promises";
import { isErrno, onDisk } from "@bento/store/archives";

/**
 * What has been done of some work, one line of JSON for each thing, in the order in which it was done: a file that is
 * only ever appended to. A process that is killed loses at most what it had not appended; of a machine that lost its
 * power, a last line that was torn is passed over.
 *
 * Nothing that it says needs to be believed: whoever reads it compares digests before relying on it. So it is not forced
 * to the disk, which would force the parts of a transfer out with it.
 */
export class Journal implements AsyncDisposable {
  /** What an earlier process wrote. */
  readonly earlier: readonly unknown[];
  readonly #path: string;
  readonly #file: FileHandle;
  #lines = "";
  #writing: Promise<void> | undefined;

  private constructor(path: string, file: FileHandle, earlier: readonly unknown[]) {
    this.#path = path;
    this.#file = file;
    this.earlier = earlier;
  }

  /** Opens a journal, which is made if it is not there. @throws BENTO_STORE_FAILED */
  static async open(path: string): Promise<Journal> {
    return onDisk("open", path, async () => {
      const text = await readFile(path, "utf8").catch((error: unknown) => {
        if (isErrno(error, "ENOENT")) return "";
        throw error;
      });
      const file = await open(path, "a", 0o600);
      // A torn line must not swallow the next one.
      if (text !== "" && !text.endsWith("\n")) await file.write("\n");
      return new Journal(path, file, text.split("\n").flatMap(parseLine));
    });
  }

  /** Adds a line; those that come while another is being written are written together. */
  append(record: object): void {
    this.#lines += `${JSON.stringify(record)}\n`;
    if (this.#writing !== undefined) return;
    this.#writing = this.#write();
    // Seen by whoever flushes.
    this.#writing.catch(() => {});
  }

  /** Ends when all that was appended is in the file. @throws BENTO_STORE_FAILED when the disk refuses, full, say */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.flush().catch(() => {});
    await this.#file.close();
  }

  async #write(): Promise<void> {
    while (this.#lines !== "") {
      const lines = this.#lines;
      this.#lines = "";
      await onDisk("write", this.#path, () => this.#file.appendFile(lines));
    }
    this.#writing = undefined;
  }
}

function parseLine(line: string): readonly unknown[] {
  if (line === "") return [];
  try {
    return [JSON.parse(line)];
  } catch {
    return [];
  }
}
