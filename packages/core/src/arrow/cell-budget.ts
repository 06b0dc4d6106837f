import { malformed } from "./malformed.js";

const freeCells = 1_000_000;

/**
 * How many cells a stream may have. Cells of some types take no bytes of it (nulls, lists of nothing), so that a few
 * bytes could claim billions of them; a boolean takes a bit, and as a cell a pointer.
 */
export class CellBudget {
  readonly #bytes: number;
  readonly #all: number;
  #left: number;

  /** @param cellsPerByte for each byte of the stream, besides a million */
  constructor(bytes: number, cellsPerByte: number) {
    this.#bytes = bytes;
    this.#all = freeCells + bytes * cellsPerByte;
    this.#left = this.#all;
  }

  /** @throws BENTO_BAD_REQUEST when there are too many */
  spend(cells: number): void {
    this.#left -= cells;
    if (this.#left < 0) throw malformed(`it has more than ${this.#all} cells, which is too many for ${this.#bytes} bytes.`);
  }
}
