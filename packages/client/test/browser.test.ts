import { createContext, runInContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { endEvent, eventStreamType, itemEvent } from "@bento/core";
import type { OutputChunk } from "rolldown";
import { expect, test } from "vitest";
import type { createClient } from "../src/index.js";
import { bundle } from "./bundle.js";
import { type Digits, digitsSchema } from "./digits.js";
import { listen } from "./listen.js";

/** What a page loads with one of the chunks, before it asks for anything more. Bytes, compressed. */
function loadedWith(first: OutputChunk, chunks: readonly OutputChunk[]): number {
  const names = new Set([first.fileName]);
  for (const name of names) for (const next of chunks.find(({ fileName }) => fileName === name)?.imports ?? []) names.add(next);
  const loaded = chunks.filter(({ fileName }) => names.has(fileName));
  return loaded.reduce((sum, { code }) => sum + gzipSync(code).byteLength, 0);
}

test("what every page loads imports nothing and is small; the rest is loaded when it is needed", async () => {
  const chunks = await bundle("es");
  const first = chunks.find(({ isEntry }) => isEntry);
  if (!first) throw new Error("there is no entry");
  const all = chunks.flatMap(({ moduleIds }) => moduleIds);
  expect(all.filter((id) => id.startsWith("node:") || id.includes("browser-external") || id.includes("node_modules"))).toEqual([]);
  const bytes = loadedWith(first, chunks);
  const later = chunks.filter(({ isDynamicEntry }) => isDynamicEntry).map(({ name }) => name);
  expect(later.toSorted()).toEqual([
    "kind-input",
    "kind-output",
    "open-stream",
    "stream-input",
    "table-codec",
    "tensor-codec",
    "xhr-fetch",
  ]);
  const whole = chunks.reduce((sum, { code }) => sum + gzipSync(code).byteLength, 0);
  // 14,300 and 36,000 when this was written.
  expect(bytes).toBeLessThan(15_000);
  expect(whole).toBeLessThan(40_000);
}, 60_000);

test("it works where there is nothing but the web's own", async () => {
  await using server = await listen(({ path, body }, response) => {
    if (path === "/schema.json") return response.end(JSON.stringify(digitsSchema));
    if (path === "/count") return response.writeHead(200, { "content-type": eventStreamType }).end(itemEvent(1) + endEvent);
    return response.end(body.toUpperCase());
  });
  const [bundled] = await bundle("iife");
  const web = { fetch, Headers, URL, AbortController, TextDecoder, setTimeout, clearTimeout, location: { href: `${server.url}/page/` } };
  const bare = runInContext(`${bundled?.code}; bento`, createContext({ ...web })) as { createClient: typeof createClient };
  const client = bare.createClient<Digits>("/");
  expect(await client.echo("hi")).toBe("HI");
  expect(Array.from(await client.count({ n: 1 }))).toEqual([1]);
});
