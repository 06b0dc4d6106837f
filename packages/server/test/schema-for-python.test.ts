import { api, defineService } from "@bento/sdk";
import { bytes } from "@bento/sdk/kinds";
import { expect, test } from "vitest";
import { z } from "zod";

import { createApp } from "../src/index.js";

const Point = z.object({ x: z.int(), y: z.int().default(0) });

const Python = defineService({
  name: "python",
  apis: {
    blocks: api({ input: z.object({}), output: bytes() }, async function* () {
      yield new Uint8Array([255]);
    }),
    move: api({ input: z.union([Point]), output: Point }, (point) => point),
    raw: api({ input: bytes(), output: bytes() }, (data) => data),
    within: api({ input: z.object({ data: bytes() }), output: z.object({ data: bytes() }) }, (input) => input),
  },
});

interface Route {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly output: Readonly<Record<string, unknown>>;
}

async function routesOf(): Promise<Readonly<Record<string, Route>>> {
  await using app = await createApp(Python);
  const { routes } = (await (await app.request("/schema.json")).json()) as { routes: Route[] };
  return Object.fromEntries(routes.map((route) => [route.name, route]));
}

test("bytes that are a whole answer are binary, as BentoML's clients ask; within JSON they are base64", async () => {
  const { raw, blocks, within } = await routesOf();
  expect(raw?.output).toMatchObject({ type: "string", format: "binary", "x-bento-type": "bytes" });
  expect(blocks?.output).toMatchObject({ type: "string", format: "binary", is_stream: true });
  expect(within?.output).toMatchObject({ properties: { data: { type: "string", contentEncoding: "base64" } } });
  expect(within?.output).not.toHaveProperty(["properties", "data", "format"]);
});

test("a body that is one object shows its properties, for which BentoML's clients look", async () => {
  const { move } = await routesOf();
  expect(move?.input).toMatchObject({ root_input: true, type: "object", required: ["x"], properties: { x: { type: "integer" }, y: {} } });
  expect(move?.input).not.toHaveProperty("anyOf");
});

test("such a body is the object, and not what it holds by name", async () => {
  await using app = await createApp(Python);
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: '{"x":1}' };
  expect(await (await app.request("/move", init)).json()).toEqual({ x: 1, y: 0 });
  const bytesOf = async (path: string) => [
    ...(await (await app.request(path, { method: "POST", body: new Uint8Array([255, 1]) })).bytes()),
  ];
  expect(await bytesOf("/raw")).toEqual([255, 1]);
});
