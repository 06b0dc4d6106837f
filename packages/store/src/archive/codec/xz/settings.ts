import type { Compression } from "../../compression.js";

/** Options of liblzma's LZMA2 encoder, by the names of its source: see `threads/tasks/lzma-full.js`. */
export interface LzmaOptions {
  readonly dictSize: number;
  readonly lc: number;
  readonly lp: number;
  readonly pb: number;
  readonly mode: number;
  readonly niceLen: number;
  readonly mf: number;
  readonly depth: number;
}

/** How blocks that are compressed in full are coded. */
export interface FullSettings {
  /** The dictionary is as large as the content of its block, but never larger than this. */
  readonly maxDictionary: number;
  readonly options: Omit<LzmaOptions, "dictSize">;
}

const MiB = 1 << 20;
const hashChain3 = 0x03;
const hashChain4 = 0x04;
const binaryTree4 = 0x14;
const modeFast = 1;
const modeNormal = 2;

/**
 * liblzma's presets.
 * @source xz 5.4 `src/liblzma/lzma/lzma_encoder_presets.c`
 */
const presets = [
  { dictionary: MiB / 4, mode: modeFast, mf: hashChain3, niceLen: 128, depth: 4 },
  { dictionary: MiB, mode: modeFast, mf: hashChain4, niceLen: 128, depth: 8 },
  { dictionary: 2 * MiB, mode: modeFast, mf: hashChain4, niceLen: 273, depth: 24 },
  { dictionary: 4 * MiB, mode: modeFast, mf: hashChain4, niceLen: 273, depth: 48 },
  { dictionary: 4 * MiB, mode: modeNormal, mf: binaryTree4, niceLen: 16, depth: 0 },
  { dictionary: 8 * MiB, mode: modeNormal, mf: binaryTree4, niceLen: 32, depth: 0 },
  { dictionary: 8 * MiB, mode: modeNormal, mf: binaryTree4, niceLen: 64, depth: 0 },
  { dictionary: 16 * MiB, mode: modeNormal, mf: binaryTree4, niceLen: 64, depth: 0 },
  { dictionary: 32 * MiB, mode: modeNormal, mf: binaryTree4, niceLen: 64, depth: 0 },
  { dictionary: 64 * MiB, mode: modeNormal, mf: binaryTree4, niceLen: 64, depth: 0 },
] as const;

/** The level of each word. */
const levels = { adaptive: 6, store: 0, fast: 0, best: 9 } as const;

/**
 * An export is to stay below 250 MiB: two encoders of the usual levels at a time, or one of the strongest, whose 64 MiB in
 * xz are out of reach. Large blocks gain more than large dictionaries: of text full of far repeats, where `xz -6 -T0` with
 * 24 and 8 MiB leaves 100, 20 and 4 MiB leave 110, 16 and 6 MiB 113, and 8 and 6 MiB 122; of other text, about 101.
 */
export const fullBlockBytes = 20 * MiB;
const usualDictionary = 4 * MiB;
const strongDictionary = 12 * MiB;
const strongLevel = 7;

export function settingsOf(compression: Compression): FullSettings {
  const level = typeof compression === "number" ? compression : levels[compression];
  const { dictionary, ...options } = presets[level] ?? presets[levels.adaptive];
  const maxDictionary = Math.min(dictionary, level >= strongLevel ? strongDictionary : usualDictionary);
  return { maxDictionary, options: { ...options, lc: 3, lp: 0, pb: 2 } };
}

/** What an encoder with this dictionary takes: a tree of all its positions, a table of their hashes, a window. Bytes, rounded up. */
export function encoderMemory(dictionary: number): number {
  return dictionary * 9.5 + 2 ** Math.ceil(Math.log2(dictionary)) * 2 + 3 * MiB;
}
