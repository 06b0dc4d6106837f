import { describe, expect, test } from "vitest";

import { type Difference, type Exchange, readExchanges, replay } from "./bentoml-replay.js";
import { Crossed, Failing, holding, Limited, Metered, Prefixed, Routed, Streams, Unwell } from "./bentoml-zoo.js";
import { type Door, doors, open } from "./doors.js";
import { gate } from "./gate.js";

const services = { Streams, Routed, Prefixed, Failing, Limited, Unwell, Metered, Crossed };
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

const exchanges = readExchanges("bentoml-web-exchanges.jsonl");

test("each difference is one of a recorded exchange", () => {
  const ids = new Set(exchanges.map(({ id }) => id));
  expect(Object.keys(differences).filter((id) => !ids.has(id))).toEqual([]);
});

describe.each(doors)("what BentoML was asked, by %s", (door) => {
  test.each(Object.entries(services))("%s", async (name, service) => {
    await using ours = await open(door, service);
    const asked = exchanges.filter((exchange) => exchange.service === name);
    expect(asked.length).toBeGreaterThan(5);
    for (const exchange of asked.filter(({ group }) => group === undefined)) await replay(ours, exchange, differences[exchange.id]);
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
  holding.isHeld = true;
  const held = [one, two].map((exchange) => replay(ours, exchange, differences[exchange.id]));
  await expect.poll(() => holding.count - count).toBe(2);
  for (const exchange of others) await replay(ours, exchange, differences[exchange.id]);
  release.open();
  await Promise.all(held);
  Object.assign(holding, { isHeld: false, release: gate() });
}
