import { setMaxListeners } from "node:events";
import { type NativeFormat, checkFormat, type ArchiveFormat } from "../archive/format.js";
import { openArchive, type OpenArchive } from "../archive/open-archive.js";
import { ByteBudget } from "../archive/rules/byte-budget.js";
import { type ImportLimits, limitsOf } from "../archive/rules/limits.js";
import { type ImportSource, openSource } from "../archive/source/import-source.js";
import type { ReportProgress } from "../transfer/transfer.js";
import { checkMemory } from "../archive/memory.js";
import type { ReadArchiveOptions } from "./import-options.js";

/** An archive being read: what every import starts with. */
export interface ArchiveReading extends AsyncDisposable {
  readonly format: ArchiveFormat;
  readonly entries: OpenArchive["entries"];
  readonly limits: ImportLimits;
  readonly budget: ByteBudget;
  readonly signal: AbortSignal;
  /** For messages: its path in quotes, or what it is. */
  readonly name: string;
  /** To be called when all bytes are in, and only the end is left. */
  readonly reportFinish: () => void;
}

/**
 * Opens a source as an archive. Whoever gets it closes it.
 * @throws BENTO_BAD_REQUEST for options that cannot be, BENTO_ARCHIVE_INVALID, BENTO_TRANSFER_FAILED
 */
export async function readArchive(
  given: ImportSource,
  options: ReadArchiveOptions,
  { native, report }: { readonly native: NativeFormat; readonly report: ReportProgress },
): Promise<ArchiveReading> {
  const limits = limitsOf(options.limits);
  const maxMemory = checkMemory(options.maxMemory);
  const format = options.format === undefined ? undefined : checkFormat(options.format, native);
  const signal = AbortSignal.any(options.signal === undefined ? [] : [options.signal]);
  // Every model of a bento listens to it, and Node.js warns of the eleventh listener.
  setMaxListeners(0, signal);
  const budget = new ByteBudget(limits);
  const source = await openSource(given, { location: options, isFolder: format === "folder", signal });
  const progress = (phase: "transfer" | "finish"): void => report({ phase, bytes: budget.bytesRead, total: source.size });
  const close = async (): Promise<void> => source[Symbol.asyncDispose]();
  try {
    const opened = await openArchive(source, {
      native,
      format,
      limits,
      budget,
      signal,
      maxMemory,
      onRead: () => progress("transfer"),
      onWarning: options.onWarning,
    });
    const { name } = source;
    return { ...opened, name, limits, budget, signal, reportFinish: () => progress("finish"), [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}
