import type { ReportProgress } from "../transfer/transfer.js";

/** Tells how much of an item has gone out, in bytes of its files. */
export class ExportProgress {
  readonly #total: number;
  readonly #report: ReportProgress;
  #most = 0;

  constructor(total: number, report: ReportProgress) {
    this.#total = total;
    this.#report = report;
    report({ phase: "transfer", bytes: 0, total });
  }

  /**
   * Begins a try: to be told of every piece of file content. What an earlier try had brought already is not told again,
   * so that nobody sees an export go backwards.
   */
  begin(): (count: number) => void {
    let bytes = 0;
    return (count) => {
      bytes += count;
      if (bytes <= this.#most) return;
      this.#most = bytes;
      this.#report({ phase: "transfer", bytes, total: this.#total });
    };
  }

  /** All bytes are out; they only have to become durable and visible. */
  finish(): void {
    this.#report({ phase: "finish", bytes: this.#most, total: this.#total });
  }
}
