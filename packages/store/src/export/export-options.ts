import type { SignalOptions } from "../store/model-store.js";
import { checkCompression, type Compression } from "../archive/compression.js";
import type { ArchiveFormat } from "../archive/format.js";
import { checkMemory } from "../archive/memory.js";
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

/** {@link ArchiveOptions} with their defaults. */
export interface CheckedOptions {
  readonly compression: Compression;
  readonly maxMemory: number;
  readonly signal: AbortSignal;
}

/** @throws BENTO_BAD_REQUEST quoting an option that is none */
export function checkOptions({ compression = "adaptive", maxMemory, signal }: ArchiveOptions): CheckedOptions {
  return {
    maxMemory: checkMemory(maxMemory),
    compression: checkCompression(compression),
    signal: signal ?? new AbortController().signal,
  };
}
