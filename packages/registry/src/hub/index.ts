/**
 * Models of the Hugging Face hub: downloads into the cache that Python's `huggingface_hub` shares, and how bentos name them.
 * @module
 */
export { type DownloadOptions, downloadSnapshot, resolveRevision } from "./download-snapshot.js";
export type { HubRetry } from "./hub-connection.js";
export type { HubOptions } from "./hub-settings.js";
export type { HubSnapshot, SnapshotOptions } from "./snapshot.js";
export {
  type HubModelEntry,
  hubModelEntry,
  type HubReference,
  hubReferenceOf,
  type HubRegistration,
  hubRegistration,
} from "./model-entry.js";
export { fileFilter } from "./patterns.js";
