/** What to do with a piece of content. */
export type Plan =
  | { readonly way: "store" }
  /** Entropy-code each byte by itself, those of 2^positionBits positions apart; but store some of 16 chunks. */
  | { readonly way: "literals"; readonly positionBits: 0 | 1 | 2; readonly storedOf16: number }
  | { readonly way: "full" };

const windows = 8;
const windowBytes = 4096;
/** Shorter pieces are compressed in full: a sample would say little, and they take no time. */
const smallest = windows * windowBytes * 2;

/** Share of positions whose next 4 bytes stand earlier in the sample too. Text has most of them, 16-bit weights half a percent. */
const mostRepeats = 0.03;
/**
 * Share that the estimate leaves of what is stored. It comes out 1 to 1.5 hundredths below what `xz -6` leaves, so that
 * stored content is at most a tenth larger than with it.
 */
const storeFrom = 0.895;
/** Literals alone must come close to the estimate; what gains more from the byte before than from the position is for LZMA. */
const literalsBehind = 1.05;

/**
 * Literals may leave so many times what the estimate leaves, which is just below a tenth more than `xz -6` leaves. As they
 * leave less for 16-bit weights, some of their chunks are stored, which takes no time, in writing and in reading.
 */
const literalsMayLeave = 1.085;

/**
 * What to do with a piece, from a sample of its content alone, a 32nd of it.
 *
 * Matches of earlier content are what makes LZMA slow and, for text, small. Where the sample holds next to none,
 * only the frequencies of bytes are left to gain from. How much LZMA would gain is estimated as the entropy of a byte
 * after the three highest bits of the byte before, which is what its literal coder at usual settings sees.
 *
 * Shares left by the estimate, by `xz -6` and by literals, for a MiB of normally distributed numbers: float32 0.912,
 * 0.923, 0.849; float16 0.888, 0.903, 0.857; bfloat16 0.705, 0.721, 0.683; int8 0.919, 0.935, 0.935. So literals would
 * make float32 smaller than `xz -6` does, but they take twenty times as long as storing.
 */
export function planOf(content: Uint8Array): Plan {
  if (content.length < smallest) return { way: "full" };
  const sample = sampleOf(content);
  if (repeatsOf(sample) > mostRepeats) return { way: "full" };
  const estimate = entropyAfterHighBits(sample);
  if (estimate / 8 >= storeFrom) return { way: "store" };
  const { positionBits, bits } = bestPositionBits(frequenciesByPosition(sample));
  if (bits > estimate * literalsBehind) return { way: "full" };
  const storable = (estimate * literalsMayLeave - bits) / (8 - bits);
  return { way: "literals", positionBits, storedOf16: Math.max(0, Math.floor(storable * 16)) };
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

const tableBits = 16;
const lastSeen = new Int32Array(1 << tableBits);

/** The share of positions whose next 4 bytes stand earlier in the sample too. */
function repeatsOf(sample: Uint8Array): number {
  const view = new DataView(sample.buffer, sample.byteOffset, sample.length);
  lastSeen.fill(-1);
  const positions = sample.length - 3;
  let repeats = 0;
  for (let at = 0; at < positions; at += 1) {
    const next = view.getInt32(at, true);
    const slot = Math.imul(next, 0x9e3779b1) >>> (32 - tableBits);
    const seen = lastSeen[slot] as number;
    if (seen >= 0 && view.getInt32(seen, true) === next) repeats += 1;
    lastSeen[slot] = at;
  }
  return repeats / positions;
}

/** Bits a byte, knowing the three highest bits of the byte before. */
function entropyAfterHighBits(sample: Uint8Array): number {
  const counts = new Uint32Array(8 * 256);
  for (let at = 1; at < sample.length; at += 1) counts[(((sample[at - 1] as number) >> 5) << 8) | (sample[at] as number)]! += 1;
  return entropyOf(counts, 8);
}

/** The number of position bits with the least bits a byte, and these; fewer where more would not gain a hundredth. */
function bestPositionBits(frequencies: Uint32Array): { readonly positionBits: 0 | 1 | 2; readonly bits: number } {
  const apart4 = entropyOf(frequencies, 4);
  const apart2 = entropyOf(merged(frequencies, 2), 2);
  const together = entropyOf(merged(frequencies, 1), 1);
  if (together <= Math.min(apart2, apart4) * 1.01) return { positionBits: 0, bits: together };
  return apart2 <= apart4 * 1.01 ? { positionBits: 1, bits: apart2 } : { positionBits: 2, bits: apart4 };
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
    for (const count of own) if (count > 0) bits += count * (binaryLogarithm(total) - binaryLogarithm(count));
    // Miller and Madow: a sample looks more regular than what it is taken from.
    if (kinds > 0) bits += (kinds - 1) / 2 / Math.LN2;
    all += total;
  }
  return bits / all;
}

const logarithms = new Float64Array(windows * windowBytes + 1).fill(-1);

/**
 * The logarithm of a count, by squaring. What is written must be the same on every machine, and Math.log2 need not be:
 * its last bits are the engine's own affair.
 */
function binaryLogarithm(count: number): number {
  const known = logarithms[count] as number;
  if (known >= 0) return known;
  const whole = 31 - Math.clz32(count);
  let result = whole;
  let rest = count / (1 << whole);
  for (let bit = 0.5; bit > 2 ** -32; bit /= 2) {
    rest *= rest;
    if (rest < 2) continue;
    rest /= 2;
    result += bit;
  }
  logarithms[count] = result;
  return result;
}
