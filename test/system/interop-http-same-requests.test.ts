import { type BentoServer, serve } from "@bento/server";
import { MemoryModelStore } from "@bento/store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Probe } from "./support/probe-service.js";
import { type PythonService, startPythonService } from "./support/python-service.js";

let python: PythonService;
let ours: BentoServer;
beforeAll(async () => {
  python = await startPythonService();
  ours = await serve(Probe, { port: 0, store: new MemoryModelStore(), handleSignals: false, banner: false, accessLog: false });
});
afterAll(async () => {
  await ours[Symbol.asyncDispose]();
  await python[Symbol.asyncDispose]();
});

/** One request as it goes to both servers. */
interface Request {
  readonly about: string;
  readonly method?: string;
  readonly path: string;
  readonly type?: string;
  readonly body?: string;
}

/** What callers rely on in an answer. */
interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly body: unknown;
}

const json = "application/json";

async function ask(server: string, { method = "POST", path, type, body }: Request): Promise<Answer> {
  const headers = type === undefined ? {} : { "content-type": type };
  const response = await fetch(`${server}${path}`, { method, headers, ...(body !== undefined && { body }) });
  const text = await response.text();
  const contentType = response.headers.get("content-type");
  return { status: response.status, type: contentType, body: contentType?.startsWith(json) ? (JSON.parse(text) as unknown) : text };
}

describe("our server answers as Python's does", () => {
  test.each<Request>([
    { about: "an object", path: "/add", type: json, body: '{"a": 1}' },
    { about: "an object with keys that nobody asked for", path: "/add", type: json, body: '{"a": 1, "z": 2}' },
    {
      about: "an object with a charset",
      path: "/add",
      type: "application/json; charset=utf-8",
      body: '{"a": 1, "b": 5}',
    },
    { about: "text from an object", path: "/greet", type: json, body: '{"who": "é\\u4e2d"}' },
    { about: "root text", path: "/shout", type: "text/plain", body: "straße" },
    { about: "root text under application/json", path: "/shout", type: json, body: '"quoted"' },
    { about: "a root list", path: "/total", type: json, body: "[1, 2]" },
    { about: "a model", path: "/place", type: json, body: '{"order": {"id": 1, "items": [{"name": "a", "price": 1}]}}' },
    { about: "an empty body where everything has a default", path: "/maybe", type: json, body: "" },
    { about: "nothing at all", path: "/nothing" },
    { about: "a custom route", path: "/custom/path", type: json, body: '{"text": "x"}' },
    { about: "a stream of text", path: "/words", type: json, body: '{"text": "a b"}' },
    { about: "a stream of models", path: "/tokens", type: json, body: '{"text": "a b"}' },
    { about: "an error of the caller", path: "/fail", type: json, body: '{"kind": "invalid"}' },
    { about: "something absent", path: "/fail", type: json, body: '{"kind": "missing"}' },
    { about: "something unprocessable", path: "/fail", type: json, body: '{"kind": "unprocessable"}' },
    { about: "a stream that fails at once", path: "/broken", type: json, body: '{"kind": "missing"}' },
    { about: "liveness", method: "GET", path: "/livez" },
    { about: "readiness", method: "GET", path: "/readyz" },
    { about: "health", method: "GET", path: "/healthz" },
    { about: "readiness by HEAD", method: "HEAD", path: "/readyz" },
  ])("$about", async (request) => {
    expect(withoutOurOwn(await ask(ours.url, request))).toEqual(await ask(python.url, request));
  });

  test.each<Request>([
    { about: "a field of the wrong type", path: "/add", type: json, body: '{"a": "one"}' },
    { about: "a field left out", path: "/add", type: json, body: "{}" },
    { about: "an empty body where something is required", path: "/add", type: json, body: "" },
    { about: "a problem deep inside", path: "/place", type: json, body: '{"order": {"id": 1, "items": [{"price": 1}]}}' },
  ])("the place of $about", async (request) => {
    const places = async (server: string): Promise<unknown> => {
      const { status, type, body } = await ask(server, request);
      return { status, type, places: (body as { detail: { loc: unknown }[] }).detail.map(({ loc }) => loc) };
    };
    expect(await places(ours.url)).toEqual(await places(python.url));
  });

  test.each<Request>([
    { about: "a failure of the service", path: "/fail", type: json, body: '{"kind": "plain"}' },
    { about: "a service that is not ready", path: "/fail", type: json, body: '{"kind": "unavailable"}' },
    { about: "malformed JSON", path: "/add", type: json, body: "{" },
    { about: "pickle", path: "/add", type: "application/vnd.bentoml+pickle", body: "x" },
    { about: "the wrong verb", method: "GET", path: "/add" },
    { about: "an unknown path", path: "/absent", type: json, body: "{}" },
  ])("with the same status for $about", async (request) => {
    const [{ status, body }, theirs] = [await ask(ours.url, request), await ask(python.url, request)];
    expect(status).toBe(theirs.status);
    expect(JSON.stringify(body)).not.toContain("secret");
  });

  /** Our errors say more than Python's, under names of their own. */
  function withoutOurOwn(answer: Answer): Answer {
    if (answer.status < 400 || !Array.isArray(answer.body)) return answer;
    return { ...answer, body: (answer.body as { error: unknown }[]).map(({ error }) => ({ error })) };
  }
});

describe("our schema says what Python's says", () => {
  interface Schema {
    readonly type?: string | readonly string[];
    readonly default?: unknown;
    readonly root_input?: boolean;
    readonly is_stream?: boolean;
    readonly required?: readonly string[];
    readonly properties?: Readonly<Record<string, Schema>>;
    readonly items?: Schema;
    readonly anyOf?: readonly Schema[];
  }
  interface Route {
    readonly name: string;
    readonly route: string;
    readonly batchable: boolean;
    readonly is_task: boolean;
    readonly input: Schema;
    readonly output: Schema;
  }

  /** Python keeps the first member of a union alone, so that `int | None` shows as an integer. */
  const typeOf = ({ type, anyOf }: Schema): unknown => [type ?? anyOf?.[0]?.type].flat()[0];

  /** What Python's client reads of a schema. */
  const outline = (schema: Schema): object => ({
    type: typeOf(schema),
    root: schema.root_input,
    stream: schema.is_stream,
    required: schema.required,
    hasItems: schema.items !== undefined,
    properties:
      schema.properties && Object.fromEntries(Object.entries(schema.properties).map(([name, one]) => [name, [typeOf(one), one.default]])),
  });

  // What is required of an output nobody reads; ours also names what has a default, as it is always there.
  const outlines = async (server: string): Promise<Map<string, unknown>> => {
    const { routes } = (await (await fetch(`${server}/schema.json`)).json()) as { routes: Route[] };
    return new Map(
      routes.map(({ name, route, batchable, is_task, input, output }) => [
        name,
        { route, batchable, is_task, input: outline(input), output: { ...outline(output), required: undefined } },
      ]),
    );
  };

  test("of every endpoint that both have", async () => {
    const [mine, theirs] = [await outlines(ours.url), await outlines(python.url)];
    theirs.delete("later");
    expect([...mine.keys()]).toEqual([...theirs.keys()]);
    for (const [name, route] of theirs) expect(mine.get(name), name).toEqual(route);
  });
});
