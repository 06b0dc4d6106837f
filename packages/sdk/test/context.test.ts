import { MemoryModelStore } from "@bento/store";
import { describe, expect, test } from "vitest";
import { api, BentoModel, type Context, getContext, onStartup, service } from "@bento/sdk";
import { construct, runWithContext, specOf } from "@bento/sdk/runtime";
import { save } from "./counting-store.js";

@service()
class Asks {
  @onStartup() protected ask() {
    return getContext();
  }
  @api() async deep(): Promise<string> {
    await Promise.resolve();
    return getContext().requestId;
  }
  @api() async *stream() {
    yield getContext().requestId;
    await Promise.resolve();
    yield getContext().requestId;
  }
}

const context = (requestId: string) => ({ requestId }) as Context;
const outside = expect.objectContaining({ code: "BENTO_SERVICE_INVALID", hint: expect.stringContaining("api method") as string }) as Error;

describe("getContext", () => {
  const { instance, binding } = construct(specOf(Asks), { store: new MemoryModelStore() });
  const asks = instance as Asks;

  test("finds each call's own context, however deep and however many", async () => {
    const ids = Array.from({ length: 20 }, (_, n) => String(n));
    expect(await Promise.all(ids.map((id) => runWithContext(context(id), binding, () => asks.deep())))).toEqual(ids);
  });

  test("is there in a generator that is iterated within its call", async () => {
    const items = await runWithContext(context("a"), binding, async () => {
      const seen: string[] = [];
      for await (const item of asks.stream()) seen.push(item);
      return seen;
    });
    expect(items).toEqual(["a", "a"]);
  });

  test("throws outside of a call, and in a hook", () => {
    expect(() => getContext()).toThrow(outside);
    const [hook] = specOf(Asks).startup;
    expect(() => runWithContext(undefined, binding, () => hook?.run(asks))).toThrow(outside);
  });
});

test("a reference made within a call belongs to the instance that runs", async () => {
  const store = new MemoryModelStore();
  await save(store, "clf:v1");
  const { binding } = construct(specOf(Asks), { store });
  const made = runWithContext(context("a"), binding, () => new BentoModel("clf"));
  expect(await runWithContext(undefined, binding, async () => (await made.resolve()).tag.toString())).toBe("clf:v1");
});
