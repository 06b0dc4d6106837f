/**
 * How services are written: `@service`, `@api`, lifecycle hooks, model references, or all of it without decorators.
 * @module
 */
export { BentoFile, BentoImage, DataFrame, Tensor } from "@bento/core";
export type {
  ApiInput,
  ApiOutput,
  Args,
  BatchCost,
  BatchDecision,
  BatchPolicy,
  BatchReturns,
  BatchState,
  Context,
  ContextRequest,
  ContextResponse,
  CookieOptions,
  Identity,
  Returns,
  Schema,
  Sequence,
  WaitingRequest,
  WorkerInfo,
} from "@bento/core";
export type { ApiDecorator } from "./api-types.js";
export type { BatchOptions, UnbatchedOptions } from "./batch-types.js";
export type { ContinuousOptions } from "./continuous-types.js";
export { BentoModel, type BentoModelOptions } from "./bento-model.js";
export { type ConstructOptions, instantiate } from "./construct.js";
export { getContext } from "./context.js";
export { HuggingFaceModel, type HuggingFaceModelOptions } from "./hugging-face-model.js";
export type { Follow, FollowOptions } from "./follow-of.js";
export type { PullLogger, PullWatch } from "./pulling/pull-watch.js";
export {
  api,
  type ApiDefinition,
  type ApiOptions,
  type EndpointOptions,
  type ReplayOptions,
  type StepDefinition,
} from "./decorators/api.js";
export {
  type Check,
  type CheckDecorator,
  liveness,
  metrics,
  type MetricsDecorator,
  type MetricsHook,
  readiness,
} from "./decorators/checks.js";
export type { CorsOptions } from "./decorators/cors.js";
export { type HookDecorator, onDeployment, onShutdown, onStartup, type StaticHookDecorator } from "./decorators/hooks.js";
export {
  type ResourceOptions,
  service,
  type ServiceClass,
  type ServiceDecorator,
  type ServiceOptions,
  type WorkerOptions,
} from "./decorators/service.js";
export type { Fairness, Priorities, QueueingTraffic, RefusingTraffic, TrafficOptions } from "./decorators/traffic.js";
export { type ApiDefinitions, type DefinedService, defineService, type ServiceDefinition } from "./define-service.js";
export { type Counter, counter } from "./measures/counter.js";
export { type Gauge, gauge } from "./measures/gauge.js";
export { type Histogram, histogram, type HistogramOptions } from "./measures/histogram.js";
export type { LabelValues, MeasureOptions } from "./measures/measure.js";
export { fileFromPath } from "./file/file-from-path.js";
export { fileToPath, type FileToPathOptions } from "./file/file-to-path.js";
export { type CreateModelSchema, Model, type ModelOptions, type ModelReferenceInfo, type ModelSource } from "./model.js";
export { type FetchHandler, mount, type Mount, type Mountable, type MountOptions, type NodeRequestHandler } from "./mount.js";
export type { ApiSchema, ApiSpec, BatchSpec, ContinuousSpec, HookSpec, ReplaySpec, SchemaResult, ServiceSpec } from "./spec.js";
