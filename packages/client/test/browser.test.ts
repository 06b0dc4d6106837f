import { createContext, runInContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import { endEvent, eventStreamType, itemEvent } from "@bento/core";
import { build, type Rollup } from "vite";
import { beforeAll, expect, test } from "vitest";
import type { createClient } from "../src/index.js";
import { type Digits, digitsSchema } from "./digits.js";
import { listen } from "./listen.js";

let bundle: Rollup.OutputChunk;

beforeAll(async () => {
  const outputs = await build({
    configFile: false,
    logLevel: "silent",
    resolve: { conditions: ["@bento/source"] },
    build: { write: false, lib: { entry: fileURLToPath(new URL("../src/index.ts", import.meta.url)), formats: ["iife"], name: "bento" } },
  });
  const [output] = outputs as Rollup.RollupOutput[];
  const chunk = output?.output[0];
  if (chunk?.type !== "chunk") throw new Error("vite made no chunk");
  bundle = chunk;
}, 60_000);

test("the bundle imports nothing and is small", () => {
  expect(bundle.imports).toEqual([]);
  expect(bundle.dynamicImports).toEqual([]);
  expect(bundle.moduleIds.filter((id) => id.startsWith("node:") || id.includes("__vite-browser-external"))).toEqual([]);
  expect(gzipSync(bundle.code).byteLength).toBeLessThan(15_000);
});

test("it works where there is nothing but the web's own", async () => {
  await using server = await listen(({ path, body }, response) => {
    if (path === "/schema.json") return response.end(JSON.stringify(digitsSchema));
    if (path === "/count") return response.writeHead(200, { "content-type": eventStreamType }).end(itemEvent(1) + endEvent);
    return response.end(body.toUpperCase());
  });
  const web = { fetch, Headers, URL, AbortController, TextDecoder, setTimeout, clearTimeout, location: { href: `${server.url}/page/` } };
  const bare = runInContext(`${bundle.code}; bento`, createContext({ ...web })) as { createClient: typeof createClient };
  const client = bare.createClient<Digits>("/");
  expect(await client.echo("hi")).toBe("HI");
  expect(Array.from(await client.count({ n: 1 }))).toEqual([1]);
});
