import { BentoError } from "@bento/core";
import type { SignalOptions } from "../store/model-store.js";
import { checkCompression, type Compression } from "../archive/compression.js";
import type { ArchiveFormat } from "../archive/format.js";
import type { LocationOptions } from "../archive/location.js";

/** How an archive is made. */
export interface ArchiveOptions extends SignalOptions {
  /** Default: what the target's extension says, else the native format. */
  readonly format?: ArchiveFormat | undefined;
  /** Default `"adaptive"`. */
  readonly compression?: Compression | undefined;
  /** Bytes of memory that compressing may take in all, default 256 MiB: less memory means fewer blocks at once, never other bytes. */
  readonly maxMemory?: number | undefined;
}

/** How and where to an archive is exported. */
export interface ExportOptions extends ArchiveOptions, LocationOptions {}

const defaultMemory = 256 * 1024 * 1024;

/** {@link ArchiveOptions} with their defaults. */
export interface CheckedOptions {
  readonly compression: Compression;
  readonly maxMemory: number;
  readonly signal: AbortSignal;
}

/** @throws BENTO_BAD_REQUEST quoting an option that is none */
export function checkOptions({ compression = "adaptive", maxMemory = defaultMemory, signal }: ArchiveOptions): CheckedOptions {
  if (!(typeof maxMemory === "number" && maxMemory > 0)) {
    throw new BentoError("BENTO_BAD_REQUEST", `maxMemory: ${String(maxMemory)} is no number of bytes.`, { hint: "Give a number above 0." });
  }
  return { compression: checkCompression(compression), maxMemory, signal: signal ?? new AbortController().signal };
}
