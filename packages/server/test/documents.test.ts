import { parseRequestTimeout } from "@bento/core";
import { dereference, validate } from "@readme/openapi-parser";
import { api, type Args, type BentoFile, defineService, type Returns, service, type ServiceClass } from "@bento/sdk";
import { audio, bytes, dataframe, image, pdf, tensor } from "@bento/sdk/kinds";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { z as z3 } from "zod/v3";

import { createApp } from "../src/index.js";
import { Contextual, Failing, Prefixed, Typed } from "./zoo.js";

interface Tree {
  name: string;
  children: Tree[];
}
const Tree: z.ZodType<Tree> = z.lazy(() => z.object({ name: z.string(), children: z.array(Tree) })).meta({ id: "Tree" });
const Shape = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("circle"), r: z.number() }),
  z.object({ kind: z.literal("square"), a: z.number() }),
]);

const Growth = z.object({ tree: Tree, shape: Shape.nullable() });

@service({ name: "odd-one", description: "Unions, nullable and recursive things" })
class Odd {
  @api({ input: Growth, output: Tree })
  grow({ tree }: Args<typeof Growth>): Tree {
    return tree;
  }

  @api({ input: z.tuple([z.number(), z.string()]), output: z.union([z.string(), z.array(z.any())]), name: "tuple_2", route: "/tu-ple" })
  tuple(_pair: [number, string]) {
    return "x" as string | unknown[];
  }

  @api({
    input: z.object({ at: z.date().optional(), tags: z.set(z.string()).optional() }).omit({ tags: true }),
    output: z.enum(["a", "b"]),
  })
  choose(): "a" | "b" {
    return "a";
  }

  @api({ input: z.unknown(), output: z.number(), description: "Counts *up*." })
  async *count() {
    yield 1;
  }
}

const Papers = z.object({
  scans: z.array(image()),
  points: tensor("float32", ["n", 2]),
  people: dataframe(["name", "age"]).optional(),
  note: z.string().describe("What they are about"),
});

@service({ name: "kinds" })
class Kinds {
  @api({ input: Papers, output: pdf() })
  async bind(_given: Args<typeof Papers>): Promise<Returns<ReturnType<typeof pdf>>> {
    return new Uint8Array();
  }

  @api({ input: bytes(), output: tensor("int64") })
  async read(_data: Uint8Array): Promise<Returns<ReturnType<typeof tensor<"int64">>>> {
    return [];
  }

  @api({ input: audio(), output: dataframe({ word: "string" }, { orient: "columns" }) })
  async words(_sound: BentoFile): Promise<Returns<ReturnType<typeof dataframe<{ word: "string" }>>>> {
    return [];
  }
}

const services: [string, ServiceClass][] = [
  ["kinds", Kinds],
  ["typed", Typed],
  ["failing", Failing],
  ["contextual", Contextual],
  ["prefixed", Prefixed],
  ["odd", Odd],
];

async function documentOf(target: ServiceClass, path: string, options = {}): Promise<Record<string, unknown>> {
  await using app = await createApp(target, options);
  return (await (await app.request(path)).json()) as Record<string, unknown>;
}

describe("docs.json", () => {
  // Each validation compiles the schema of OpenAPI anew: seconds of work, and many of them where others work as well.
  test.each(services)("of %s is valid OpenAPI", { timeout: 60_000 }, async (name, target) => {
    const path = name === "prefixed" ? "/v1/docs.json" : "/docs.json";
    for (const options of [{}, { auth: { tokens: ["x"] }, metrics: false }]) {
      await using app = await createApp(target, options);
      const text = await (await app.request(path, { headers: { authorization: "Bearer x" } })).text();
      expect(await validate(JSON.parse(text))).toMatchObject({ valid: true });
      await expect(dereference(JSON.parse(text))).resolves.toHaveProperty("paths");
    }
  });

  test("says what BentoML says", async () => {
    const document = await documentOf(Typed, "/docs.json");
    expect(document).toMatchObject({
      info: { title: "typed", version: "not available", description: "Inputs & outputs of <every> kind" },
      servers: [{ url: "." }],
      paths: {
        "/greet": {
          post: {
            "x-bentoml-name": "greet",
            operationId: "typed__greet",
            description: "Greets somebody.",
            requestBody: { content: { "application/json": {} } },
            responses: { "200": { content: { "text/plain": {} } }, "400": {}, "404": {}, "500": {} },
          },
        },
        "/deep/next": { post: { "x-bentoml-name": "following" } },
        "/livez": { get: { tags: ["Infrastructure"] } },
        "/metrics": {},
      },
      components: { schemas: { greet__Input: { required: ["who"] } } },
    });
  });
});

describe("what callers may say and are told in headers", () => {
  const operationOf = async (apiOptions: object, traffic?: object) => {
    const apis = { one: api({ output: z.number(), ...apiOptions }, () => 1) };
    const Told = defineService({ name: "told", apis, ...(traffic && { traffic }) });
    await using app = await createApp(Told);
    const text = await (await app.request("/docs.json")).text();
    expect(await validate(JSON.parse(text))).toMatchObject({ valid: true });
    const { paths } = (await dereference(JSON.parse(text))) as { paths: { "/one": { post: Operation } } };
    return paths["/one"].post;
  };
  interface Operation {
    readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: { readonly pattern?: string } }[];
    readonly responses: Readonly<Record<string, { readonly headers?: object }>>;
  }

  test("every endpoint: how long the caller waits, and when to try again", { timeout: 60_000 }, async () => {
    const { parameters, responses } = await operationOf({});
    expect(parameters.map(({ name, in: where }) => `${where} ${name}`)).toEqual(["header X-Request-Timeout"]);
    const pattern = new RegExp(parameters[0]?.schema.pattern as string);
    for (const text of ["1", "0.25", "500ms", "2s", "x", "-1", "1m", ""]) {
      const isRead = parseRequestTimeout(text) !== undefined;
      expect(pattern.test(text), text).toBe(isRead);
    }
    expect(Object.keys(responses)).toEqual(["200", "400", "404", "429", "500", "503", "504"]);
    const told = Object.entries(responses).flatMap(([status, { headers }]) =>
      headers === undefined ? [] : [[status, Object.keys(headers)]],
    );
    expect(told).toEqual([
      ["429", ["Retry-After"]],
      ["503", ["Retry-After"]],
    ]);
  });

  test("where they mean something: which event was the last, priorities, and whose share it is", { timeout: 60_000 }, async () => {
    const traffic = { maxConcurrency: 4, fairness: { header: "x-tenant" }, priorities: "header" };
    const { parameters } = await operationOf({ stream: true, replay: {} }, traffic);
    expect(parameters.map(({ name }) => name)).toEqual(["X-Request-Timeout", "Last-Event-ID", "Priority", "x-tenant"]);
  });
});

describe("schema.json", () => {
  test("says what BentoML's clients read, and more", async () => {
    const document = await documentOf(Odd, "/schema.json");
    expect(document).toMatchObject({ name: "odd-one", type: "service", description: "Unions, nullable and recursive things" });
    const routes = document["routes"] as { name: string; input: Record<string, unknown>; output: Record<string, unknown> }[];
    expect(routes.map(({ name }) => name)).toEqual(["choose", "count", "grow", "tuple_2"]);
    const [choose, count, grow, tuple] = routes;
    expect(choose).toMatchObject({
      route: "/choose",
      is_task: false,
      batchable: false,
      input: { type: "object" },
      output: { type: "string" },
    });
    expect(choose?.input).not.toHaveProperty("root_input");
    expect(count).toMatchObject({ doc: "Counts *up*.", input: { root_input: true }, output: { type: "number", is_stream: true } });
    expect(grow?.input["properties"]).toHaveProperty("shape");
    expect(tuple).toMatchObject({ member: "tuple", route: "/tu-ple", input: { root_input: true, type: "array", items: {} } });
    expect(arraysWithout(document)).toEqual([]);
  });

  test("says which endpoints are batchable, and no more of it than BentoML", async () => {
    const Gathering = defineService({
      name: "gathering",
      apis: {
        shout: api(
          { input: z.array(z.string()), batchable: true, maxBatchSize: 8, batchPolicy: () => ({ type: "run", items: 1 }) },
          (texts) => texts,
        ),
        whisper: api({ input: z.array(z.string()) }, (texts) => texts),
      },
    });
    const document = await documentOf(Gathering, "/schema.json");
    const [shout, whisper] = document["routes"] as [object, object];
    expect(shout).toMatchObject({ name: "shout", batchable: true });
    expect(whisper).toMatchObject({ name: "whisper", batchable: false });
    expect(Object.keys(shout)).toEqual(["name", "route", "batchable", "is_task", "input", "output"]);
  });

  test("is not made for a batchable endpoint whose document shows no array", async () => {
    const Flat = defineService({
      name: "flat",
      apis: { one: { options: { input: z3.string(), batchable: true }, handler: () => [] } },
    });
    await expect(createApp(Flat)).rejects.toMatchObject({
      code: "BENTO_SERVICE_INVALID",
      message: expect.stringContaining("holds no array") as string,
    });
  });

  test("routes carry the prefix", async () => {
    expect(await documentOf(Prefixed, "/schema.json")).toMatchObject({ routes: [{ name: "echo", route: "/v1/echo" }] });
  });
});

describe("the page", () => {
  beforeAll(async () => {
    // @ts-expect-error -- a script of the build, which has no declarations
    const { buildPage } = await import("../scripts/build-page.mjs");
    await buildPage();
  });

  test("is served whole from here, and nothing from elsewhere may load", async () => {
    await using app = await createApp(Typed);
    const response = await app.request("/");
    const html = await response.text();
    expect(html).toContain("<title>typed</title>");
    expect(html).toContain("Inputs &amp; outputs of &lt;every&gt; kind");
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    const references = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? "").filter((url) => url !== "data:,");
    expect(references.filter((url) => !url.endsWith(".json"))).toHaveLength(2);
    expect(html.replaceAll(/<script src="[^"]+" type="module"><\/script>/g, "")).not.toMatch(/<script|<style|\sstyle=|\son\w+=/);
    for (const reference of references) {
      expect(reference).toMatch(/^\.\/(?:static_content\/page\.(?:js|css)|docs\.json|schema\.json)$/);
      const asset = await app.request(new URL(reference, "http://localhost/").pathname);
      expect([asset.status, (await asset.text()).length > 100]).toEqual([200, true]);
    }
    const script = await (await app.request("/static_content/page.js")).text();
    expect(html + script).not.toMatch(/https?:\/\//);
    // Nothing that a service or an answer says can become markup, or run.
    expect(script).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc/);
  });

  test("is asked for once, and then only whether it is still the same", async () => {
    await using app = await createApp(Typed);
    const first = await app.request("/static_content/page.js");
    const etag = first.headers.get("etag") ?? "";
    expect([first.headers.get("cache-control"), etag]).toEqual(["no-cache", expect.stringMatching(/^"[0-9a-f]{16}"$/)]);
    const again = await app.request("/static_content/page.js", { headers: { "if-none-match": etag } });
    expect([again.status, await again.text()]).toEqual([304, ""]);
    expect((await app.request("/static_content/page.js", { headers: { "if-none-match": '"other"' } })).status).toBe(200);
  });

  test("finds the routes of a service with a prefix", async () => {
    await using app = await createApp(Prefixed);
    expect(await (await app.request("/v1/")).text()).toContain('data-root="../"');
    expect(new URL("../schema.json", "http://localhost/v1/").pathname).toBe("/schema.json");
  });

  test("no other file can be had through it", async () => {
    await using app = await createApp(Typed);
    for (const path of [
      "..%2f..%2fpackage.json",
      "../../package.json",
      "%2e%2e/package.json",
      "LICENSE",
      "/etc/passwd",
      "page.css/",
      "..\\..\\package.json",
    ]) {
      expect((await app.request(`/static_content/${path}`)).status).not.toBe(200);
    }
  });

  test("can be left out", async () => {
    await using app = await createApp(Typed, { docs: false });
    for (const path of ["/", "/docs.json", "/static_content/page.js"]) expect((await app.request(path)).status).toBe(404);
    expect((await app.request("/schema.json")).status).toBe(200);
  });
});

/** Paths of array schemas that a Python client would stumble over. */
function arraysWithout(node: unknown, path = ""): string[] {
  if (typeof node !== "object" || node === null) return [];
  const record = node as Record<string, unknown>;
  const own = record["type"] === "array" && (typeof record["items"] !== "object" || record["items"] === null) ? [path] : [];
  return [...own, ...Object.entries(record).flatMap(([key, value]) => arraysWithout(value, `${path}/${key}`))];
}

test("OpenAPI tells of kinds in its own words", async () => {
  const document = (await documentOf(Kinds, "/docs.json")) as {
    readonly paths: Record<
      string,
      { readonly post: { readonly requestBody: { content: object }; readonly responses: { readonly 200: { content: object } } } }
    >;
    readonly components: { readonly schemas: Record<string, unknown> };
  };
  const { schemas } = document.components;
  expect(schemas["bind__Input"]).toMatchObject({
    properties: {
      scans: { type: "array", items: { type: "string", format: "binary" } },
      points: { type: "array", items: { type: "array", items: { type: "number", format: "float" }, minItems: 2, maxItems: 2 } },
      people: { type: "array", items: { type: "object", properties: { name: {}, age: {} } } },
      note: { type: "string", description: "What they are about" },
    },
  });
  expect(schemas["words__Output"]).toMatchObject({ type: "object", properties: { word: { type: "array", items: {} } } });
  const contents = Object.entries(document.paths).flatMap(([path, { post }]) =>
    post?.requestBody === undefined ? [] : [[path, Object.keys(post.requestBody.content), Object.keys(post.responses[200].content)]],
  );
  const [safetensors, arrow] = ["application/x-safetensors", "application/vnd.apache.arrow.stream"];
  expect(contents).toEqual([
    ["/bind", ["application/json", "multipart/form-data", safetensors, arrow], ["application/pdf"]],
    ["/read", ["application/octet-stream"], ["application/json", safetensors, arrow]],
    ["/words", ["audio/*"], ["application/json", arrow]],
  ]);
  expect(document.paths["/bind"]?.post.requestBody.content).toMatchObject({
    "multipart/form-data": { encoding: { points: { contentType: "application/json" }, note: { contentType: "application/json" } } },
  });
});
