import { type ReportProgress, Transfer } from "../transfer/transfer.js";

/**
 * What became of an import: `"imported"`; `"replaced"`, in place of what had the tag before; or `"skipped"`, because the
 * same was there already.
 */
export type ImportOutcome = "imported" | "replaced" | "skipped";

/** What an import ends with. */
export interface Imported<T> {
  readonly item: T;
  readonly outcome: ImportOutcome;
}

/** An import that has begun: the item in the store, progress on the way, and in the end what became of it. */
export class ImportTransfer<T> extends Transfer<T> {
  readonly #outcome: () => ImportOutcome | undefined;

  constructor(work: (report: ReportProgress) => Promise<Imported<T>>) {
    let outcome: ImportOutcome | undefined;
    super(async (report) => {
      const result = await work(report);
      outcome = result.outcome;
      return result.item;
    });
    this.#outcome = () => outcome;
  }

  /** Known once the import is awaited; `undefined` until then, and when it failed. */
  get outcome(): ImportOutcome | undefined {
    return this.#outcome();
  }
}
