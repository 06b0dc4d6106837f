import { join, resolve } from "node:path";
import { type ArchiveFormat, checkFormat, formatOfPath, type NativeFormat } from "../archive/format.js";

/** What decides where an export goes. */
export interface ExportPathOptions {
  /** The format that was asked for; default: what the path says. */
  readonly format: ArchiveFormat | undefined;
  readonly native: NativeFormat;
  /** `<name>-<version>`: how the export is called in a folder. */
  readonly baseName: string;
  /** Whether a folder lies at the path now. */
  readonly isFolder: boolean;
}

/** Where an export goes, and as what. */
export interface ExportPath {
  /** Absolute. */
  readonly path: string;
  readonly format: ArchiveFormat;
}

/**
 * Where an export to a path goes. Relative paths count from the current folder.
 *
 * - A folder, or what ends in `/`: into it, as `<name>-<version>.<format>`; as a `folder`, `<name>-<version>`, if it is there.
 * - Everything else: exactly there; the native format adds its extension where it is missing, no other does.
 * @param given as {@link localPath} gives it
 * @throws BENTO_BAD_REQUEST for an unknown format
 * @source BentoML exportable.py `export`; differs: relative paths never start at the root, and a folder inside a folder carries its name
 */
export function exportPath(given: string, { format: asked, native, baseName, isFolder }: ExportPathOptions): ExportPath {
  const format = asked === undefined ? formatOfPath(given, native) : checkFormat(asked, native);
  if (format === "folder") return { path: isFolder ? join(resolve(given), baseName) : resolve(given), format };
  if (isFolder || given === "" || given.endsWith("/")) return { path: join(resolve(given), `${baseName}.${format}`), format };
  const isComplete = format !== native || given.endsWith(`.${native}`);
  return { path: resolve(isComplete ? given : `${given}.${native}`), format };
}
