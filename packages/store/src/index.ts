export type { Aliases, ModelStoreOptions } from "./aliases.js";
export { defaultStore, FileModelStore } from "./file-model-store.js";
export { resolveHome } from "./home.js";
export { MemoryModelStore } from "./memory-model-store.js";
export { compareCreation } from "./model-info.js";
export type { MetadataValue, ModelContext, ModelInfo, ModelInput, ModelSignature } from "./model-info.js";
export { PlainDate } from "./plain-date.js";
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
} from "./model-store.js";
export { modelDocument } from "./model-yaml.js";
