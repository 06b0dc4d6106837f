import type { ApiSpec, ServiceSpec } from "@bento/sdk";

import type { ApiDocument } from "./in-process.js";

/** An endpoint as far as it can be told to another process. */
export type ApiOutline = Pick<ApiSpec, "name" | "member" | "route" | "description" | "stream"> & {
  /** Whether the input is a plain object, whose properties are BentoML's keyword arguments. */
  readonly isObjectInput: boolean;
  readonly document: ApiDocument;
};

/** A service as far as it can be told to another process: everything that the door of a server needs. */
export type ServiceOutline = Pick<ServiceSpec, "name" | "description" | "pathPrefix" | "labels" | "traffic"> & {
  readonly apis: readonly ApiOutline[];
};

/** The outline of a service in this process. */
export function outlineOf(spec: ServiceSpec, documents: ReadonlyMap<string, ApiDocument>): ServiceOutline {
  const { name, description, pathPrefix, labels, traffic } = spec;
  const apis = spec.apis.map(({ name: api, member, route, description: about, stream, input }) => ({
    name: api,
    member,
    route,
    description: about,
    stream,
    isObjectInput: input.isObject,
    document: documents.get(api) ?? { input: {}, output: {} },
  }));
  return { name, description, pathPrefix, labels, traffic, apis };
}
