export type { ApiSchema, ApiSpec, HookSpec, SchemaResult, ServiceSpec } from "./spec.js";
