/**
 * A typed client for Bento services, in anything that has `fetch`.
 * @module
 */
export { BentoError, type BentoErrorCode, type BentoIssue } from "@bento/core";
export type { Client, StreamCall } from "./client-types.js";
export { createClient } from "./create-client.js";
export type { CallOptions, ClientOptions, Fetch, HeadersLike, Priority } from "./options.js";
export type { EndpointInfo, RouteDocument, ServiceDocument } from "./service-document.js";
