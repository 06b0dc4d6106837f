import { assemble, get, i32, numbered, repeatWhile, select, set, when } from "../../wasm/assembler.js";

/** @typedef {import("../../wasm/assembler.js").Code} Code */

/** What is looked at in one go, at most. Bytes. */
export const mostContent = 1024 * 1024;
/** Bytes that are counted together. What is left over is for the caller. */
export const group = 4;
/**
 * One place in so many is looked at: odd, or records of 4 or 8 bytes would be looked at in the same place. The string
 * there is looked for, and one that begins up to 10 bytes further is remembered, another distance each time, so that
 * long strings that come again are met, shorter ones by chance.
 */
const step = 11;
const hashBits = 12;
/** How far back a string is worth anything: what deflate can reach. Bytes. */
const windowSize = 32 * 1024;
const shortestString = 4;
const longestString = 258;

// Where things lie in the memory. Neighbours are counted in tables of their own: to count the same byte twice in a row
// in one table, the second would have to wait for the first.
const countsAt = 0;
const placesAt = 1 << 12;
const contentAt = 1 << 16;
/** The last strings of four bytes reach beyond the content. */
const memoryPages = 1 + mostContent / 65536 + 1;
/** Further back than any window. */
const nowhere = 0x80808080;

/** @returns {import("../../wasm/assembler.js").Program} */
function counting() {
  const { my, types } = numbered({ at: "i32", end: "i32", slot: "i32" });
  const one = (/** @type {number} */ index) => [
    ...set(my.slot, i32.shl(i32.load8(get(my.at), contentAt + index), i32.const(2))),
    ...i32.store(get(my.slot), i32.add(i32.load(get(my.slot), countsAt + index * 1024), i32.const(1)), countsAt + index * 1024),
  ];
  const body = [
    ...when(
      i32.less(get(my.at), get(my.end)),
      repeatWhile(
        i32.less(get(my.at), get(my.end)),
        ...Array.from({ length: group }, (_, index) => one(index)),
        set(my.at, i32.add(get(my.at), i32.const(group))),
      ),
    ),
    ...i32.const(0),
  ];
  return { parameters: 2, locals: types.slice(2), body };
}

/**
 * Adds up what strings save that occurred before, taken as they come: the bits of their bytes, less those of a length
 * and a distance, all in 1/256.
 * @returns {import("../../wasm/assembler.js").Program}
 */
function searching() {
  const { my, types } = numbered({
    at: "i32",
    end: "i32",
    bitsPerByte: "i32",
    last: "i32",
    phase: "i32",
    string: "i32",
    slot: "i32",
    place: "i32",
    length: "i32",
    limit: "i32",
    forward: "i32",
    cost: "i32",
    worth: "i32",
    saved: "i32",
  });
  const slotOf = (/** @type {Code} */ string) =>
    i32.shl(i32.shr(i32.mul(string, i32.const(0x9e3779b1 | 0)), i32.const(32 - hashBits)), i32.const(2));
  const distance = i32.sub(get(my.at), get(my.place));
  const byteOf = (/** @type {number} */ start) => i32.load8(i32.add(get(start), get(my.length)), contentAt);
  const rememberedAt = i32.add(get(my.at), get(my.phase));
  const measure = [
    ...set(my.limit, i32.sub(get(my.end), get(my.at))),
    ...when(i32.greater(get(my.limit), i32.const(longestString)), set(my.limit, i32.const(longestString))),
    ...set(my.length, i32.const(shortestString - 1)),
    ...repeatWhile(
      i32.and(i32.less(get(my.length), get(my.limit)), i32.equal(byteOf(my.place), byteOf(my.at))),
      set(my.length, i32.add(get(my.length), i32.const(1))),
    ),
    ...set(my.worth, i32.mul(get(my.length), get(my.bitsPerByte))),
    // About what deflate takes, where some distances and lengths are more frequent than others.
    ...set(my.cost, i32.shl(i32.sub(i32.const(6 + 31), i32.countLeadingZeros(distance)), i32.const(8))),
    ...when(
      i32.greater(get(my.worth), get(my.cost)),
      set(my.saved, i32.add(get(my.saved), i32.sub(get(my.worth), get(my.cost)))),
      set(my.forward, get(my.length)),
    ),
  ];
  const body = [
    ...set(my.last, i32.sub(get(my.end), i32.const(shortestString - 1))),
    ...when(
      i32.less(get(my.at), get(my.last)),
      repeatWhile(
        i32.less(get(my.at), get(my.last)),
        set(my.string, i32.load(get(my.at), contentAt)),
        set(my.place, i32.load(slotOf(get(my.string)), placesAt)),
        set(my.forward, i32.const(step)),
        when(
          // One condition, as each of the two would hold as often as not. What is remembered further on, behind a short
          // string, is no place: its distance is 0, or more than any window.
          i32.and(
            i32.less(i32.sub(distance, i32.const(1)), i32.const(windowSize)),
            i32.equal(i32.load(i32.and(get(my.place), i32.const(mostContent - 1)), contentAt), get(my.string)),
          ),
          measure,
        ),
        i32.store(slotOf(i32.load(rememberedAt, contentAt)), rememberedAt, placesAt),
        set(my.phase, select(i32.less(get(my.phase), i32.const(step - 1)), i32.add(get(my.phase), i32.const(1)), i32.const(0))),
        set(my.at, i32.add(get(my.at), get(my.forward))),
      ),
    ),
    ...get(my.saved),
  ];
  return { parameters: 3, locals: types.slice(3), body };
}

const program = assemble({ memoryPages, functions: { count: counting(), search: searching() } });
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(program));

/** @typedef {{ memory: WebAssembly.Memory, count: (start: number, end: number) => number, search: (start: number, end: number, bitsPerByte: number) => number }} Looker */
const { memory, count, search } = /** @type {Looker} */ (/** @type {unknown} */ (exports));

export const content = new Uint8Array(memory.buffer, contentAt, mostContent);
/** {@link group} tables of 256 counts. */
const counts = new Uint32Array(memory.buffer, countsAt, group * 256);
const places = new Uint32Array(memory.buffer, placesAt, 1 << hashBits);

/** Forgets the content before. */
export function forget() {
  places.fill(nowhere);
}

/**
 * How often each byte occurs in a part of the content.
 * @returns {Uint32Array}
 */
export function countsOf(/** @type {number} */ start, /** @type {number} */ end) {
  const grouped = end - ((end - start) % group);
  counts.fill(0);
  count(start, grouped);
  const all = counts.slice(0, 256);
  for (let table = 1; table < group; table += 1) {
    const first = table * 256;
    for (let byte = 0; byte < 256; byte += 1) all[byte] = /** @type {number} */ (all[byte]) + /** @type {number} */ (counts[first + byte]);
  }
  for (let at = grouped; at < end; at += 1) {
    const byte = /** @type {number} */ (content[at]);
    all[byte] = /** @type {number} */ (all[byte]) + 1;
  }
  return all;
}

/**
 * What replacing strings in a part of the content by references to earlier ones would save, found in a sample of the
 * places. Parts are to be given in their order.
 * @param {number} start
 * @param {number} end
 * @param {number} bits that the bytes of the part take without
 * @returns {number} bits
 */
export function savedByRepeats(start, end, bits) {
  if (end - start < shortestString) return 0;
  const bitsPerByte = Math.floor((bits * 256) / (end - start));
  return search(start, end, bitsPerByte) >>> 8;
}
