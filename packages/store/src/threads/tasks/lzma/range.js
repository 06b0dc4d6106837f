import { get, i32, set } from "../../wasm/assembler.js";
import { i32x4, v128 } from "../../wasm/vectors.js";
import { probabilityBits } from "./literal-model.js";

/** @typedef {import("../../wasm/encoding.js").Code} Code */

/** Below 1 << 24 a range is small: it is widened by a byte, which the coder gives out and the decoder takes in. */
const smallBits = 24;
export const zero = v128.const(Array.from({ length: 16 }, () => 0));

/** Of each lane's range, the part for a zero. @type {(range: number, probability: Code) => Code} */
export const partForZero = (range, probability) => i32x4.mul(i32x4.shr(get(range), i32.const(probabilityBits)), probability);

/** Sets all bits of `isSmall` in the lanes whose range is small, and widens those, which makes them larger. @type {(range: number, isSmall: number) => Code} */
export const widen = (range, isSmall) => [
  ...set(isSmall, i32x4.equal(i32x4.shr(get(range), i32.const(smallBits)), zero)),
  ...set(range, i32x4.max(get(range), v128.and(i32x4.shl(get(range), i32.const(8)), get(isSmall)))),
];
