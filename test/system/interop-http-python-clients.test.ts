import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PythonSession } from "./support/python-session.js";
import { serveZoo, zooModules } from "./support/served-zoo.js";
import { meaningOf, type PythonResult, readCalls, type RecordedCall } from "./support/zoo-calls.js";
import { differenceOf, zooDifferences } from "./support/zoo-differences.js";

const calls = readCalls();
const clients = ["sync", "sync-service", "async", "async-service"] as const;
const services = Object.keys(zooModules) as (keyof typeof zooModules)[];

let python: PythonSession;
beforeAll(async () => {
  python = await PythonSession.start();
});
afterAll(() => python[Symbol.asyncDispose]());

describe.each([
  ["in process", undefined],
  ["in two workers", 2],
])("what Python's clients get from our zoo %s", (_how, workers) => {
  test.each(services)("%s", async (name) => {
    await using server = await serveZoo(name, workers);
    for (const client of clients) {
      const asked = calls.filter((call) => call.service === name && call.client === client);
      const results = await python.zooCalls(server.url, asked);
      for (const [at, call] of asked.entries()) expectResult(call, results[at] as PythonResult);
    }
  });
});

/** It is the recorded one, or the one that differs on purpose, of whose error the message is not compared. */
function expectResult({ id, result }: RecordedCall, got: PythonResult): void {
  const difference = differenceOf(id);
  if (difference === undefined) return expect([id, meaningOf(got)]).toEqual([id, meaningOf(result)]);
  const { message: _message, ...rest } = got;
  expect([id, rest.type === "raised" ? rest : got]).toEqual([id, difference.result]);
}

test("each difference is one of recorded calls", () => {
  const known = new Set(calls.flatMap(({ id }) => [id, id.slice(0, id.indexOf("@"))]));
  expect(zooDifferences.flatMap((difference) => difference.calls).filter((call) => !known.has(call))).toEqual([]);
});

test("every recorded call is made", () => {
  expect(calls).toHaveLength(695);
  expect(new Set(calls.map(({ service }) => service))).toEqual(new Set(services));
  expect(new Set(calls.map(({ client }) => client))).toEqual(new Set(clients));
});
