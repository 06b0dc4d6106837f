/** Numbers of calls are 32 bits wide on the wire; 0 is for what belongs to no call. */
const lastNumber = 0xffff_ffff;

/** Gives calls their numbers, which come round after four billion of them. */
export class CallNumbers {
  #last: number;

  /** @param last the number that counts as given */
  constructor(last = 0) {
    this.#last = last;
  }

  /** The next number; one that is still in use is passed over. */
  next(inUse: { has(number: number): boolean }): number {
    do this.#last = this.#last === lastNumber ? 1 : this.#last + 1;
    while (inUse.has(this.#last));
    return this.#last;
  }
}
