export type { BlobRange, BlobStore, ListedBlob } from "./blobs/blob-store.js";
export type { Quotas } from "./limits/quotas.js";
export type { TlsFiles } from "./listen/listener.js";
export type { RegistryLogger } from "./logger.js";
export { openRegistryTokens, type RegistryData, type RegistryTokens } from "./registry-data.js";
export { type RegistryServer, serveRegistry, type ServeRegistryOptions } from "./serve-registry.js";
export type { NewToken, Scope, TokenInfo, TokenQuery, Tokens } from "./tokens/tokens.js";
