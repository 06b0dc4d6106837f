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
 * The blocks of the strongest levels are as large as one encoder can take in 256 MiB together with its output and
 * the rest of the process: it needs eleven to twelve times its dictionary, so the 64 MiB of xz are out of reach.
 */
const largestBlock = 12 * MiB;
const usualBlock = 8 * MiB;
const strongLevel = 7;

export function settingsOf(compression: Compression): FullSettings {
  const level = typeof compression === "number" ? compression : levels[compression];
  const { dictionary, ...options } = presets[level] ?? presets[levels.adaptive];
  const blockBytes = level >= strongLevel ? largestBlock : usualBlock;
  return { blockBytes, maxDictionary: Math.min(dictionary, blockBytes), options: { ...options, lc: 3, lp: 0, pb: 2 } };
}

/** What an encoder with this dictionary takes. Bytes, measured and rounded up. */
export function encoderMemory(dictionary: number): number {
  return dictionary * 12 + 2 * MiB;
}
