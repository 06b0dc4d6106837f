/**
 * Serves a Bento service over HTTP, or makes it part of an app that is there already.
 * @module
 */
export type { FastifyReplyLike, FastifyRequestLike, NodeHandler, NodeHandlerOptions } from "./adapters/node-handler.js";
export type { BentoApp } from "./bento-app.js";
export type { BentoServer } from "./bento-server.js";
export { createApp } from "./create-app.js";
export type { UrlInputsOptions } from "./egress/url-inputs.js";
export type { CallContext, Executor, ExecutorCall, ExecutorReply } from "./executor/executor.js";
export type { ApiOutline, ServiceOutline } from "./executor/outline.js";
export type { Auth, Authenticate } from "./http/auth.js";
export type { Body } from "./http/incoming.js";
export type { Logger } from "./http/log.js";
export type { CorsOptions } from "@bento/sdk";
export type { AppOptions, ServeOptions, WorkersOptions } from "./options.js";
export { watchTarget, type WatchTargetOptions } from "./reload/watch-target.js";
export { serve } from "./serve.js";
export type { ServeMode } from "./workers/plan.js";
export type { RecycleRules } from "./workers/recycle-rules.js";
export type { RestartRules } from "./workers/restart-policy.js";
