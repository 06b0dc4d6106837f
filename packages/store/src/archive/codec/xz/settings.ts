import type { Compression } from "../../compression.js";
import type { LzmaOptions } from "./liblzma.js";

/** How blocks that are compressed in full are cut and coded. */
export interface FullSettings {
  /** Bytes of a block's content. */
  readonly blockBytes: number;
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
 * An encoder takes eleven to twelve times its dictionary, and an export is to stay below 250 MiB: two encoders of the
 * usual levels, or one of the strongest, whose 64 MiB in xz are out of reach. Against `xz -6`, with 24 MiB and 8 MiB,
 * text came out 0.4 % larger with blocks and dictionaries of 8 MiB, and 1.7 % with 4 MiB; text full of far repeats 2.6 %
 * and 6.8 %.
 */
const usual = { blockBytes: 8 * MiB, maxDictionary: 6 * MiB };
const strong = { blockBytes: 12 * MiB, maxDictionary: 12 * MiB };
const strongLevel = 7;

export function settingsOf(compression: Compression): FullSettings {
  const level = typeof compression === "number" ? compression : levels[compression];
  const { dictionary, ...options } = presets[level] ?? presets[levels.adaptive];
  const { blockBytes, maxDictionary } = level >= strongLevel ? strong : usual;
  return { blockBytes, maxDictionary: Math.min(dictionary, maxDictionary), options: { ...options, lc: 3, lp: 0, pb: 2 } };
}

/** What an encoder with this dictionary takes. Bytes, measured and rounded up. */
export function encoderMemory(dictionary: number): number {
  return dictionary * 12 + 2 * MiB;
}
