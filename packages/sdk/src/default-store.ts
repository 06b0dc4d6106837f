import { createRequire } from "node:module";
import { BentoError } from "@bento/core";
import type { ModelStore } from "@bento/store";
import type * as FileStore from "@bento/store/file-store";

// The store is by far the larger package, and whoever is given one needs none of it: hence no static import.
let loaded: typeof FileStore | undefined;

/** The file store of `BENTOML_HOME`. */
export async function defaultStore(): Promise<ModelStore> {
  loaded ??= await import("@bento/store/file-store");
  return loaded.defaultStore();
}

/**
 * {@link defaultStore} without waiting, for synchronous access to a model.
 * @throws BENTO_CONFIG_INVALID where the store package cannot be loaded at once, as from a single bundled file
 */
export function defaultStoreSync(): ModelStore {
  loaded ??= requireStore();
  return loaded.defaultStore();
}

/** Node gives the same module here as to an import. */
function requireStore(): typeof FileStore {
  try {
    return createRequire(import.meta.url)("@bento/store/file-store") as typeof FileStore;
  } catch (error) {
    throw new BentoError("BENTO_CONFIG_INVALID", "The default model store cannot be loaded without waiting.", {
      hint: "Pass a `store`, or await the reference's `resolve()` before its first synchronous use.",
      cause: error,
    });
  }
}
