import type { TagLike } from "@bento/core";
import type { BentoStore } from "../bento/bento-store.js";
import { defaultBentoStore } from "../bento/file-bento-store.js";
import { defaultStore } from "../disk/file-model-store.js";
import type { ModelStore } from "../store/model-store.js";
import type { StreamTarget } from "../transfer/stream-target.js";
import type { Transfer } from "../transfer/transfer.js";
import { bareBentoTree, bentoTreeWithModels } from "./bento-tree.js";
import { type ExportedItem, exportItem } from "./export-item.js";
import type { ArchiveOptions, ExportOptions } from "./export-options.js";

/** Which stores a bento and its models are exported from. */
export interface BentoSource {
  /** Default: the bentos of BENTOML_HOME. */
  readonly store?: BentoStore | undefined;
  /** Where its models are. Default: the models of BENTOML_HOME. */
  readonly models?: ModelStore | undefined;
  /** Whether the archive carries the models that the bento needs, but for those of hubs. Default true. */
  readonly withModels?: boolean | undefined;
}

/**
 * Writes a bento, together with its models, to an archive: as `exportModel` does, with `bento` for the native format.
 * Nothing is written to the stores.
 * @returns the absolute path that was written, or the URL without user, password and params, and an async iterable of progress on the way
 * @throws BENTO_BENTO_NOT_FOUND, BENTO_BENTO_AMBIGUOUS; BENTO_MODEL_NOT_FOUND naming a model that the bento needs; what `exportModel` throws
 * @source BentoML bento.py `export`; differs: the stored bento stays as it is, and only the exact tag of a model counts
 */
export function exportBento(tag: TagLike, target: string | URL, options?: ExportOptions & BentoSource): Transfer<string>;
/** Writes a bento to a stream, as `exportModel` does. */
export function exportBento(tag: TagLike, target: StreamTarget, options?: ArchiveOptions & BentoSource): Transfer<void>;
export function exportBento(
  tag: TagLike,
  target: string | URL | StreamTarget,
  options: ExportOptions & BentoSource = {},
): Transfer<string> | Transfer<void> {
  const find = async (): Promise<ExportedItem> => {
    const { withModels = true } = options;
    const bento = await (options.store ?? defaultBentoStore()).get(tag);
    const tree = withModels ? await bentoTreeWithModels(bento, options.models ?? defaultStore()) : bareBentoTree(bento);
    return { tree, baseName: `${bento.tag.name}-${bento.tag.version}` };
  };
  return exportItem(target, { native: "bento", options, find }) as Transfer<string> | Transfer<void>;
}
