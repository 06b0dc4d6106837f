/** Writes numbers of a few bits one after the other, as deflate has them: the lowest bit first. */
export class BitWriter {
  /** The bit that comes next. */
  position = 0;
  #bytes;

  constructor(/** @type {Uint8Array} */ bytes) {
    this.#bytes = bytes;
  }

  /** @type {(value: number, bits: number) => void} at most 24 bits */
  put(value, bits) {
    const used = this.position & 7;
    let at = this.position >> 3;
    // What stood in the byte before is of no interest.
    const start = used === 0 ? 0 : /** @type {number} */ (this.#bytes[at]);
    for (let rest = start | (value << used), left = used + bits; left > 0; rest >>>= 8, left -= 8, at += 1) this.#bytes[at] = rest;
    this.position += bits;
  }

  /** Goes on at the next whole byte. */
  align() {
    if ((this.position & 7) !== 0) this.put(0, 8 - (this.position & 7));
  }
}
