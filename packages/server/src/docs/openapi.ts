import type { JsonSchema } from "@bento/core";

import type { ApiOutline, ServiceOutline } from "../executor/outline.js";
import { errorReferences, errorResponses, errorSchemas } from "./openapi-errors.js";
import { parametersOf, requestHeaders } from "./openapi-headers.js";
import { contentOf, describedKind, inputTypes, outputTypes } from "./openapi-kinds.js";
import { mapSchema } from "./schema-document.js";

/** What an OpenAPI document depends on besides the service. */
export interface OpenApiOptions {
  /** The bento's version, where the service runs from one. */
  readonly version: string;
  /** Where the paths begin: a path, or `.` for wherever the document lies. */
  readonly serverUrl: string;
  /** Whether callers need a token. */
  readonly hasAuth: boolean;
  readonly hasMetrics: boolean;
}

/**
 * What `/docs.json` says: OpenAPI 3.1, whose schemas are JSON Schema as it is, so that nothing has to be bent.
 * Paths carry no prefix; the server's URL does.
 * @source BentoML src/_bentoml_sdk/service/openapi.py; differs: 3.1 in place of 3.0.2, answers of streams are described
 */
export function openApiDocument(service: ServiceOutline, options: OpenApiOptions): object {
  const schemas: Record<string, JsonSchema> = { ...errorSchemas };
  const paths: Record<string, object> = {};
  for (const api of service.apis) paths[api.route] = { post: operation(service, api, schemas) };
  return {
    openapi: "3.1.0",
    info: {
      title: service.name,
      version: options.version,
      ...(service.description !== undefined && { description: service.description }),
    },
    servers: [{ url: options.serverUrl }],
    tags: [
      { name: serviceTag, description: "The endpoints of the service" },
      { name: infrastructureTag, description: "Probes and metrics" },
    ],
    paths: { ...paths, ...infrastructurePaths(options.hasMetrics, paths) },
    components: {
      schemas,
      parameters: requestHeaders,
      responses: errorResponses,
      ...(options.hasAuth && { securitySchemes: { token: { type: "http", scheme: "bearer" } } }),
    },
    ...(options.hasAuth && { security: [{ token: [] }] }),
  };
}

const serviceTag = "Service APIs";
const infrastructureTag = "Infrastructure";

function operation(service: ServiceOutline, api: ApiOutline, schemas: Record<string, JsonSchema>): object {
  const { document } = api;
  const input = addComponent(schemas, `${componentName(api.name)}__Input`, document.input);
  const output = addComponent(schemas, `${componentName(api.name)}__Output`, document.output);
  const taken = inputTypes(document.input, api.isObjectInput).map((type) => [type, contentOf(type, input, document.input)]);
  const given = outputTypes(document.output).map((type) => [type, contentOf(type, output, document.output)]);
  return {
    tags: [serviceTag],
    "x-bentoml-name": api.name,
    operationId: `${componentName(service.name)}__${componentName(api.name)}`,
    // What a closed line of the page shows.
    summary: api.description?.split("\n", 1)[0] ?? api.name,
    description: api.description ?? "",
    parameters: parametersOf(service, api),
    requestBody: { required: !api.isObjectInput || hasRequired(document.input), content: Object.fromEntries(taken) as object },
    responses: {
      "200": {
        description: "SuccessfulResponse",
        content: api.stream ? streamContent(output) : Object.fromEntries(given),
      },
      ...errorReferences,
    },
  };
}

function hasRequired(input: JsonSchema): boolean {
  return Array.isArray(input["required"]) && input["required"].length > 0;
}

/** No media type can say "one of these after another", so a stream is described by its items. */
function streamContent(item: JsonSchema): object {
  return { "text/event-stream": { schema: { type: "string" }, "x-item-schema": item }, "application/jsonl": { schema: item } };
}

/**
 * Puts a schema among the components, its definitions beside it, and answers with a reference to it. References within it
 * are to its own root; in this document they must lead to the components.
 */
function addComponent(schemas: Record<string, JsonSchema>, name: string, schema: JsonSchema): JsonSchema {
  const place = (ref: string): string => {
    const [, definition, rest = ""] = /^#\/\$defs\/([^/]+)(.*)$/.exec(ref) ?? [];
    return `#/components/schemas/${definition === undefined ? name + ref.slice(1) : `${name}__${componentName(definition)}${rest}`}`;
  };
  const {
    $schema: _,
    $defs: definitions,
    ...own
  } = mapSchema(schema, (node) => {
    const { $ref: ref, ...rest } = node;
    return typeof ref === "string" && ref.startsWith("#") ? { ...rest, $ref: place(ref) } : describedKind(node);
  });
  for (const [key, definition] of Object.entries((definitions ?? {}) as Record<string, JsonSchema>)) {
    schemas[`${name}__${componentName(key)}`] = definition;
  }
  schemas[name] = own;
  return { $ref: place("#") };
}

/** Components may only be named with these characters. */
function componentName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9._-]/g, "_");
}

/** Probes and metrics; an endpoint of the service at one of these paths wins. */
function infrastructurePaths(hasMetrics: boolean, taken: Readonly<Record<string, object>>): Record<string, object> {
  const probes: Record<string, string> = {
    "/healthz": "Whether the process is alive",
    "/livez": "Whether the process is alive",
    "/readyz": "Whether requests can be answered now",
    ...(hasMetrics && { "/metrics": "Metrics in Prometheus' text format" }),
  };
  const open = Object.keys(probes).filter((path) => !(path in taken));
  return Object.fromEntries(open.map((path) => [path, { get: probe(path, probes[path] ?? "") }]));
}

function probe(path: string, summary: string): object {
  return {
    tags: [infrastructureTag],
    summary,
    ...(path !== "/metrics" && { security: [] }),
    responses: { "200": { description: "Yes", content: { "text/plain": { schema: { type: "string" } } } } },
  };
}
