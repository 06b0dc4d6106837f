import { malformed } from "./malformed.js";

const freeCells = 1_000_000;
/** A byte holds eight booleans; as much again for columns that are all null, and need no bytes. */
const cellsPerByte = 16;

/**
 * How many cells a stream may have. Cells of some types take no bytes of it (nulls, lists of nothing), so that a few
 * bytes could claim billions of them.
 */
export class CellBudget {
  readonly #all: number;
  #left: number;

  constructor(bytes: number) {
    this.#all = freeCells + bytes * cellsPerByte;
    this.#left = this.#all;
  }

  /** @throws BENTO_BAD_REQUEST when there are too many */
  spend(cells: number): void {
    this.#left -= cells;
    if (this.#left < 0) throw malformed(`it claims more than ${this.#all} cells, which is more than its bytes can hold.`);
  }
}
