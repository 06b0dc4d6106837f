/** More than any weight: counts go up to 2^18, and each row adds all of them once more. */
const none = 2 ** 30;

/**
 * The lengths of an optimal prefix code none of whose codes is longer than `limit` bits; 0 for what never occurs.
 * Whole numbers and no ties left open: the same on every machine.
 * @param {Uint32Array} counts how often each symbol occurs, at least two of them at all, at most 2^`limit`
 * @param {number} limit
 * @returns {Uint8Array}
 * @source Larmore and Hirschberg, "A fast algorithm for optimal length-limited Huffman codes" (package-merge), 1990
 */
export function codeLengths(counts, limit) {
  const symbols = byCount(counts);
  const room = 2 * symbols.length;
  const weights = new Int32Array(room).fill(none);
  for (let index = 0; index < symbols.length; index += 1)
    weights[index] = /** @type {number} */ (counts[/** @type {number} */ (symbols[index])]);
  /** For each row, which of its items are symbols, and not packages of two items of the row before. */
  const isSymbol = new Uint8Array(limit * room);
  let items = new Int32Array(room);
  let before = new Int32Array(room);
  let size = 0;
  for (let row = 0; row < limit; row += 1) {
    const last = items;
    items = before;
    before = last;
    size = merge(items, isSymbol, row * room, weights, before, symbols.length, size >> 1);
  }
  // The cheapest items of the last row say how deep each symbol lies: once for each row that it is taken in.
  const lengths = new Uint8Array(counts.length);
  let taken = room - 2;
  for (let row = limit - 1; row >= 0; row -= 1) {
    let found = 0;
    for (let item = 0; item < taken; item += 1) found += /** @type {number} */ (isSymbol[row * room + item]);
    for (let index = 0; index < found; index += 1) {
      const symbol = /** @type {number} */ (symbols[index]);
      lengths[symbol] = /** @type {number} */ (lengths[symbol]) + 1;
    }
    taken = 2 * (taken - found);
  }
  return lengths;
}

/** @returns {Int32Array} the symbols that occur, the rarest first, of equal ones the lower first */
function byCount(/** @type {Uint32Array} */ counts) {
  const keys = new Int32Array(counts.length);
  let size = 0;
  for (let symbol = 0; symbol < counts.length; symbol += 1) {
    const count = /** @type {number} */ (counts[symbol]);
    if (count > 0) keys[size++] = count * 512 + symbol;
  }
  return keys
    .subarray(0, size)
    .toSorted()
    .map((key) => key & 511);
}

/**
 * Merges the symbols with the pairs of the row before, by weight.
 * @param {Int32Array} items gets the weights of the row
 * @param {Uint8Array} isSymbol gets a one for each symbol
 * @param {number} start where the row is in it
 * @param {Int32Array} weights of the symbols, and {@link none} behind them
 * @param {Int32Array} before the row before
 * @param {number} symbols how many there are
 * @param {number} pairs how many there are
 * @returns {number} the size of the row
 */
function merge(items, isSymbol, start, weights, before, symbols, pairs) {
  const size = symbols + pairs;
  let symbol = 0;
  let pair = 0;
  for (let item = 0; item < size; item += 1) {
    const weight = /** @type {number} */ (weights[symbol]);
    const pairWeight = pair < pairs ? /** @type {number} */ (before[2 * pair]) + /** @type {number} */ (before[2 * pair + 1]) : none;
    if (weight <= pairWeight) {
      items[item] = weight;
      isSymbol[start + item] = 1;
      symbol += 1;
    } else {
      items[item] = pairWeight;
      pair += 1;
    }
  }
  return size;
}
