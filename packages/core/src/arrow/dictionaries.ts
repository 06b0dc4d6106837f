import { malformed } from "./malformed.js";

/** How long what cells share may be in all, were it not shared, besides as much for each byte of the stream. */
const freeLength = 16_000_000;
const lengthPerByte = 64;

/**
 * What the dictionaries of a stream hold, by their number.
 *
 * Cells refer to an entry with a byte, and as JSON each would be the whole of it: a long text that all refer to would make
 * terabytes of a megabyte. So it is counted how long the cells are in all.
 */
export class Dictionaries {
  readonly #entries = new Map<number, unknown[]>();
  #left: number;

  /** @param bytes length of the stream */
  constructor(bytes: number) {
    this.#left = freeLength + bytes * lengthPerByte;
  }

  /** Replaces the entries of a dictionary, or adds to them. */
  put(id: number, entries: unknown[], isDelta: boolean): void {
    const known = isDelta ? this.#entries.get(id) : undefined;
    if (!known) this.#entries.set(id, entries);
    else for (const entry of entries) known.push(entry);
  }

  /** How many entries a dictionary has by now. */
  size(id: number): number {
    return this.#entries.get(id)?.length ?? 0;
  }

  /**
   * An entry, for one cell.
   * @throws BENTO_BAD_REQUEST when the cells are too long in all
   */
  entry(id: number, index: number): unknown {
    const entry = this.#entries.get(id)?.[index];
    this.#left -= typeof entry === "string" || entry instanceof Uint8Array ? entry.length : 0;
    if (this.#left < 0) throw malformed("the cells of its dictionaries are too long, each written out, for its bytes.");
    return entry;
  }
}
