import type { ApiSpec, BatchSpec, ServiceSpec } from "@bento/sdk";

import type { ApiDocument } from "./in-process.js";

/** An endpoint as far as it can be told to another process. */
export type ApiOutline = Pick<ApiSpec, "name" | "member" | "route" | "description" | "stream" | "replay" | "continuous"> & {
  /** Whether the input is a plain object, whose properties are BentoML's keyword arguments. */
  readonly isObjectInput: boolean;
  /** How its calls are gathered; `undefined` where each runs by itself. */
  readonly batch: BatchOutline | undefined;
  readonly document: ApiDocument;
};

/** How calls are gathered, without a policy of the user's: a function cannot leave its process. */
export type BatchOutline = Omit<BatchSpec, "policy">;

/** An app of others below a path of a service, which runs where the service does. */
export interface MountOutline {
  readonly path: string;
  /** The paths that it answers below its own, where it says so. */
  readonly routes: readonly string[];
}

/** A service as far as it can be told to another process: everything that the door of a server needs. */
export type ServiceOutline = Pick<ServiceSpec, "name" | "description" | "pathPrefix" | "labels" | "traffic"> & {
  readonly apis: readonly ApiOutline[];
  readonly mounts: readonly MountOutline[];
  /** Whether there are hooks to ask about each. */
  readonly asks: { readonly readiness: boolean; readonly liveness: boolean; readonly metrics: boolean };
};

/** The outline of a service in this process. */
export function outlineOf(spec: ServiceSpec, documents: ReadonlyMap<string, ApiDocument>): ServiceOutline {
  const { name, description, pathPrefix, labels, traffic } = spec;
  const apis = spec.apis.map(({ name: api, member, route, description: about, stream, replay, input, batch, continuous }) => ({
    name: api,
    member,
    route,
    description: about,
    stream,
    replay,
    continuous,
    isObjectInput: input.isObject,
    batch: batch === undefined ? undefined : batchOutline(batch),
    document: documents.get(api) ?? { input: {}, output: {} },
  }));
  const mounts = spec.mounts.map(({ path, routes }) => ({ path, routes: routes() }));
  const [readiness, liveness, metrics] = [spec.readiness, spec.liveness, spec.metrics].map((hooks) => hooks.length > 0) as [
    boolean,
    boolean,
    boolean,
  ];
  return { name, description, pathPrefix, labels, traffic, apis, mounts, asks: { readiness, liveness, metrics } };
}

function batchOutline({ maxSize, maxLatencyMs, inputDim, outputDim }: BatchSpec): BatchOutline {
  return { maxSize, maxLatencyMs, inputDim, outputDim };
}
