import { resolve } from "node:path";
import { FileItemStore } from "../disk/file-item-store.js";
import { resolveHome } from "../disk/home.js";
import type { VersionedTag } from "../store/stored-item.js";
import type { BentoInfo } from "./bento-info.js";
import { bentoKind } from "./bento-kind.js";
import type { BentoStore, StoredBento } from "./bento-store.js";
import { FileStoredBento } from "./file-stored-bento.js";

/**
 * The bentos of a home, in the folders that Python BentoML uses too.
 *
 * Any number of objects and processes may work on one home at once, as on its models. Nothing is opened or made before
 * it is needed.
 */
export class FileBentoStore extends FileItemStore<BentoInfo, StoredBento> implements BentoStore {
  /** @param home the folder that holds `bentos/`; default {@link resolveHome}. @throws BENTO_CONFIG_INVALID when it is empty */
  constructor(home: string = resolveHome()) {
    super(bentoKind, home);
  }

  protected override stored(tag: VersionedTag, folder: string, info?: BentoInfo): StoredBento {
    return new FileStoredBento(tag, folder, info);
  }
}

const defaults = new Map<string, FileBentoStore>();

/** The bento store of the home that the environment names now; the same object for the same home. */
export function defaultBentoStore(): FileBentoStore {
  const home = resolve(resolveHome());
  const store = defaults.get(home) ?? new FileBentoStore(home);
  defaults.set(home, store);
  return store;
}
