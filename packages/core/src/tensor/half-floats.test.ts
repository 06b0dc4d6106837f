import { describe, expect, test } from "vitest";
import { bfloat16ToNumber, float16ToNumber, numberToBfloat16, numberToFloat16 } from "./half-floats.js";

const formats = [
  { name: "float16", fractionBits: 10, bias: 15, widen: float16ToNumber, narrow: numberToFloat16 },
  { name: "bfloat16", fractionBits: 7, bias: 127, widen: bfloat16ToNumber, narrow: numberToBfloat16 },
];

/** By the definition of IEEE 754, digit by digit. */
function slowly(bits: number, fractionBits: number, bias: number): number {
  const digits = bits.toString(2).padStart(16, "0");
  const sign = digits[0] === "1" ? -1 : 1;
  const exponent = Number.parseInt(digits.slice(1, 16 - fractionBits), 2);
  const fraction = Number.parseInt(digits.slice(16 - fractionBits), 2) / 2 ** fractionBits;
  if (exponent === 2 * bias + 1) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** (1 - bias) : sign * (1 + fraction) * 2 ** (exponent - bias);
}

describe.each(formats)("$name", ({ fractionBits, bias, widen, narrow }) => {
  const infinity = (2 * bias + 1) << fractionBits;

  test("each of its 65536 bit patterns is the number that IEEE 754 says", () => {
    const wrong = [];
    for (let bits = 0; bits < 65_536; bits++) if (!Object.is(widen(bits), slowly(bits, fractionBits, bias))) wrong.push(bits);
    expect(wrong).toEqual([]);
  });

  test("each of its numbers comes back from a number as the same bits, each NaN as a NaN", () => {
    const wrong = [];
    for (let bits = 0; bits < 65_536; bits++) {
      const number = widen(bits);
      const back = narrow(number);
      if (Number.isNaN(number) ? !Number.isNaN(widen(back)) : back !== bits) wrong.push(bits);
    }
    expect(wrong).toEqual([]);
  });

  test("what lies between two of its numbers becomes the nearer one, in the middle the even one", () => {
    const wrong = [];
    for (let bits = 0; bits < infinity; bits++) {
      const low = widen(bits);
      // What would follow the last number, if the exponent went on: from the middle to it, numbers are beyond the range.
      const high = bits + 1 === infinity ? 2 ** (bias + 1) : widen(bits + 1);
      const middle = (low + high) / 2;
      const step = (high - low) / 2 ** 20;
      const even = bits % 2 === 0 ? bits : bits + 1;
      for (const [number, due] of [
        [middle, even],
        [middle - step, bits],
        [middle + step, bits + 1],
      ] as const) {
        if (narrow(number) !== due || narrow(-number) !== (due | 0x8000)) wrong.push(number);
      }
    }
    expect(wrong).toEqual([]);
  });

  test("what is too small for it is zero, what is too large an infinity, of the same sign", () => {
    expect([Number.MIN_VALUE, -Number.MIN_VALUE, Number.MAX_VALUE, -Number.MAX_VALUE, Infinity, -Infinity].map(narrow)).toEqual([
      0,
      0x8000,
      infinity,
      infinity | 0x8000,
      infinity,
      infinity | 0x8000,
    ]);
  });
});
