import { type JsonSchema, wireNames as names } from "@bento/core";
import type { ServiceSpec } from "@bento/sdk";

import type { ApiDocument } from "../executor/in-process.js";
import type { ApiOutline, ServiceOutline } from "../executor/outline.js";
import { packedTypes, type Packing, packingsOfInput, packingsOfOutput } from "../packing/packing.js";

/** The schemas of every endpoint, by its wire name; made once, when the app is. */
export async function documentApis(spec: ServiceSpec): Promise<ReadonlyMap<string, ApiDocument>> {
  const entries = await Promise.all(
    spec.apis.map(async (api) => {
      const [input, output] = await Promise.all([api.input.jsonSchema("input"), api.output.jsonSchema("output")]);
      return [api.name, { input: withPlainRoot(input), output: withPlainRoot(output) }] as const;
    }),
  );
  return new Map(entries);
}

/** A named schema may stand among its own definitions; clients look at the root for its type. */
function withPlainRoot(schema: JsonSchema): JsonSchema {
  const { $ref: ref, ...rest } = schema;
  const definitions = schema["$defs"];
  const name = typeof ref === "string" ? /^#\/\$defs\/([^/]+)$/.exec(ref)?.[1] : undefined;
  const definition: unknown = name !== undefined && isRecord(definitions) ? definitions[name] : undefined;
  return isRecord(definition) ? { ...definition, ...rest } : schema;
}

/**
 * What `/schema.json` says: BentoML's document, which its clients read endpoints from, and ours beside (`doc`, `member`).
 * Routes carry the path prefix. Schemas stay whole, with their unions and `$defs`, which BentoML flattens away.
 * @source BentoML src/_bentoml_sdk/service/factory.py `Service.schema`
 */
export function schemaDocument({ name, description, pathPrefix, traffic, apis, mounts }: ServiceOutline): object {
  const mounted = mounts.flatMap(({ path, routes }) => {
    const base = pathPrefix + (path === "/" ? "" : path);
    return routes.length === 0 ? [base || "/"] : routes.map((route) => base + route);
  });
  return {
    name,
    type: "service",
    // Seconds, as in `traffic.timeout`: clients wait that long, and a little more.
    timeout: traffic.timeoutMs / 1000,
    ...acceptedOf(apis),
    routes: apis.map((api) => routeDocument(api, pathPrefix)),
    ...(description !== undefined && { description }),
    paths: {
      ...Object.fromEntries(mounted.map((path) => [path, { mounted: true }])),
      ...Object.fromEntries(apis.map((api) => [pathPrefix + api.route, { mounted: false }])),
    },
  };
}

/** What callers may send, and ask for, besides JSON where there are tensors or tables. */
function acceptedOf(apis: readonly ApiOutline[]): { readonly accepts?: readonly string[] } {
  const packings = new Set(
    apis.flatMap(({ document, isObjectInput }) => [
      ...packingsOfInput(document.input, isObjectInput),
      ...packingsOfOutput(document.output),
    ]),
  );
  if (packings.size === 0) return {};
  const known = Object.keys(packedTypes) as Packing[];
  return { accepts: known.filter((packing) => packings.has(packing)).map((packing) => packedTypes[packing]) };
}

function routeDocument(api: ApiOutline, pathPrefix: string): object {
  const input = withPlainKinds(withoutLoneChoice(withItems(api.document.input)));
  const output = withRawBytes(withItems(api.document.output));
  return {
    name: api.name,
    ...(api.member !== api.name && { member: api.member }),
    route: pathPrefix + api.route,
    [names.batchable]: api.batch !== undefined,
    [names.isTask]: false,
    ...(api.description !== undefined && { doc: api.description }),
    input: api.isObjectInput ? { type: "object", ...input } : { ...input, [names.rootInput]: true },
    output: api.stream ? { ...output, [names.isStream]: true, [names.mediaType]: "text/event-stream" } : output,
  };
}

/** BentoML's clients look into `items` of every array, and fail on an array without: a tuple, a list of anything. */
function withItems(schema: JsonSchema): JsonSchema {
  return mapSchema(schema, (node) => {
    if (node["type"] !== "array" || isRecord(node["items"])) return node;
    const prefix: unknown = node["prefixItems"];
    const isClosed = node["items"] === false && Array.isArray(prefix);
    return { ...node, items: {}, ...(isClosed && { maxItems: prefix.length }) };
  });
}

/** A choice of one is that one. BentoML's clients know a body that is one object by its properties. */
function withoutLoneChoice(input: JsonSchema): JsonSchema {
  const { anyOf, ...rest } = input;
  const [only, ...others]: readonly unknown[] = Array.isArray(anyOf) ? anyOf : [];
  return isRecord(only) && others.length === 0 ? { ...rest, ...only } : input;
}

/** Bytes that are the whole answer, or an item of it, travel as they are, whatever they would be within JSON. */
function withRawBytes(output: JsonSchema): JsonSchema {
  return output["x-bento-type"] === "bytes" ? { ...output, format: "binary" } : output;
}

const kinds: ReadonlySet<unknown> = new Set(["file", "tensor", "dataframe"]);

/**
 * BentoML's clients decide by a property's own words how it travels, and look into no union: what may be a file or null
 * says so beside its union.
 */
function withPlainKinds(input: JsonSchema): JsonSchema {
  const { properties } = input;
  if (!isRecord(properties)) return input;
  const plain = Object.entries(properties).map(([name, property]) => [name, withPlainKind(property)] as const);
  return { ...input, properties: Object.fromEntries(plain) };
}

function withPlainKind(property: unknown): unknown {
  if (!isRecord(property)) return property;
  const first: unknown = Array.isArray(property["anyOf"]) ? property["anyOf"][0] : undefined;
  if (!isRecord(first)) return property;
  const { type, items } = first;
  const isKind = kinds.has(type) || (type === "array" && isRecord(items) && items["type"] === "file");
  return isKind ? { ...first, ...property } : property;
}

/** Keywords whose value is a schema, a list of schemas, or an object of schemas. */
const schemaKeywords = new Set(["additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then"]);
const listKeywords = new Set(["allOf", "anyOf", "oneOf", "prefixItems"]);
const objectKeywords = new Set(["$defs", "definitions", "patternProperties", "properties"]);

/**
 * A copy of a schema with every schema in it changed, the inner ones first. Values that only look like schemas (a default,
 * an example, an enum's members) are left as they are.
 */
export function mapSchema(schema: JsonSchema, change: (node: JsonSchema) => JsonSchema): JsonSchema {
  const map = (value: unknown) => (isRecord(value) ? mapSchema(value, change) : value);
  const entries = Object.entries(schema).map(([keyword, value]) => {
    if (schemaKeywords.has(keyword)) return [keyword, map(value)];
    if (listKeywords.has(keyword) && Array.isArray(value)) return [keyword, value.map(map)];
    if (objectKeywords.has(keyword) && isRecord(value)) {
      return [keyword, Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, map(inner)]))];
    }
    return [keyword, value];
  });
  return change(Object.fromEntries(entries) as JsonSchema);
}

function isRecord(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
