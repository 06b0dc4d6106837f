/**
 * The binary logarithm in 1/256, by squaring: whole numbers only, so that it is the same on every machine.
 * @param {number} value a whole number of at most 16 bits, above 0
 */
export function log2Of(value) {
  const whole = 31 - Math.clz32(value);
  let fraction = value << (15 - whole);
  let result = whole;
  for (let bit = 0; bit < 8; bit += 1) {
    fraction = Math.imul(fraction, fraction) >>> 15;
    const carry = fraction >>> 16;
    result = result * 2 + carry;
    fraction >>>= carry;
  }
  return result;
}
