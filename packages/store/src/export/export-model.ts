import type { TagLike } from "@bento/core";
import { defaultStore } from "../disk/file-model-store.js";
import type { ModelStore } from "../store/model-store.js";
import type { StreamTarget } from "../transfer/stream-target.js";
import type { Transfer } from "../transfer/transfer.js";
import { type ExportedItem, exportItem } from "./export-item.js";
import type { ArchiveOptions, ExportOptions } from "./export-options.js";

/** Which store a model is exported from. */
export interface ModelSource {
  /** Default: the file store of BENTOML_HOME. */
  readonly store?: ModelStore | undefined;
}

/**
 * Writes a model to an archive: `await exportModel("digits:latest", "./out/", { format: "zip" })`.
 *
 * A folder, or a path that ends in `/`, gets `<name>-<version>.<format>`; every other path is taken as it is, with
 * `.bentomodel` added where the format is that and the extension is missing. The target may also be the URL of a remote,
 * `s3://bucket/prefix/`: there only what ends in `/` is a folder, and with `format: "folder"` the files land directly in
 * it. Modes are kept by archives, not by folders of remotes. Equal models give equal bytes. The target
 * appears whole or not at all; a file that is there is replaced, with `format: "folder"` nothing is.
 * @returns the absolute path that was written, or the URL without user, password and params, and an async iterable of progress on the way
 * @throws BENTO_MODEL_NOT_FOUND, BENTO_MODEL_AMBIGUOUS, BENTO_BAD_REQUEST, BENTO_TARGET_EXISTS, BENTO_TRANSFER_FAILED, BENTO_CANCELLED; BENTO_MODEL_INVALID for what no archive can carry
 * @source BentoML exportable.py `export`; differs: relative paths, atomic, deterministic, `folder` never nests unseen
 */
export function exportModel(tag: TagLike, target: string | URL, options?: ExportOptions & ModelSource): Transfer<string>;
/**
 * Writes a model to a stream, and closes it: in the format that is given, else the native one. Nothing is made ahead
 * of what the stream takes. Whatever fails aborts the stream.
 */
export function exportModel(tag: TagLike, target: StreamTarget, options?: ArchiveOptions & ModelSource): Transfer<void>;
export function exportModel(
  tag: TagLike,
  target: string | URL | StreamTarget,
  options: ExportOptions & ModelSource = {},
): Transfer<string> | Transfer<void> {
  const find = async (): Promise<ExportedItem> => {
    const model = await (options.store ?? defaultStore()).get(tag);
    return { tree: model.tree(), baseName: `${model.tag.name}-${model.tag.version}` };
  };
  return exportItem(target, { native: "bentomodel", options, find }) as Transfer<string> | Transfer<void>;
}
