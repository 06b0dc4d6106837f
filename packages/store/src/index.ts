export type { Aliases, ModelStoreOptions } from "./store/aliases.js";
export { defaultStore, FileModelStore } from "./disk/file-model-store.js";
export { resolveHome } from "./disk/home.js";
export { MemoryModelStore } from "./memory/memory-model-store.js";
export { compareCreation } from "./model/model-info.js";
export type { MetadataValue, ModelContext, ModelInfo, ModelInput, ModelSignature } from "./model/model-info.js";
export { PlainDate } from "./model/plain-date.js";
export type {
  FileContent,
  ListedModel,
  ListOptions,
  ManifestEntry,
  ModelDraft,
  ModelFile,
  ModelStore,
  RangeOptions,
  SignalOptions,
  SkippedEntry,
  StoredModel,
  Verification,
} from "./store/model-store.js";
export { modelDocument } from "./model/model-yaml.js";
export { folderTree } from "./disk/folder-tree.js";
export type { Tree, TreeEntry, TreeFile, TreeFolder } from "./tree/tree.js";
