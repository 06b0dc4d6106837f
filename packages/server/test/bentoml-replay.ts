import { readFileSync } from "node:fs";

import { expect } from "vitest";

import type { Door } from "./doors.js";
import { samplesOf, valueOf } from "./exposition.js";
import { decodePng } from "./tiny-png.js";

/**
 * One request to Python BentoML 1.4.39 and what it answered. Of schemas and OpenAPI documents those parts are left that
 * are compared, without the endpoints that need files, arrays or tasks.
 */
export interface Exchange {
  readonly id: string;
  readonly service: string;
  readonly group?: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Record<string, string>;
    readonly body_text?: string;
    readonly body_base64?: string;
  };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string | readonly string[]>>;
    readonly body_text?: string;
    readonly body_base64?: string;
    readonly body_omitted?: boolean;
  };
}

/** What ours answers instead. What is left out is as recorded; a body of `null` is not compared. */
export interface Difference {
  /** Where it is asked for instead. */
  readonly path?: string;
  readonly status?: number;
  readonly contentType?: string;
  readonly body?: string | null;
  readonly disposition?: string;
  /** Where the problems are. */
  readonly places?: readonly (readonly (string | number)[])[];
  readonly why: string;
}

const json = "application/json";

/** Headers that need not be the same, or that a test of their own looks at. */
const ownHeaders = new Set(["content-type", "content-length", "transfer-encoding", "vary", "accept-ranges", "last-modified", "etag"]);

/** The exchanges of one file of recordings, in the order in which they were recorded. */
export function readExchanges(name: string): readonly Exchange[] {
  const lines = readFileSync(new URL(`fixtures/${name}`, import.meta.url), "utf8")
    .trim()
    .split("\n");
  return lines.map((line) => JSON.parse(line) as Exchange);
}

/** Asks ours what Python was asked, and expects its answer, or the one that differs on purpose. */
export async function replay(ours: Door, { id, request, response }: Exchange, difference?: Difference): Promise<void> {
  const { method, path, headers } = request;
  const body = request.body_base64 === undefined ? request.body_text : Buffer.from(request.body_base64, "base64");
  const got = await ours.fetch(difference?.path ?? path, { method, headers, ...(body !== undefined && { body }) });
  const bytes = await got.bytes().catch(() => Buffer.from("broken off"));
  const text = Buffer.from(bytes).toString();
  const status = difference?.status ?? response.status;
  expect([id, got.status, text.slice(0, 200)]).toEqual([id, status, text.slice(0, 200)]);
  const type = difference?.contentType ?? response.headers["content-type"];
  if (type !== undefined) expect([id, got.headers.get("content-type")]).toEqual([id, type]);
  const disposition = difference?.disposition === undefined ? {} : { "content-disposition": difference.disposition };
  expectHeaders(id, got, { ...response.headers, ...disposition }, status === response.status);
  if (method === "HEAD" || response.body_omitted === true || difference?.body === null) return;
  if (difference?.body !== undefined) return expect([id, meaningOf(text, type)]).toEqual([id, meaningOf(difference.body, type)]);
  if (type === "image/png")
    return expect([id, decodePng(bytes)]).toEqual([id, decodePng(Buffer.from(response.body_base64 ?? "", "base64"))]);
  if (response.body_base64 !== undefined) return expect([id, Buffer.from(bytes).toString("base64")]).toEqual([id, response.body_base64]);
  const recorded = response.body_text ?? "";
  if (path.endsWith("/schema.json")) return expectSchema(text, recorded);
  if (path.endsWith("/docs.json")) return expectPaths(text, recorded);
  if (id === "metered/metrics") return expectSamples(text, recorded);
  if (status >= 400 && type === json) return expect([id, shapeOf(text)]).toEqual([id, difference?.places ?? shapeOf(recorded)]);
  return expect([id, meaningOf(text, type)]).toEqual([id, meaningOf(recorded, type)]);
}

/** All recorded ones are there with their values; which pages may read an answer is said exactly so. */
function expectHeaders(id: string, got: Response, recorded: Exchange["response"]["headers"], isAlike: boolean): void {
  if (!isAlike) return;
  for (const [name, value] of Object.entries(recorded)) {
    if (ownHeaders.has(name)) continue;
    const own = name === "set-cookie" ? got.headers.getSetCookie() : got.headers.get(name);
    if (name === "location" && String(value).startsWith("http")) {
      expect([id, new URL(own as string, "http://a").pathname]).toEqual([
        id,
        new URL(String(value).replace(/<host>:<port>/, "a")).pathname,
      ]);
    } else if (value === "<hex32>" || value === "<hex16>")
      expect([id, own]).toEqual([id, expect.stringMatching(value === "<hex32>" ? /^[0-9a-f]{32}$/ : /^[0-9a-f]{16}$/)]);
    else if (name === "set-cookie") expect([id, own]).toEqual([id, [value].flat()]);
    else expect([id, name, own]).toEqual([id, name, value]);
  }
  const crossing = [...got.headers.keys()].filter((name) => name.startsWith("access-control-") && !(name in recorded));
  expect([id, crossing]).toEqual([id, []]);
}

/** What a schema says that makes a value a file, a tensor or a table. */
interface Fragment {
  readonly type?: string | readonly string[];
  readonly items?: Fragment;
  readonly [keyword: string]: unknown;
}

interface SchemaDocument {
  readonly name: string;
  readonly description?: string;
  readonly routes: readonly {
    readonly name: string;
    readonly member?: string;
    readonly route: string;
    readonly batchable: boolean;
    readonly is_task: boolean;
    readonly input: Fragment & { readonly root_input?: boolean; readonly properties?: Readonly<Record<string, Fragment>> };
    readonly output: Fragment & { readonly is_stream?: boolean };
  }[];
  readonly paths: object;
}

/** What Python's clients read of it. An endpoint is called by its method's name there, and has that for its route. */
function expectSchema(text: string, recorded: string): void {
  const summary = ({ name, description, routes, paths }: SchemaDocument) => ({
    name,
    description,
    paths: Object.fromEntries(Object.entries(paths).map(([path, about]) => [path.replace("/renamed", "/original"), about])),
    routes: routes.map(({ name: api, member, route, batchable, is_task: isTask, input, output }) => ({
      name: member ?? api,
      route: route.replace("/renamed", "/original"),
      batchable,
      isTask,
      isRoot: input.root_input === true,
      properties: Object.entries(input.properties ?? {}).map(([key, property]) => [key, kindOf(property)]),
      input: kindOf(input),
      output: kindOf(output),
      isStream: output.is_stream ?? false,
      // What is nullable has no one type.
      type: api === "headers_in" ? undefined : oneType(output),
    })),
  });
  const byName = (document: SchemaDocument) => {
    const { routes, ...rest } = summary(document);
    return { ...rest, routes: Object.fromEntries(routes.map((route) => [route.name, route])) };
  };
  expect(byName(JSON.parse(text) as SchemaDocument)).toEqual(byName(JSON.parse(recorded) as SchemaDocument));
}

const kindWords = ["type", "format", "dtype", "shape", "dim", "orient", "columns", "content_type", "pil"];

/** The words of a kind, on which Python's clients decide how a value travels; `undefined` for plain JSON. */
function kindOf(schema: Fragment): unknown {
  if (schema.type === "array") return schema.items && kindOf(schema.items);
  if (schema.type !== "file" && schema.type !== "tensor" && schema.type !== "dataframe") return undefined;
  return Object.fromEntries(kindWords.filter((word) => word in schema).map((word) => [word, schema[word]]));
}

function oneType({ type }: Fragment): string | undefined {
  return typeof type === "string" ? type : undefined;
}

function expectPaths(text: string, recorded: string): void {
  const { paths } = JSON.parse(text) as { paths: Record<string, object> };
  const own = Object.entries(paths).map(([path, verbs]) => [path.replace("/renamed", "/original"), Object.keys(verbs)]);
  expect(Object.fromEntries(own)).toEqual((JSON.parse(recorded) as { paths: object }).paths);
}

/** Ours counts what no route answers as one, so that nobody can grow the number of series; requests for documents as well. */
function expectSamples(text: string, recorded: string): void {
  const samples = samplesOf(text);
  for (const { name, labels, value } of samplesOf(recorded)) {
    const { pid: _, endpoint, le, ...others } = labels;
    const ours = { ...others, ...(endpoint !== undefined && { endpoint: endpoint === "/nowhere" ? "unmatched" : endpoint }) };
    const found = valueOf(samples, name, le === undefined ? ours : { ...ours, le: le.replace(/\.0$/, "") });
    if (endpoint === "/schema.json") continue;
    expect([name, labels, found]).toEqual([name, labels, Number.isNaN(value) ? expect.any(Number) : value]);
  }
}

/** JSON by its meaning, other text as it is. @throws SyntaxError for what is said to be JSON and is none */
function meaningOf(text: string, type: unknown): unknown {
  return type === json ? JSON.parse(text) : text;
}

/** What clients rely on in an error: its form, and where the problems are; pydantic's words are its own. */
function shapeOf(text: string): unknown {
  const parsed = JSON.parse(text) as unknown;
  const body = (Array.isArray(parsed) ? parsed[0] : parsed) as { error: unknown; detail?: { loc: unknown[] }[] };
  if (!body.detail) return { error: typeof body.error };
  return body.detail.map(({ loc }) => loc.filter((part) => part !== "root")).toSorted((a, b) => String(a).localeCompare(String(b)));
}
