import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FaultProxy, type FaultsOf } from "../../../test/support/fault-proxy.js";
import { scheduled } from "../../../test/support/fault-schedule.js";
import type { Direction, Fault } from "../../../test/support/faulty-pipe.js";
import { ContentRegistry } from "./support/content-registry.js";
import { contentsOf, Machine, mib } from "./support/content-work.js";

let registry: ContentRegistry;
let machine: Machine;
let url: string;

beforeEach(async () => {
  registry = await ContentRegistry.start();
  url = registry.url;
  machine = await Machine.make(() => url);
});
afterEach(async () => {
  await machine[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

const kinds: readonly Fault["kind"][] = ["drop", "close", "corrupt", "hold"];

/** All but every fifth connection meet something, each kind in turn, behind what is said before the first part. */
function faults(on: Direction, seed: number): FaultsOf {
  return scheduled({ seed, kinds, on, from: 256 * 1024, to: 256 * 1024 + 8 * mib });
}

/** How often the rarest of them came about. */
function rarest(proxy: FaultProxy): number {
  return Math.min(...kinds.map((kind) => proxy.met[kind]));
}

test("a push through a network that drops, cuts off, corrupts and delays arrives whole", async () => {
  const model = await machine.save("clf:v1", { weights: 200 * mib, other: 100 });
  await using proxy = await FaultProxy.start(registry.port, { faultsOf: faults("request", 3) });
  ({ url } = proxy);
  expect(await machine.push(model, { retries: 50 })).toMatchObject({ outcome: "pushed" });
  expect(rarest(proxy)).toBeGreaterThan(0);
  expect([...registry.parts.values()].reduce((total, { length }) => total + length, 0)).toBe(model.size);
  expect(new Set(registry.taken).size).toBe(registry.parts.size);
});

test("a pull through such a network brings what was pushed", async () => {
  const model = await machine.save("clf:v1", { weights: 200 * mib, other: 100 });
  await machine.push(model);
  await using other = await Machine.make(() => url);
  await using proxy = await FaultProxy.start(registry.port, { faultsOf: faults("response", 5) });
  ({ url } = proxy);
  const pulled = await other.pull("clf:v1", { retries: 50 });
  expect(rarest(proxy)).toBeGreaterThan(0);
  expect((await pulled.verify()).status).toBe("ok");
  expect(await contentsOf(pulled)).toEqual(await contentsOf(model));
});

test("a part goes on where a connection broke: none has to come through in one piece", async () => {
  const model = await machine.save("clf:v1", { weights: 40 * mib });
  await machine.push(model);
  await using other = await Machine.make(() => url);
  // No connection brings a whole part.
  await using proxy = await FaultProxy.start(registry.port, {
    faultsOf: () => ({ kind: "drop", on: "response", at: 3 * mib }),
  });
  ({ url } = proxy);
  const pulled = await other.pull("clf:v1", { retries: 2 });
  expect(await contentsOf(pulled)).toEqual(await contentsOf(model));
  expect(proxy.met.drop).toBeGreaterThan(10);
});

test("a registry that is gone is given up after so many tries, and what landed stays for the next", async () => {
  const model = await machine.save("clf:v1", { weights: 60 * mib });
  await machine.push(model);
  await using other = await Machine.make(() => url);
  registry.intercept = ({ url: asked, socket }) => {
    if (!/\/content\/[0-9a-f]{64}/.test(asked ?? "") || registry.given.length < 3) return false;
    socket.destroy();
    return true;
  };
  await expect(other.pull("clf:v1", { retries: 2 })).rejects.toMatchObject({ code: "BENTO_REGISTRY_FAILED" });
  expect(await other.store.listTags()).toEqual([]);
  expect(readdirSync(join(other.home, "tmp", "transfers"))).toHaveLength(1);
  registry.intercept = () => false;
  registry.given.length = 0;
  await other.pull("clf:v1");
  expect(registry.given.length).toBeLessThan(registry.parts.size);
});

test("one that asks to wait is waited for", async () => {
  const model = await machine.save("clf:v1", { weights: 20 * mib });
  let refused = 0;
  registry.intercept = ({ method }, response) => {
    if (method !== "PUT" || refused >= 5) return false;
    refused += 1;
    response.writeHead(refused % 2 === 0 ? 503 : 429, { "retry-after": "0" }).end("{}");
    return true;
  };
  expect(await machine.push(model)).toMatchObject({ outcome: "pushed" });
  expect(refused).toBe(5);
});
