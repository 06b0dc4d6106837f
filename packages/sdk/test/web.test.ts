import { api, counter, defineService, gauge, histogram, liveness, metrics, mount, readiness, service } from "@bento/sdk";
import { measureFigures, publicMembersWithoutEndpoint, specOf } from "@bento/sdk/runtime";
import { describe, expect, test } from "vitest";
import { z } from "zod";

const invalid = (message: RegExp) =>
  expect.objectContaining({ code: "BENTO_SERVICE_INVALID", message: expect.stringMatching(message) as string });
const fetcher = { fetch: () => new Response("hi"), routes: [{ path: "/ping" }, { path: "/ping" }, { path: "/*" }] };

@service({
  mounts: [mount("/side", fetcher), mount("/", (_request, response) => response.end())],
  traceId: true,
  cors: { origin: ["https://a"] },
})
class Web {
  @readiness() isReady() {
    return true;
  }
  @liveness() async isAlive() {
    return false;
  }
  @metrics() rewritten(text: string) {
    return `${text}more 1\n`;
  }
  @api({ input: z.object({}), output: z.string(), route: "/items/{key}/of/{owner}" }) item() {
    return "x";
  }
}

describe("a service on the web", () => {
  test("hooks that are asked are members of the spec, and no endpoints", async () => {
    const spec = specOf(Web);
    const web = new Web();
    expect(await spec.readiness[0]?.run(web)).toBe(true);
    expect(await spec.liveness[0]?.run(web)).toBe(false);
    expect(spec.metrics[0]?.run(web, "some 1\n")).toBe("some 1\nmore 1\n");
    expect(publicMembersWithoutEndpoint(spec)).toEqual([]);
    expect(spec.apis.map(({ route }) => route)).toEqual(["/items/{key}/of/{owner}"]);
    expect([spec.traceId, spec.cors]).toEqual([true, { origin: ["https://a"] }]);
  });

  test("the same without decorators", async () => {
    const spec = specOf(
      defineService({ name: "web", apis: {}, readiness: () => false, liveness: () => true, metrics: (text) => text.trim() }),
    );
    expect(spec.readiness[0]?.run({})).toBe(false);
    expect(spec.liveness[0]?.run({})).toBe(true);
    expect(spec.metrics[0]?.run({}, " a ")).toBe("a");
    expect([spec.traceId, spec.cors, spec.mounts]).toEqual([false, undefined, []]);
  });

  test("mounts tell what they are, and which paths they have", () => {
    const { mounts } = specOf(Web);
    expect(mounts.map(({ path, handler, routes }) => [path, handler.kind, routes()])).toEqual([
      ["/side", "fetch", ["/ping"]],
      ["/", "node", []],
    ]);
    expect(mount("/a", () => new Response("")).handler.kind).toBe("fetch");
    expect(mount("/a", (request: Request, _more?: unknown) => new Response(request.url), { kind: "fetch" }).handler.kind).toBe("fetch");
  });

  test.each<[string, () => unknown, RegExp]>([
    ["no path", () => mount("side", fetcher), /"side"/],
    ["no app", () => mount("/side", {} as never), /answers no requests/],
    ["a hand-made mount", () => specOf(defineService({ name: "a", apis: {}, mounts: [{}] as never })), /not made by mount/],
    [
      "one path twice",
      () => specOf(defineService({ name: "a", apis: {}, mounts: [mount("/a", fetcher), mount("/a", fetcher)] })),
      /two mounts at "\/a"/,
    ],
    ["traceId", () => specOf(defineService({ name: "a", apis: {}, traceId: 1 as never })), /traceId/],
    ["cors", () => specOf(defineService({ name: "a", apis: {}, cors: { origin: 1 as never } })), /cors\.origin/],
    ["an option of cors", () => specOf(defineService({ name: "a", apis: {}, cors: { origins: "*" } as never })), /"origins"/],
    [
      "two routes that differ by names alone",
      () => specOf(defineService({ name: "a", apis: { one: api({ route: "/a/{x}" }, () => 1), two: api({ route: "/a/{y}" }, () => 2) } })),
      /two apis/,
    ],
  ])("%s is refused", (_, make, message) => {
    expect(make).toThrow(invalid(message));
  });
});

describe("measures", () => {
  test("count in plain numbers, and are one by name", () => {
    const calls = counter("web_calls_total", { help: "Calls", labels: ["kind"] });
    calls.inc(1, { kind: "a" });
    counter("web_calls_total", { help: "Calls", labels: ["kind"] }).inc(2, { kind: "a" });
    calls.inc(5, { kind: 'b"\n' });
    const open = gauge("web_open", { help: "Open" });
    open.set(7);
    open.inc();
    open.dec(2);
    const sizes = histogram("web_sizes", { help: "Sizes", buckets: [1, 2] });
    for (const size of [1, 1.5, 2, 3]) sizes.observe(size);
    expect(measureFigures()).toMatchObject({
      web_calls_total: { kind: "counter", help: "Calls", labels: ["kind"], series: { '["a"]': 3, '["b\\"\\n"]': 5 } },
      web_open: { kind: "gauge", series: { "": 6 } },
      web_sizes: { kind: "histogram", bounds: [1, 2], series: { "": { count: 4, sum: 7.5, buckets: [1, 2, 1] } } },
    });
  });

  test("tell a thousand sets of labels apart, and count the rest together", () => {
    const many = counter("web_many_total", { help: "Many", labels: ["id"] });
    for (let id = 0; id < 1100; id += 1) many.inc(1, { id });
    const { series } = many.figures();
    expect(Object.keys(series)).toHaveLength(1001);
    expect(series['["other"]']).toBe(100);
  });

  test.each<[string, () => unknown]>([
    ["a name that is none", () => counter("a b", { help: "" })],
    ["a name of the server's", () => counter("bentoml_service_request_total", { help: "" })],
    ["a label that is none", () => gauge("web_a", { help: "", labels: ["a b"] })],
    ["a label twice", () => gauge("web_b", { help: "", labels: ["a", "a"] })],
    ["bounds that do not ascend", () => histogram("web_c", { help: "", buckets: [2, 1] })],
    ["a name that is taken", () => [counter("web_d", { help: "" }), gauge("web_d", { help: "" })]],
  ])("%s is refused", (_, make) => {
    expect(make).toThrow(invalid(/./));
  });

  test("a counter does not shrink", () => {
    expect(() => counter("web_e_total", { help: "" }).inc(-1)).toThrow(expect.objectContaining({ code: "BENTO_INTERNAL" }));
  });
});
