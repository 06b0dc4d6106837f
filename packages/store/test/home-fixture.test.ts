import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { BentoError } from "@bento/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FileModelStore } from "../src/index.js";
import { codeOf } from "./model-store-contract.js";
import { expectedOf, sha256, snapshot, unpackHome } from "./support/fixture-home.js";

interface Raised {
  readonly error: { readonly class: string; readonly message: string; readonly versions?: readonly string[] };
}

interface ExpectedHome {
  readonly latest: Readonly<Record<string, string>>;
  readonly models: {
    readonly order: readonly string[];
    readonly items: Readonly<Record<string, ExpectedItem>>;
    readonly get: Readonly<Record<string, { readonly tag: string } | Raised>>;
    readonly list: Readonly<Record<string, { readonly tags: readonly string[] } | Raised>>;
  };
}

interface ExpectedItem {
  readonly tag: string;
  readonly path: string;
  readonly module: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly api_version: string;
  readonly creation_time: string;
  readonly context: { readonly framework_name: string; readonly framework_versions: Readonly<Record<string, string>> };
  readonly file_size: number;
  readonly files: Readonly<Record<string, { readonly size: number; readonly sha256: string; readonly mode: string }>>;
  readonly directories: Readonly<Record<string, string>>;
  readonly model_yaml: string;
}

const expected = expectedOf("home") as ExpectedHome;
/** Python takes a trailing newline for part of a tag; ours refuses it. */
const differences: Readonly<Record<string, string>> = { "a\n": "BENTO_TAG_INVALID", "a:v\n": "BENTO_TAG_INVALID" };

let home: Awaited<ReturnType<typeof unpackHome>>;
let store: FileModelStore;
let before: ReturnType<typeof snapshot>;
beforeAll(async () => {
  home = await unpackHome("home");
  store = new FileModelStore(home.path);
  before = snapshot(home.path);
});
afterAll(() => home[Symbol.asyncDispose]());

/** The code that stands for what Python raised. */
function codeFor({ error }: Raised): string {
  if (error.message.startsWith("Multiple ")) return "BENTO_MODEL_AMBIGUOUS";
  return error.class === "NotFound" ? "BENTO_MODEL_NOT_FOUND" : "BENTO_TAG_INVALID";
}

test("the whole list, in Python's order, with and without reading", async () => {
  const skipped: unknown[] = [];
  const models = await store.list({ onSkipped: (entry) => skipped.push(entry) });
  expect(models.map((model) => String(model.tag))).toEqual(expected.models.order);
  expect((await store.listTags()).map(String)).toEqual(expected.models.order);
  expect(skipped).toEqual([]);
});

describe.each(Object.entries(expected.models.items))("%s", (tag, item) => {
  test("what model.yaml says", async () => {
    const { info, path } = await store.get(tag);
    expect(path).toBe(join(home.path, item.path));
    expect(String(info.tag)).toBe(item.tag);
    expect(info.module).toBe(item.module);
    expect(info.labels).toEqual(item.labels);
    expect(info.apiVersion).toBe(item.api_version);
    expect(info.creationTimeText).toBe(item.creation_time);
    expect(info.context.frameworkName).toBe(item.context.framework_name);
    expect(info.context.frameworkVersions).toEqual(item.context.framework_versions);
  });

  test("its files, folders, sizes and modes", async () => {
    const model = await store.get(tag);
    const listed = await model.files();
    expect(listed.map((file) => [file.path, file.size])).toEqual(
      Object.entries(item.files)
        .map(([path, { size }]) => [path, size] as const)
        .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    );
    expect(model.size).toBe(item.file_size);
    for (const [path, file] of Object.entries(item.files)) {
      expect(sha256(await model.read(path))).toBe(file.sha256);
      expect(((await stat(model.resolvePath(path))).mode & 0o7777).toString(8).padStart(4, "0")).toBe(file.mode);
    }
    for (const [path, mode] of Object.entries(item.directories)) {
      expect(((await stat(model.resolvePath(path))).mode & 0o7777).toString(8).padStart(4, "0")).toBe(mode);
    }
    expect(await model.text("model.yaml")).toBe(item.model_yaml);
    expect(await model.verify()).toMatchObject({ status: "no manifest" });
  });
});

test.each(Object.entries(expected.models.get))("get(%j)", async (question, answer) => {
  const difference = differences[question];
  if (difference !== undefined) {
    expect(await codeOf(store.get(question))).toBe(difference);
    return;
  }
  if ("tag" in answer) {
    expect(String((await store.get(question)).tag)).toBe(answer.tag);
    expect(String(store.getSync(question).tag)).toBe(answer.tag);
    return;
  }
  const error: unknown = await store.get(question).catch((thrown: unknown) => thrown);
  expect(BentoError.is(error) && error.code).toBe(codeFor(answer));
  for (const version of answer.error.versions ?? []) expect((error as BentoError).message).toContain(version);
});

test.each(Object.entries(expected.models.list))("list(%j)", async (name, answer) => {
  if ("error" in answer) {
    expect(await codeOf(store.list({ name }))).toBe(codeFor(answer));
    return;
  }
  expect((await store.list({ name })).map((model) => String(model.tag))).toEqual(answer.tags);
  expect((await store.listTags({ name })).map(String)).toEqual(answer.tags);
});

test("the latest files say what they said, and reading has changed nothing", async () => {
  for (const [path, version] of Object.entries(expected.latest)) {
    if (!path.startsWith("models/")) continue;
    expect(await readFile(join(home.path, path), "utf8")).toBe(version);
    const name = path.split("/")[1] as string;
    expect((await store.get(name)).tag.version).toBe(version);
  }
  expect(snapshot(home.path)).toEqual(before);
});

describe("writing into a home that Python made", () => {
  test("verify can add a manifest, and notices every change after it", async () => {
    await using own = await unpackHome("home");
    await using models = new FileModelStore(own.path);
    const model = await models.get("hard-names:v1");
    expect(await model.verify({ write: true })).toMatchObject({ status: "ok" });
    expect(await model.verify()).toMatchObject({ status: "ok", added: [], changed: [], missing: [] });
    expect(await (await models.get("many-files:v1")).verify({ write: true })).toMatchObject({ status: "ok" });
    const after = snapshot(own.path);
    const changes = Object.keys({ ...before, ...after }).filter((path) => after[path] !== before[path] && !path.startsWith("tmp"));
    expect(changes).toEqual(["models/hard-names/v1/.manifest.json", "models/many-files/v1/.manifest.json"]);
  });

  test("latest follows creation time at Python's precision, and deletion takes it back", async () => {
    await using own = await unpackHome("home");
    await using models = new FileModelStore(own.path);
    const latest = (): Promise<string> => readFile(join(own.path, "models/churn-clf/latest"), "utf8");
    await models.create("churn-clf:v3", () => {});
    expect(await latest()).toBe("v3");
    await models.delete("churn-clf:v3");
    expect(await latest()).toBe("v2");
    await models.delete("churn-clf:v2");
    expect(await latest()).toBe("2024.06");
    await models.delete("churn-clf:latest");
    expect(await latest()).toBe("v10");
    await models.delete("churn-clf");
    expect(await codeOf(models.get("churn-clf"))).toBe("BENTO_MODEL_NOT_FOUND");
    expect(Object.keys(snapshot(own.path)).filter((path) => path.includes("churn-clf"))).toEqual([]);
  });

  test("a model whose folders cannot be written is deleted all the same", async () => {
    await using own = await unpackHome("home");
    await using models = new FileModelStore(own.path);
    await models.delete("many-files:v1");
    expect((await models.listTags()).map(String)).not.toContain("many-files:v1");
    expect(Object.keys(snapshot(join(own.path, "tmp")))).toEqual([]);
  });
});
