import { get, i32, set } from "../../wasm/assembler.js";
import { i16x8, i8x16, v128 } from "../../wasm/vectors.js";
import { lanes, vectorBytes } from "./lanes.js";

/**
 * LZMA's model of a literal with nothing before it, as the coder and the decoder have it at the start of their memories.
 *
 * A bit of a literal has a probability of its own after each value of the bits before it, which makes a tree of eight
 * levels. Here it is cut into trees of two, three and three levels, of at most seven probabilities: one vector.
 * A literal takes one way through three of them, so that all that it needs is read, and moved, three vectors at a time.
 *
 * @typedef {import("../../wasm/encoding.js").Code} Code
 * @typedef {{ bits: number, before: number, firstTree: number, stepsAt: number }} Level
 */

/** Probabilities are those of a zero, of 11 bits, and move by a 32nd of what is missing. */
export const probabilityBits = 11;
export const even = 1 << (probabilityBits - 1);
const whole = 1 << probabilityBits;
const moveBits = 5;

/**
 * The bits of a literal that a level's trees decide on, how many come before them, the number of the first tree, and
 * where in the memory its steps are. There is a tree for each value of the bits before.
 */
const top = { bits: 2, before: 0, firstTree: 0, stepsAt: 0 };
const middle = { bits: 3, before: 2, firstTree: 1, stepsAt: 0x200 };
const bottom = { bits: 3, before: 5, firstTree: 5, stepsAt: 0x400 };
export const levels = /** @type {const} */ ([top, middle, bottom]);

/**
 * A step is what a value of a level's bits does to a tree: where it finds the probabilities of those bits, what it adds
 * to each before that moves, and which it moves at all.
 */
export const stepShift = 6;
const pickAt = 0;
const changeAt = vectorBytes;
const movesAt = 2 * vectorBytes;

const tableBytes = (1 + 4 + 32) * vectorBytes;
/** A table of trees for each lane, at each position modulo 4. */
const probabilitiesAt = 0x600;
const positionBytes = lanes.length * tableBytes;
const positions = 4;
/** Where the memory is free. */
export const modelEnd = 0x3000;

/** The table at a position, as an address that {@link treeAt} is added to. @type {(position: Code, mask: Code) => Code} */
export const tableAt = (position, mask) => i32.mul(i32.and(position, mask), i32.const(positionBytes));

/** Of a level's first tree: others are as many vectors behind it as the bits before say. @type {(lane: number, level: Level) => number} */
export const treeAt = (lane, { firstTree }) => probabilitiesAt + lane * tableBytes + firstTree * vectorBytes;
export const treeShift = 4;

/** The probabilities of a level's bits, each in its bit's place among eight; zero in the others. @type {(tree: Code, step: Code, level: Level) => Code} */
export const picked = (tree, step, { stepsAt }) => i8x16.swizzle(tree, v128.load(step, stepsAt + pickAt));

/**
 * A tree after a step: p - (p >> 5) after a one; p + ((2048 - p) >> 5) after a zero, which is a subtraction too, of
 * (p + 31 - 2048) >> 5.
 * @type {(tree: Code, step: Code, level: Level) => Code}
 */
export const moved = (tree, step, { stepsAt }) => {
  const change = i16x8.shrSigned(i16x8.add(tree, v128.load(step, stepsAt + changeAt)), i32.const(moveBits));
  return i16x8.sub(tree, v128.and(change, v128.load(step, stepsAt + movesAt)));
};

/** Each literal says first that it is no match, which is as likely in all lanes and soon costs next to nothing. @type {(noMatch: number) => Code} */
export const moveNoMatch = (noMatch) =>
  set(noMatch, i32.add(get(noMatch), i32.shr(i32.sub(i32.const(whole), get(noMatch)), i32.const(moveBits))));

/** Writes what is the same for all content. @param {WebAssembly.Memory} memory */
export function writeSteps({ buffer }) {
  for (const { bits, before, stepsAt } of levels) {
    for (let value = 0; value < 1 << bits; value += 1) {
      const at = stepsAt + (value << stepShift);
      const pick = new Uint8Array(buffer, at + pickAt, vectorBytes).fill(0xff);
      const change = new Int16Array(buffer, at + changeAt, vectorBytes / 2);
      const moves = new Int16Array(buffer, at + movesAt, vectorBytes / 2);
      for (let bit = 0; bit < bits; bit += 1) {
        // One probability for the first bit, then two, then four.
        const index = (1 << bit) - 1 + (value >> (bits - bit));
        const isOne = ((value >> (bits - bit - 1)) & 1) === 1;
        pick.set([index * 2, index * 2 + 1], (before + bit) * 2);
        change[index] = isOne ? 0 : (1 << moveBits) - 1 - whole;
        moves[index] = -1;
      }
    }
  }
}

/** Makes all probabilities even, as they are before a chunk. @param {WebAssembly.Memory} memory */
export function resetProbabilities({ buffer }) {
  new Uint16Array(buffer, probabilitiesAt, (positions * positionBytes) / 2).fill(even);
}
