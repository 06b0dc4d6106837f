import { binary, load, store, unary, unsigned } from "./encoding.js";

/**
 * The instructions on vectors of 128 bits that the coders need, as `assembler.js` has those on numbers. Numbers are
 * without a sign unless a name says otherwise.
 *
 * @typedef {import("./encoding.js").Code} Code
 */

/** What all of them start with, and the one's own number. @type {(number: number) => readonly number[]} */
const vector = (number) => [0xfd, ...unsigned(number)];

export const v128 = {
  load: load(...vector(0x00)),
  store: store(...vector(0x0b)),
  /** @type {(bytes: readonly number[]) => Code} */
  const: (bytes) => [...vector(0x0c), ...bytes],
  and: binary(...vector(0x4e)),
  /** The left without what is set in the right. */
  andNot: binary(...vector(0x4f)),
  or: binary(...vector(0x50)),
  xor: binary(...vector(0x51)),
  /** @type {(mask: Code, yes: Code, no: Code) => Code} */
  select: (mask, yes, no) => [...yes, ...no, ...mask, ...vector(0x52)],
  isAny: unary(...vector(0x53)),
  /** The operand with 32 bits of the memory in one of its lanes. @type {(address: Code, operand: Code, lane: number) => Code} */
  load32Lane: (address, operand, lane) => [...address, ...operand, ...vector(0x56), 0, 0, lane],
  /** One of 16 lanes. @type {(address: Code, operand: Code, lane: number, offset: number) => Code} */
  store8Lane: (address, operand, lane, offset) => [...address, ...operand, ...vector(0x58), 0, ...unsigned(offset), lane],
};

export const i8x16 = {
  /** Those of 32 bytes, the left's and then the right's, that the indices name. @type {(left: Code, right: Code, indices: readonly number[]) => Code} */
  shuffle: (left, right, indices) => [...left, ...right, ...vector(0x0d), ...indices],
  /** The bytes of the left that the right names; zero where its index is 16 or more. */
  swizzle: binary(...vector(0x0e)),
  /** The highest bit of each lane, that of the first lowest. */
  bitmask: unary(...vector(0x64)),
  narrowSigned: binary(...vector(0x65)),
  sub: binary(...vector(0x71)),
};

export const i16x8 = {
  narrowSigned: binary(...vector(0x85)),
  shrSigned: binary(...vector(0x8c)),
  add: binary(...vector(0x8e)),
  sub: binary(...vector(0x91)),
};

export const i32x4 = {
  splat: unary(...vector(0x11)),
  /** @type {(operand: Code, lane: number) => Code} */
  extract: (operand, lane) => [...operand, ...vector(0x1b), lane],
  /** @type {(operand: Code, value: Code, lane: number) => Code} */
  replace: (operand, value, lane) => [...operand, ...value, ...vector(0x1c), lane],
  equal: binary(...vector(0x37)),
  notLess: binary(...vector(0x40)),
  bitmask: unary(...vector(0xa4)),
  /** From the first four of eight numbers of 16 bits. */
  extendLow: unary(...vector(0xa9)),
  extendHigh: unary(...vector(0xaa)),
  shl: binary(...vector(0xab)),
  shrSigned: binary(...vector(0xac)),
  shr: binary(...vector(0xad)),
  add: binary(...vector(0xae)),
  sub: binary(...vector(0xb1)),
  mul: binary(...vector(0xb5)),
  min: binary(...vector(0xb7)),
  max: binary(...vector(0xb9)),
};
