import { BentoError } from "@bento/core";

/** The form that an archive has unless another is asked for: of models, and of bentos. */
export type NativeFormat = "bentomodel" | "bento";

/**
 * What an archive is.
 *
 * - `"bentomodel"`, of bentos `"bento"`: a tar in xz, the form that BentoML writes by default; `"xz"` is the same.
 * - `"gz"`, `"bz2"`, `"zst"`: a tar in gzip, bzip2 or zstd. Python cannot read the last one.
 * - `"tar"`: a tar as it is.
 * - `"zip"`: a zip, compressed file by file.
 * - `"folder"`: no archive at all, but the files in a folder.
 */
export type ArchiveFormat = NativeFormat | "xz" | "gz" | "bz2" | "zst" | "tar" | "zip" | "folder";

/** How a tar is compressed. */
export type CodecName = "xz" | "gzip" | "bzip2" | "zstd";

/** What a format is made of. */
export interface FormatParts {
  readonly container: "tar" | "zip" | "folder";
  /** Around the whole container; a zip compresses inside itself. */
  readonly codec: CodecName | undefined;
}

/** All formats, in the order in which messages list them. A format is its own file extension, but for `folder`. */
export const archiveFormats: Readonly<Record<ArchiveFormat, FormatParts>> = {
  bentomodel: { container: "tar", codec: "xz" },
  bento: { container: "tar", codec: "xz" },
  gz: { container: "tar", codec: "gzip" },
  xz: { container: "tar", codec: "xz" },
  bz2: { container: "tar", codec: "bzip2" },
  zst: { container: "tar", codec: "zstd" },
  tar: { container: "tar", codec: undefined },
  zip: { container: "zip", codec: undefined },
  folder: { container: "folder", codec: undefined },
};

/** The formats that an item can have: a model is never a `bento`, nor a bento a `bentomodel`. */
export function formatsOf(native: NativeFormat): readonly ArchiveFormat[] {
  const other = native === "bento" ? "bentomodel" : "bento";
  return (Object.keys(archiveFormats) as ArchiveFormat[]).filter((format) => format !== other);
}

/**
 * The format that was asked for by name.
 * @throws BENTO_BAD_REQUEST listing the formats
 */
export function checkFormat(value: unknown, native: NativeFormat): ArchiveFormat {
  const formats = formatsOf(native);
  const format = formats.find((known) => known === value);
  if (format !== undefined) return format;
  throw new BentoError("BENTO_BAD_REQUEST", `${JSON.stringify(value) ?? "undefined"} is no format of a ${kindOf(native)} archive.`, {
    hint: `Use one of ${formats.join(", ")}.`,
  });
}

function kindOf(native: NativeFormat): "model" | "bento" {
  return native === "bento" ? "bento" : "model";
}

/**
 * The format that a path stands for by its last extension, in exactly this spelling; the native one where it says
 * nothing. `folder` is never told from a path, and `x.tgz` is not gzip.
 * @source BentoML exportable.py `guess_format`; differs: knows `zst`
 */
export function formatOfPath(path: string, native: NativeFormat): ArchiveFormat {
  const extension = extensionOf(path);
  return formatsOf(native).find((format) => format === extension && format !== "folder") ?? native;
}

/** The last extension of a path, without its dot; empty for none. Dots at the start of a name begin no extension. */
function extensionOf(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1).replace(/^\.+/, "");
  const dot = name.lastIndexOf(".");
  return dot === -1 ? "" : name.slice(dot + 1);
}
