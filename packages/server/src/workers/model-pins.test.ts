import { MemoryModelStore } from "@bento/store";
import { expect, test } from "vitest";

import { ModelPins } from "./model-pins.js";

async function storeWith(...tags: readonly string[]): Promise<MemoryModelStore> {
  const store = new MemoryModelStore();
  for (const tag of tags) await store.create(tag, {}, (draft) => draft.write("a.txt", tag));
  return store;
}

test("what was asked for once stays what it was", async () => {
  const store = await storeWith("digits:v1");
  const pins = new ModelPins(store);
  expect(await pins.of(["digits:latest", "extra:latest"])).toEqual({ "digits:latest": "digits:v1", "extra:latest": null });
  await store.create("digits:v2", {}, (draft) => draft.write("a.txt", "2"));
  await store.create("extra:v1", {}, (draft) => draft.write("a.txt", "1"));
  expect(await pins.of(["extra:latest", "digits:latest"])).toEqual({ "digits:latest": "digits:v1", "extra:latest": null });
  expect(pins.known).toEqual({ "digits:latest": "digits:v1", "extra:latest": null });
});

test("what the first constructor used holds for all, also for one that used another", async () => {
  const pins = new ModelPins(await storeWith("digits:v1", "digits:v2"));
  const [first, second] = await Promise.all([
    pins.of(["digits:latest"], { "digits:latest": "digits:v1" }),
    pins.of(["digits:latest"], { "digits:latest": "digits:v2" }),
  ]);
  expect([first, second]).toEqual([{ "digits:latest": "digits:v1" }, { "digits:latest": "digits:v1" }]);
});

test("forgetting lets the newest in, and can be taken back", async () => {
  const store = await storeWith("digits:v1");
  const pins = new ModelPins(store);
  await pins.of(["digits:latest"]);
  await store.create("digits:v2", {}, (draft) => draft.write("a.txt", "2"));
  const remember = pins.forget();
  expect(await pins.of(["digits:latest"])).toEqual({ "digits:latest": "digits:v2" });
  remember();
  expect(await pins.of(["digits:latest"])).toEqual({ "digits:latest": "digits:v1" });
});
