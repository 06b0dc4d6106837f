import { log2Of } from "../../binary-logarithm.js";

/** Numbers below have an entry. */
const tableSize = 4096;
const logarithms = Uint16Array.from({ length: tableSize }, (_, value) => (value === 0 ? 0 : log2Of(value)));

/**
 * What an ideal code of bytes by their frequency takes, without the code itself.
 * @param {Uint32Array} counts how often each occurs, at most 2^20
 * @param {number} total their sum
 * @returns {number} bits
 */
export function bitsOf(counts, total) {
  const all = logarithm(total);
  let bits = 0;
  for (let value = 0; value < counts.length; value += 1) {
    const count = /** @type {number} */ (counts[value]);
    bits += count * (all - logarithm(count));
  }
  return Math.floor(bits / 256);
}

/** @returns {number} the binary logarithm in 1/256, of its highest 12 bits */
function logarithm(/** @type {number} */ value) {
  const shift = Math.max(0, 20 - Math.clz32(value));
  return /** @type {number} */ (logarithms[value >>> shift]) + 256 * shift;
}
