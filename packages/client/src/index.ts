/**
 * A typed client for Bento services, in anything that has `fetch`.
 * @module
 */
export { BentoError, type BentoErrorCode, type BentoIssue } from "@bento/core";
export type { ApiInput, ApiOutput, BentoFile, BentoImage, DataFrame, Tensor, TensorInput } from "@bento/core";
export type { Client, StreamCall } from "./client-types.js";
export { createClient } from "./create-client.js";
export { discover, type UntypedCall, type UntypedClient } from "./discover.js";
export type { ClientHooks, RequestInfo, RequestOutcome } from "./hooks.js";
export type { CallOptions, ClientOptions, Fetch, HeadersLike, Priority } from "./options.js";
export type { OnProgress, Progress } from "./progress.js";
export type { ReadyOptions } from "./readiness.js";
export type { EndpointInfo, RouteDocument, ServiceDocument } from "./service-document.js";
