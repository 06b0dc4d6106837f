/**
 * For what runs services: servers, workers, build tools. Everything here is about classes that `@bento/sdk` recorded.
 * @module
 */
export { type Binding, createBinding } from "./binding.js";
export { construct, type Constructed, type ConstructOptions, resolveModels, staticModels } from "./construct.js";
export { runWithContext } from "./context.js";
export { followOf, type FollowSpec } from "./follow-of.js";
export { type MeasuredSeries, measureFigures, type MeasureFigures, type MeasureKind } from "./measures/measure.js";
export { pullNewest } from "./pulling/pull-later.js";
export { routeParams } from "./option-checks.js";
export { PathContent } from "./file/path-content.js";
export type { ApiSchema, ApiSpec, BatchSpec, ContinuousSpec, HookSpec, ReplaySpec, SchemaResult, ServiceSpec } from "./spec.js";
export { isService, publicMembersWithoutEndpoint, specOf } from "./spec-of.js";
export { workersOf } from "./resource-options.js";
