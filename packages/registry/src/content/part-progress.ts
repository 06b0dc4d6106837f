import type { Progress } from "@bento/store";

/** Counts the bytes of a transfer, and tells of them. */
export class PartProgress {
  readonly total: number;
  readonly #report: (progress: Progress) => void;
  #bytes = 0;
  #resumed = 0;
  #skipped = 0;

  constructor(total: number, report: (progress: Progress) => void) {
    this.total = total;
    this.#report = report;
    this.#tell("transfer");
  }

  /** Bytes that came or went now; below zero for those that have to once more. */
  moved(bytes: number): void {
    this.#bytes += bytes;
    this.#tell("transfer");
  }

  /** What need not be moved at all: counted anew each time. Bytes. */
  begin({ resumed = 0, skipped = 0 }: { readonly resumed?: number; readonly skipped?: number }): void {
    this.#resumed = resumed;
    this.#skipped = skipped;
    this.#bytes = resumed + skipped;
    this.#tell("transfer");
  }

  /** Bytes that were there already, without an earlier try. */
  skipped(bytes: number): void {
    this.#skipped += bytes;
    this.moved(bytes);
  }

  finish(): void {
    this.#tell("finish");
  }

  #tell(phase: Progress["phase"]): void {
    this.#report({ phase, bytes: this.#bytes, total: this.total, resumed: this.#resumed, skipped: this.#skipped });
  }
}
