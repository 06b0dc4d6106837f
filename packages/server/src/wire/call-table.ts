import { wireInvalid } from "./frame.js";

/** Calls at once on one connection. */
export const mostCalls = 1 << 20;

/**
 * The calls of one connection that are under way, by their number; 0 is for what belongs to no call.
 *
 * A list and no Map: a Map that calls come to and go from all the time is built anew every few of them, and each old one
 * holds on to the next, and to the calls that it held, until the old generation is collected. At 3,000 calls a second that
 * made every collection of the young generation take ten milliseconds instead of one.
 */
export class CallTable<Call> {
  readonly #calls: (Call | undefined)[] = [undefined];
  /** Numbers that were given and are free again. */
  readonly #free: number[] = [];
  #size = 0;

  /** Calls that are under way. */
  get size(): number {
    return this.#size;
  }

  /** The number of the next call; it is in use once that is {@link CallTable.set}. */
  next(): number {
    return this.#free.pop() ?? this.#calls.length;
  }

  get(number: number): Call | undefined {
    return this.#calls[number];
  }

  /** @throws BENTO_WIRE_INVALID for a number that nobody gives */
  set(number: number, call: Call): void {
    if (number === 0 || number > mostCalls) throw wireInvalid(`a call with the number ${number}`);
    while (this.#calls.length <= number) this.#calls.push(undefined);
    if (this.#calls[number] === undefined) this.#size += 1;
    this.#calls[number] = call;
  }

  /** The number is free again, for whoever gives numbers here. */
  delete(number: number): void {
    if (this.#calls[number] === undefined) return;
    this.#calls[number] = undefined;
    this.#size -= 1;
    this.#free.push(number);
  }

  *[Symbol.iterator](): Generator<Call> {
    for (const call of this.#calls) if (call !== undefined) yield call;
  }
}
