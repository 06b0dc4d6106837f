export type { Aliases, ModelStoreOptions } from "./store/aliases.js";
export { defaultStore, FileModelStore } from "./disk/file-model-store.js";
export { resolveHome } from "./disk/home.js";
export { type LockHolder, type ProcessLockOptions, withProcessLock } from "./disk/process-lock.js";
export { MemoryModelStore } from "./memory/memory-model-store.js";
export { compareCreation } from "./model/model-info.js";
export type { MetadataValue, ModelContext, ModelInfo, ModelInput, ModelSignature } from "./model/model-info.js";
export { PlainDate } from "./model/plain-date.js";
export type {
  FileContent,
  ListedModel,
  ListOptions,
  ManifestEntry,
  CopyOptions,
  ModelDraft,
  ModelFile,
  ModelStore,
  RangeOptions,
  SignalOptions,
  SignatureFinding,
  SignOptions,
  SkippedEntry,
  StoredModel,
  Verification,
  VerifyOptions,
} from "./store/model-store.js";
export type { SignaturePolicy, TrustedKey } from "./signing/policy.js";
export { modelDocument } from "./model/model-yaml.js";
export { folderTree } from "./disk/folder-tree.js";
export type { Tree, TreeEntry, TreeFile, TreeFolder } from "./tree/tree.js";
export type { ExistingPolicy, ImportDraft } from "./store/import-draft.js";
export type { ImportLimits } from "./archive/rules/limits.js";
export type { ImportSource } from "./archive/source/import-source.js";
export { describeArchive } from "./import/describe-archive.js";
export type { ArchiveDescription, DescribeBentoOptions, DescribedFile, DescribeModelOptions } from "./import/describe-archive.js";
export { importBento } from "./import/import-bento.js";
export type { ImportBentoOptions } from "./import/import-bento.js";
export { importModel } from "./import/import-model.js";
export type { ImportModelOptions } from "./import/import-model.js";
export { importModels } from "./import/import-models.js";
export type { ArchiveOutcome, FailedArchive, ImportedArchive, ImportModelsOptions, ModelsImport } from "./import/import-models.js";
export { inspectArchive } from "./import/inspect-archive.js";
export type { ArchiveReport, InspectBentoOptions, InspectModelOptions, ItemReport } from "./import/inspect-archive.js";
export { inspectModels } from "./import/inspect-models.js";
export type { InspectedArchive, InspectModelsOptions, ModelsReport } from "./import/inspect-models.js";
export type { ImportOptions, IncomingFiles, OnExisting, ReadArchiveOptions } from "./import/import-options.js";
export type { ImportOutcome, ImportTransfer } from "./import/import-transfer.js";
export type { Compression } from "./archive/compression.js";
export type { ArchiveFormat } from "./archive/format.js";
export type { LocationOptions } from "./archive/location.js";
export { bareBentoTree } from "./export/bento-tree.js";
export { type BentoSource, exportBento } from "./export/export-bento.js";
export { exportModel, type ModelSource } from "./export/export-model.js";
export { type BackupFailure, type BackupOptions, type BackupResult, exportModels } from "./export/export-models.js";
export type { ArchiveOptions, ExportOptions } from "./export/export-options.js";
export type { LoadDriver } from "./remote/drivers/built-in.js";
export { registerRemote, remoteSchemes } from "./remote/drivers/known-drivers.js";
export type {
  Remote,
  RemoteContent,
  RemoteDriver,
  RemoteEntry,
  RemoteLocation,
  RemoteOpenOptions,
  RemoteReadOptions,
  RemoteTraits,
  Secrets,
} from "./remote/remote.js";
export { remoteFailure, type RemoteProblem } from "./remote/remote-failure.js";
export type { StreamTarget } from "./transfer/stream-target.js";
export { type Progress, Transfer } from "./transfer/transfer.js";
export { bentoDocument } from "./bento/bento-document.js";
export type {
  BentoApi,
  BentoDependency,
  BentoEnv,
  BentoInfo,
  BentoInfoSpec1,
  BentoInfoSpec2,
  BentoModelReference,
  BentoRunner,
  BentoServiceInfo,
} from "./bento/bento-info.js";
export { bentosUsing, bentoUses, modelsSize, type ModelsSize } from "./bento/bento-models.js";
export type { BentoConda, BentoDocker, BentoImage, BentoPython } from "./bento/bento-sections.js";
export type { BentoStore, StoredBento } from "./bento/bento-store.js";
export { defaultBentoStore, FileBentoStore } from "./bento/file-bento-store.js";
export type { ItemInfo } from "./store/item-kind.js";
