import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { bentomlZoo, holding } from "./bentoml-zoo.js";
import { type Door, doors, gate, open } from "./doors.js";
import { samplesOf, valueOf } from "./exposition.js";

/**
 * One request to Python BentoML 1.4.39 and what it answered. Of schemas and OpenAPI documents those parts are left that
 * are compared, without the endpoints that need files, arrays or tasks.
 */
interface Exchange {
  readonly id: string;
  readonly service: string;
  readonly group?: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Record<string, string>;
    readonly body_text?: string;
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
interface Difference {
  /** Where it is asked for instead. */
  readonly path?: string;
  readonly status?: number;
  readonly contentType?: string;
  readonly body?: string | null;
  readonly why: string;
}

const json = "application/json";
const metricsText = "text/plain; version=0.0.4; charset=utf-8";
const lost: Difference = { contentType: json, body: null, why: "every error has one form here, those of unknown paths and verbs as well" };
const renamed = "the option name= is ignored there (reference 10.2, 6)";
const documents = "limits are for calls: what clients and operators look at stays open under load (reference 10.2, 8)";
const unwell = "the sentence names Python's own methods";

/** Where ours differs on purpose, and why. */
const differences: Readonly<Record<string, Difference>> = {
  "streams/late-error": { body: null, why: "a stream that fails is broken off, lest half of it pass for all (reference 10.2, 15)" },
  "streams/head": lost,
  "routed/custom-route-default": lost,
  "routed/name-ignored": { status: 404, ...lost, why: renamed },
  "routed/name-route": { status: 200, body: "original", why: renamed },
  "routed/trace-parent": { path: "/renamed", why: renamed },
  "routed/overwritten": {
    status: 202,
    why: "a response that a method makes by itself keeps its status; only one that it sets on ctx goes before",
  },
  "failing/validate-inside": { status: 500, body: null, why: "the service's mistake is not the caller's (reference 10.2, 2)" },
  "failing/wrong-output": { status: 500, body: null, why: "the service's mistake is not the caller's (reference 10.2, 2)" },
  "failing/dict-for-model": {
    status: 200,
    body: '{"x":1,"y":0}',
    why: "there are no model classes: an object that fits the schema is one",
  },
  "limited/crowd-schema": { status: 200, body: null, why: documents },
  "limited/crowd-unknown": { status: 404, body: null, why: documents },
  "limited/crowd-metrics": { contentType: metricsText, why: "prom-client names another version of the same format" },
  "unwell/livez": { body: "The service is dead: its liveness hook says so.\n", why: unwell },
  "unwell/healthz": { body: "The service is dead: its liveness hook says so.\n", why: unwell },
  "unwell/readyz": { body: "The service is not ready: its readiness hook says so.\n", why: unwell },
  "unwell/metrics": { contentType: metricsText, why: "prom-client names another version of the same format" },
  "metered/lost": lost,
  "metered/metrics": { contentType: metricsText, why: "prom-client names another version of the same format" },
  "prefixed/bare-readyz": {
    status: 200,
    contentType: "text/plain; charset=utf-8",
    body: "\n",
    why: "Python's client looks there (reference 10.2, 7)",
  },
  "prefixed/prefix-schema": lost,
  "prefixed/bare-docs": lost,
  "prefixed/bare-index": lost,
  "prefixed/metrics": { contentType: metricsText, why: "prom-client names another version of the same format" },
  "prefixed/echo-root": lost,
  "prefixed/mounted-root": lost,
};

/** Headers that need not be the same, or that a test of their own looks at. */
const ownHeaders = new Set(["content-type", "content-length", "transfer-encoding", "vary", "accept-ranges", "last-modified", "etag"]);

const exchanges = readFileSync(new URL("fixtures/bentoml-web-exchanges.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Exchange);

test("each difference is one of a recorded exchange", () => {
  const ids = new Set(exchanges.map(({ id }) => id));
  expect(Object.keys(differences).filter((id) => !ids.has(id))).toEqual([]);
});

describe.each(doors)("what BentoML was asked, by %s", (door) => {
  test.each(Object.entries(bentomlZoo))("%s", async (name, service) => {
    await using ours = await open(door, service);
    const asked = exchanges.filter((exchange) => exchange.service === name);
    expect(asked.length).toBeGreaterThan(5);
    for (const exchange of asked.filter(({ group }) => group === undefined)) await replay(ours, exchange);
    await replayCrowd(
      ours,
      asked.filter(({ group }) => group !== undefined),
    );
  });
});

/** All at once: the first two take the places that there are, until the others were answered. */
async function replayCrowd(ours: Door, [one, two, ...others]: readonly Exchange[]): Promise<void> {
  if (one === undefined || two === undefined) return;
  const { count, release } = holding;
  const held = [one, two].map((exchange) => replay(ours, exchange));
  await expect.poll(() => holding.count - count).toBe(2);
  for (const exchange of others) await replay(ours, exchange);
  release.open();
  await Promise.all(held);
  holding.release = gate();
}

async function replay(ours: Door, { id, request, response }: Exchange): Promise<void> {
  const { method, path, headers, body_text: sent } = request;
  const difference = differences[id];
  const got = await ours.fetch(difference?.path ?? path, { method, headers, ...(sent !== undefined && { body: sent }) });
  const text = await got.text().catch(() => "broken off");
  const status = difference?.status ?? response.status;
  expect([id, got.status, text.slice(0, 200)]).toEqual([id, status, text.slice(0, 200)]);
  const type = difference?.contentType ?? response.headers["content-type"];
  if (type !== undefined) expect([id, got.headers.get("content-type")]).toEqual([id, type]);
  expectHeaders(id, got, response.headers, status === response.status);
  if (method === "HEAD" || response.body_omitted === true || difference?.body === null) return;
  if (difference?.body !== undefined) return expect([id, comparable(text)]).toEqual([id, comparable(difference.body)]);
  const recorded = response.body_base64 === undefined ? (response.body_text ?? "") : Buffer.from(response.body_base64, "base64").toString();
  if (path.endsWith("/schema.json")) return expectSchema(text, recorded);
  if (path.endsWith("/docs.json")) return expectPaths(text, recorded);
  if (id === "metered/metrics") return expectSamples(text, recorded);
  if (status >= 400 && type === json) return expect([id, shapeOf(text)]).toEqual([id, shapeOf(recorded)]);
  return expect([id, comparable(text)]).toEqual([id, comparable(recorded)]);
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
    } else if (value === "<hex32>") expect([id, own]).toEqual([id, expect.stringMatching(/^[0-9a-f]{32}$/)]);
    else if (name === "set-cookie") expect([id, own]).toEqual([id, [value].flat()]);
    else expect([id, name, own]).toEqual([id, name, value]);
  }
  const crossing = [...got.headers.keys()].filter((name) => name.startsWith("access-control-") && !(name in recorded));
  expect([id, crossing]).toEqual([id, []]);
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
    readonly input: { readonly type?: string; readonly root_input?: boolean; readonly properties?: object };
    readonly output: { readonly type?: string; readonly is_stream?: boolean };
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
      // A model may be the root there, whose properties are then what keywords are elsewhere: the bytes are the same.
      isRoot: input.root_input === true && input.type !== "object",
      properties: Object.keys(input.properties ?? {}),
      isStream: output.is_stream ?? false,
      // Of bytes nothing is said without a schema for them; what is nullable has no one type.
      type: api === "blocks" || api === "headers_in" ? undefined : output.type,
    })),
  });
  const byName = (document: SchemaDocument) => {
    const { routes, ...rest } = summary(document);
    return { ...rest, routes: Object.fromEntries(routes.map((route) => [route.name, route])) };
  };
  expect(byName(JSON.parse(text) as SchemaDocument)).toEqual(byName(JSON.parse(recorded) as SchemaDocument));
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

/** JSON by its meaning, other text as it is. */
function comparable(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** What clients rely on in an error: its form, and where the problems are; pydantic's words are its own. */
function shapeOf(text: string): unknown {
  const parsed = JSON.parse(text) as unknown;
  const body = (Array.isArray(parsed) ? parsed[0] : parsed) as { error: unknown; detail?: { loc: unknown[] }[] };
  if (!body.detail) return { error: typeof body.error };
  return body.detail.map(({ loc }) => loc.filter((part) => part !== "root")).toSorted((a, b) => String(a).localeCompare(String(b)));
}
