import { readFileSync } from "node:fs";
import { endEvent, eventStreamType, itemEvent } from "@bento/core";
import { expect, test } from "vitest";
import { discover, type ServiceDocument } from "../src/index.js";
import { digitsSchema } from "./digits.js";
import { json, listen } from "./listen.js";

const recorded = JSON.parse(readFileSync(new URL("./fixtures/python-exchanges.json", import.meta.url), "utf8")) as Record<
  string,
  { readonly schema: ServiceDocument }
>;

test("a service is known by what it says of itself", async () => {
  await using server = await listen(({ path, body }, response) => {
    if (path === "/schema.json") return json(response, { ...digitsSchema, description: "Reads digits." });
    if (path === "/count") return response.writeHead(200, { "content-type": eventStreamType }).end(itemEvent(1) + itemEvent(2) + endEvent);
    return response.end(body.toUpperCase());
  });
  const found = await discover(`${server.url}/`);
  expect(found).toMatchObject({ url: server.url, name: "digits", description: "Reads digits." });
  expect(found.endpoints.map(({ name }) => name)).toEqual(["born", "classify", "count", "echo", "wire-name", "train"]);
  expect(await found.call("echo", "hi")).toBe("HI");
  const items: unknown[] = [];
  for await (const item of found.call("count", { n: 2 })) items.push(item);
  expect(items).toEqual([1, 2]);
  await expect(found.call("nothing")).rejects.toMatchObject({ code: "BENTO_NOT_FOUND" });
  expect(server.seen.filter(({ path }) => path === "/schema.json")).toHaveLength(1);
});

test.each(Object.entries(recorded))("the Python service of %s is known too", async (_name, { schema }) => {
  await using server = await listen(({ path }, response) =>
    path === "/schema.json" ? json(response, schema) : response.writeHead(path === "/readyz" ? 200 : 500).end("\n"),
  );
  const found = await discover(server.url);
  expect(found.endpoints.map(({ name, route }) => [name, route])).toEqual(schema.routes.map(({ name, route }) => [name, route]));
  expect(await found.isReady()).toBe(true);
  await found.waitUntilReady();
});

test("what describes no service is none", async () => {
  await using server = await listen((_seen, response) => json(response, { openapi: "3.0.0" }));
  await expect(discover(server.url)).rejects.toMatchObject({ code: "BENTO_REMOTE_FAILED" });
  await expect(discover("service")).rejects.toMatchObject({ code: "BENTO_CONFIG_INVALID" });
});
