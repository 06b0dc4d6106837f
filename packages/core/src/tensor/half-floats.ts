/** A binary float format of 16 bits: how many of them are its fraction, and what its exponents are counted from. */
interface HalfFormat {
  readonly fractionBits: number;
  readonly bias: number;
  /** For each exponent field from 1 on: the power of two that makes a number of that exponent a whole number of its steps. */
  readonly steps: Float64Array;
}

const float16 = /* @__PURE__ */ makeFormat(10, 15);
const bfloat16 = /* @__PURE__ */ makeFormat(7, 127);

/** The number that the bits of a float16 stand for. */
export function float16ToNumber(bits: number): number {
  return widen(bits, float16);
}

/** The bits of the float16 nearest to a number, ties to even; beyond ±65519 an infinity. */
export function numberToFloat16(value: number): number {
  return narrow(value, float16);
}

/** The number that the bits of a bfloat16 stand for. */
export function bfloat16ToNumber(bits: number): number {
  return widen(bits, bfloat16);
}

/** The bits of the bfloat16 nearest to a number, ties to even; beyond the range of float32 an infinity. */
export function numberToBfloat16(value: number): number {
  return narrow(value, bfloat16);
}

function makeFormat(fractionBits: number, bias: number): HalfFormat {
  // Powers of two by the exponent of a double: `**` is not exact in every engine.
  const steps = new Float64Array(2 * bias + 1);
  let step = 2 ** fractionBits;
  for (let exponent = 0; exponent > 1 - bias; exponent--) step *= 2;
  for (let field = 1; field < steps.length; field++, step /= 2) steps[field] = step;
  return { fractionBits, bias, steps };
}

function widen(bits: number, { fractionBits, bias, steps }: HalfFormat): number {
  const hidden = 1 << fractionBits;
  const sign = bits & 0x8000 ? -1 : 1;
  const field = (bits & 0x7fff) >>> fractionBits;
  const fraction = bits & (hidden - 1);
  if (field > 2 * bias) return fraction === 0 ? sign * Infinity : NaN;
  return (sign * (field === 0 ? fraction : hidden + fraction)) / (steps[field === 0 ? 1 : field] as number);
}

const scratch = /* @__PURE__ */ new DataView(/* @__PURE__ */ new ArrayBuffer(8));

/** Straight from the double, because going through float32 would round twice. */
function narrow(value: number, { fractionBits, bias, steps }: HalfFormat): number {
  scratch.setFloat64(0, value);
  const high = scratch.getUint32(0);
  const sign = (high >>> 16) & 0x8000;
  const infinity = (2 * bias + 1) << fractionBits;
  if (Number.isNaN(value)) return infinity | (1 << (fractionBits - 1));
  const exponent = ((high >>> 20) & 0x7ff) - 1023;
  if (exponent > bias) return sign | infinity;
  // Below the smallest exponent the steps stay as wide as at it.
  const field = Math.max(exponent + bias, 1);
  const whole = roundToEven(Math.abs(value) * (steps[field] as number));
  // What rounds up to the next power of two carries into the exponent, at the very end into infinity.
  return sign | (whole + ((field - 1) << fractionBits));
}

/** To the nearest whole number, ties to even; for numbers from 0 to 2^51. */
function roundToEven(value: number): number {
  const wide = 2 ** 52;
  return value + wide - wide;
}
