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

/** A service as far as it can be told to another process: everything that the door of a server needs. */
export type ServiceOutline = Pick<ServiceSpec, "name" | "description" | "pathPrefix" | "labels" | "traffic"> & {
  readonly apis: readonly ApiOutline[];
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
  return { name, description, pathPrefix, labels, traffic, apis };
}

function batchOutline({ maxSize, maxLatencyMs, inputDim, outputDim }: BatchSpec): BatchOutline {
  return { maxSize, maxLatencyMs, inputDim, outputDim };
}
