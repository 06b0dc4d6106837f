/**
 * The client of model registries. What a call needs is loaded with the first call that needs it.
 * @module
 */
export type { CloudContext } from "./contexts/context.js";
export type { Verified } from "./protocol.js";
export {
  type BentoPullOptions,
  type BentoPullResult,
  type BentoPushOptions,
  type BentoPushResult,
  type CallOptions,
  type PullOptions,
  type PullResult,
  type PushOptions,
  type PushResult,
  Registry,
  type RegistryBentos,
  type RegistryOptions,
  type RemoteListOptions,
} from "./registry.js";
export type { RemoteItem } from "./remote/remote-item.js";
export type { ContentDocument } from "./wire/index.js";
