import { BentoError } from "@bento/core";

/** What an import accepts at most; everything beyond is refused with BENTO_ARCHIVE_UNSAFE. */
export interface ImportLimits {
  /** Files, folders and links. Default 1,000,000. */
  readonly maxEntries: number;
  /** Bytes of all files together, unpacked. Default 1 TiB. */
  readonly maxBytes: number;
  /** Unpacked bytes for each byte of the archive, looked at beyond the first GiB. Default 200. */
  readonly maxRatio: number;
  /** Bytes of a path in UTF-8. Default 4096. */
  readonly maxPathBytes: number;
  /** Folders one in another. Default 64. */
  readonly maxDepth: number;
}

export const defaultLimits: ImportLimits = {
  maxEntries: 1_000_000,
  maxBytes: 2 ** 40,
  maxRatio: 200,
  maxPathBytes: 4096,
  maxDepth: 64,
};

/**
 * The default limits with those that a caller set.
 * @throws BENTO_BAD_REQUEST quoting a limit that is no number from 0 on
 */
export function limitsOf(given: Partial<ImportLimits> = {}): ImportLimits {
  const limits = { ...defaultLimits, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) };
  for (const [name, value] of Object.entries(limits)) {
    if (typeof value === "number" && value >= 0 && Object.hasOwn(defaultLimits, name)) continue;
    throw new BentoError("BENTO_BAD_REQUEST", `${name}: ${String(value)} is no limit of an import.`, {
      hint: `There are ${Object.keys(defaultLimits).join(", ")}; each is a number, and Infinity lifts it.`,
    });
  }
  return limits;
}
