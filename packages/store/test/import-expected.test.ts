import { BentoError } from "@bento/core";
import { beforeEach, expect, test } from "vitest";
import { importModel, type IncomingFiles, MemoryModelStore } from "../src/index.js";
import { errorOf } from "./model-store-contract.js";
import { modelYaml, tarOf, withManifest } from "./support/model-archive.js";

const bytes = new Uint8Array(tarOf({ "model.yaml": modelYaml(), f: "hello", "d/g": "more" }));
let store: MemoryModelStore;
let tag: string;

beforeEach(async () => {
  store = new MemoryModelStore();
  const other = new MemoryModelStore();
  tag = String((await importModel(bytes, { store: other })).tag);
});

test("a model with another tag than the one that is expected is refused, and changes nothing", async () => {
  await store.create("other:v9", (draft) => draft.write("f", "mine"));
  const error = await errorOf(importModel(bytes, { store, expected: "other:v9", existing: "replace" }));
  expect(error).toMatchObject({ code: "BENTO_INTEGRITY_FAILED" });
  expect(error.message).toContain(`"${tag}"`);
  expect(error.message).toContain('not "other:v9"');
  expect((await store.listTags()).map(String)).toEqual(["other:v9"]);
  expect(await (await store.get("other:v9")).text("f")).toBe("mine");
});

test("the one that is expected comes in", async () => {
  expect(String((await importModel(bytes, { store, expected: tag })).tag)).toBe(tag);
});

test("what has come in is told while nothing of it is visible, and can be refused", async () => {
  const told: IncomingFiles[] = [];
  const refusal = new BentoError("BENTO_BAD_REQUEST", "Not this one.");
  const onChecked = async (incoming: IncomingFiles): Promise<void> => {
    told.push(incoming);
    expect(await store.listTags()).toEqual([]);
    throw refusal;
  };
  expect((await errorOf(importModel(bytes, { store, onChecked }))).message).toContain("Not this one.");
  expect(await store.listTags()).toEqual([]);
  expect(told).toHaveLength(1);
  expect([...(told[0]?.files.keys() ?? [])].toSorted()).toEqual(["d/g", "f", "model.yaml"]);
  expect(told[0]).toMatchObject({ size: modelYaml().length + 9, manifest: undefined });
  expect(told[0]?.files.get("f")).toMatchObject({ size: 5, sha256: expect.stringMatching(/^2cf24dba/) });
});

test("its manifest is among what is told, and counts", async () => {
  let told: IncomingFiles | undefined;
  const files = withManifest({ "model.yaml": modelYaml(), f: "hello" });
  const model = await importModel(new Uint8Array(tarOf(files)), { store, onChecked: (incoming) => void (told = incoming) });
  expect(told?.manifest?.length).toBeGreaterThan(0);
  expect(told?.size).toBe(model.size);
});
