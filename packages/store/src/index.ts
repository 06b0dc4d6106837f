export type { MetadataValue, ModelContext, ModelInfo, ModelInput, ModelSignature } from "./model-info.js";
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
