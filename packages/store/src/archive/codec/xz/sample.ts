/** What to do with a piece of content. */
export type Plan =
  | { readonly way: "store" }
  /** Entropy-code each byte by itself, those of 2^positionBits positions apart. */
  | { readonly way: "literals"; readonly positionBits: 0 | 1 | 2 }
  | { readonly way: "full" };

const windows = 8;
const windowBytes = 4096;
/** Shorter pieces are compressed in full: a sample would say little, and they take no time. */
const smallest = windows * windowBytes * 2;

/** `xz -6` saves less than this share on what is stored: a stored file is then at most a tenth larger than its. */
const storeFrom = 0.91;
/** Share of positions at which the next 8 bytes have been seen in the sample before. Text has tens of percent, weights none. */
const longRepeats = 0.01;
/** The same for 4 bytes, beyond twice what independent bytes of the same frequencies would show. */
const shortRepeats = 0.05;

/**
 * What to do with a piece, from a sample of its content alone, a 32nd of it.
 *
 * Matches of earlier content are what makes LZMA slow and, for text, small. Where the sample holds next to none,
 * only the frequencies of bytes are left to gain from. How much LZMA would gain is estimated as the entropy of a byte
 * after the three highest bits of the byte before, which is what its literal coder at usual settings sees.
 */
export function planOf(content: Uint8Array): Plan {
  if (content.length < smallest) return { way: "full" };
  const sample = sampleOf(content);
  const frequencies = frequenciesByPosition(sample);
  const collision = collisionOf(frequencies);
  if (repeatsOf(sample, 8) > longRepeats) return { way: "full" };
  const expected = 1 - Math.exp((-sample.length * collision) / 2);
  if (repeatsOf(sample, 4) > shortRepeats + 2 * expected) return { way: "full" };
  if (entropyAfterHighBits(sample) / 8 >= storeFrom) return { way: "store" };
  return { way: "literals", positionBits: bestPositionBits(frequencies) };
}

/** Windows spread evenly, each at a multiple of four, so that positions in the sample are positions in the content. */
function sampleOf(content: Uint8Array): Uint8Array {
  const sample = new Uint8Array(windows * windowBytes);
  for (let window = 0; window < windows; window += 1) {
    const start = Math.floor(((content.length - windowBytes) * window) / (windows - 1) / 4) * 4;
    sample.set(content.subarray(start, start + windowBytes), window * windowBytes);
  }
  return sample;
}

/** How often each byte stands at each position modulo 4. */
function frequenciesByPosition(sample: Uint8Array): Uint32Array {
  const counts = new Uint32Array(4 * 256);
  for (let at = 0; at < sample.length; at += 1) counts[((at & 3) << 8) | (sample[at] as number)]! += 1;
  return counts;
}

/** How likely four bytes equal four others, were all bytes independent. */
function collisionOf(frequencies: Uint32Array): number {
  let all = 1;
  for (let position = 0; position < 4; position += 1) {
    const counts = frequencies.subarray(position << 8, (position + 1) << 8);
    const total = counts.reduce((sum, count) => sum + count, 0);
    all *= counts.reduce((sum, count) => sum + (count / total) ** 2, 0);
  }
  return all;
}

const tableBits = 16;
const lastSeen = new Int32Array(1 << tableBits);

/** The share of positions whose next `length` bytes stand earlier in the sample too. */
function repeatsOf(sample: Uint8Array, length: 4 | 8): number {
  const view = new DataView(sample.buffer, sample.byteOffset, sample.length);
  lastSeen.fill(-1);
  const last = sample.length - 8;
  let repeats = 0;
  for (let at = 0; at <= last; at += 1) {
    const low = view.getInt32(at, true);
    const high = length === 8 ? view.getInt32(at + 4, true) : 0;
    const slot = Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1) >>> (32 - tableBits);
    const seen = lastSeen[slot] as number;
    if (seen >= 0 && view.getInt32(seen, true) === low && (length === 4 || view.getInt32(seen + 4, true) === high)) repeats += 1;
    lastSeen[slot] = at;
  }
  return repeats / (last + 1);
}

/** Bits a byte, knowing the three highest bits of the byte before. */
function entropyAfterHighBits(sample: Uint8Array): number {
  const counts = new Uint32Array(8 * 256);
  for (let at = 1; at < sample.length; at += 1) counts[(((sample[at - 1] as number) >> 5) << 8) | (sample[at] as number)]! += 1;
  return entropyOf(counts, 8);
}

/** The number of position bits with the least bits a byte; fewer where more would not gain a hundredth. */
function bestPositionBits(frequencies: Uint32Array): 0 | 1 | 2 {
  const apart4 = entropyOf(frequencies, 4);
  const apart2 = entropyOf(merged(frequencies, 2), 2);
  const together = entropyOf(merged(frequencies, 1), 1);
  if (together <= Math.min(apart2, apart4) * 1.01) return 0;
  return apart2 <= apart4 * 1.01 ? 1 : 2;
}

function merged(frequencies: Uint32Array, groups: 1 | 2): Uint32Array {
  const counts = new Uint32Array(groups * 256);
  for (const [index, count] of frequencies.entries()) counts[index & (groups * 256 - 1)]! += count;
  return counts;
}

/** Bits a byte with frequencies in groups of 256, corrected for how few bytes a sample has of each. */
function entropyOf(counts: Uint32Array, groups: number): number {
  let bits = 0;
  let all = 0;
  for (let group = 0; group < groups; group += 1) {
    const own = counts.subarray(group << 8, (group + 1) << 8);
    let total = 0;
    let kinds = 0;
    for (const count of own) {
      total += count;
      if (count > 0) kinds += 1;
    }
    for (const count of own) if (count > 0) bits += count * Math.log2(total / count);
    // Miller and Madow: a sample looks more regular than what it is taken from.
    if (kinds > 0) bits += (kinds - 1) / 2 / Math.LN2;
    all += total;
  }
  return bits / all;
}
