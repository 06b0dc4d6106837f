import { MemoryModelStore } from "@bento/store";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { Executor } from "../executor/executor.js";
import type { ServiceOutline } from "../executor/outline.js";
import type { Pins } from "../workers/messages.js";
import { followLatest } from "./follow-latest.js";

let store: MemoryModelStore;
let served: Pins;
let tried: string[];
let broken: string[];
let renewed: number;
let errors: string[];
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  store = new MemoryModelStore();
  await save("v1");
  [served, tried, broken, renewed, errors] = [{ "digits:latest": "digits:v1" }, [], [], 0, []];
});
afterEach(() => void vi.useRealTimers());

const save = (version: string) => store.create(`digits:${version}`, {}, (draft) => draft.write("a.txt", version));

async function follow() {
  const executor = {
    followed: () => served,
    renew: async (to: Pins) => {
      const wanted = String(to["digits:latest"]);
      tried.push(wanted);
      if (broken.includes(wanted)) throw new Error("a broken start");
      served = to;
      return {} as ServiceOutline;
    },
  } as Pick<Executor, "followed" | "renew"> as Executor;
  const logger = { info: () => undefined, warn: () => undefined, error: (_: object, message: string) => void errors.push(message) };
  return followLatest({
    service: "Telling",
    executor,
    follow: { pollMs: undefined },
    store,
    logger,
    onRenewed: () => void (renewed += 1),
  });
}

/** Time for several looks at the store. */
const look = () => vi.advanceTimersByTimeAsync(10_000);

test("what a service cannot start with is tried once, however often somebody looks, until something newer is there", async () => {
  const following = await follow();
  broken = ["digits:v2"];
  await save("v2");
  await look();
  await look();
  expect([tried, served, renewed]).toEqual([["digits:v2"], { "digits:latest": "digits:v1" }, 0]);
  expect(errors).toEqual([expect.stringMatching(/^Telling goes on with digits:v1: .*digits:v2.*a broken start$/)]);
  await save("v3");
  await look();
  expect([tried, served, renewed]).toEqual([["digits:v2", "digits:v3"], { "digits:latest": "digits:v3" }, 1]);
  following?.stop();
});

test("a store of this process alone is followed too; what is gone from it goes on being served, and nothing follows after the end", async () => {
  const following = await follow();
  await store.delete("digits");
  await look();
  expect(tried).toEqual([]);
  await save("v2");
  await look();
  expect(tried).toEqual(["digits:v2"]);
  following?.stop();
  await save("v3");
  await look();
  expect(tried).toEqual(["digits:v2"]);
});

test("who declares nothing that could move is told so", async () => {
  served = {};
  expect(await follow()).toBeUndefined();
});
