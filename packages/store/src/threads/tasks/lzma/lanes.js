import { set } from "../../wasm/assembler.js";
import { i8x16, i32x4 } from "../../wasm/vectors.js";

/**
 * Four chunks are coded at once, each in 32 bits of every vector: chunks know nothing of each other, and what takes so
 * long in a range coder is that each bit has to wait for the one before.
 *
 * @typedef {import("../../wasm/encoding.js").Code} Code
 */

/** @type {readonly number[]} */
export const lanes = [0, 1, 2, 3];
export const vectorBytes = 16;

/**
 * Runs all lanes together, and stops where one of them has its length. From there on that lane runs idly: it goes on
 * with whatever its memory holds, and nobody looks.
 * @param {readonly number[]} lengths of at most as many chunks as there are lanes, none empty
 * @param {(from: number, to: number) => void} run
 * @param {(lane: number) => boolean} finish whether to go on
 */
export function runLanes(lengths, run, finish) {
  let at = 0;
  const shortestFirst = [...lengths.entries()].toSorted(([, left], [, right]) => left - right);
  for (const [lane, length] of shortestFirst) {
    if (length > at) run(at, length);
    at = length;
    if (!finish(lane)) return false;
  }
  return true;
}

/**
 * Turns a vector of eight numbers of 16 bits for each lane into a vector of a number of each lane, for each number.
 * @param {readonly Code[]} ofLanes
 * @param {readonly number[]} ofNumbers the locals for the first numbers, or for all eight
 * @returns {Code}
 */
export function transpose(ofLanes, ofNumbers) {
  const [a = [], b = [], c = [], d = []] = ofLanes;
  return ofNumbers.flatMap((local, number) => {
    const inHalf = alternating(2, number < 4);
    const inQuarter = alternating(4, number % 4 < 2);
    const two = i8x16.shuffle(i8x16.shuffle(a, b, inHalf), i8x16.shuffle(c, d, inHalf), inQuarter);
    return set(local, number % 2 === 0 ? i32x4.extendLow(two) : i32x4.extendHigh(two));
  });
}

/** The indices of numbers of so many bytes from the first, or last, halves of two vectors, one of each in turn. @type {(bytes: number, isFirst: boolean) => number[]} */
const alternating = (bytes, isFirst) =>
  Array.from({ length: vectorBytes }, (_, index) => {
    const number = Math.floor(index / bytes);
    return (number % 2) * vectorBytes + (isFirst ? 0 : vectorBytes / 2) + Math.floor(number / 2) * bytes + (index % bytes);
  });
