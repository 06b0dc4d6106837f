import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BentoError } from "@bento/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  bentoDocument,
  bentosUsing,
  FileBentoStore,
  FileModelStore,
  modelsSize,
  type SkippedEntry,
  type StoredBento,
} from "../src/index.js";
import { ownIdentity } from "../src/disk/process-identity.js";
import { formatLabel } from "../src/disk/workspace.js";
import type { VersionedTag } from "../src/store/stored-item.js";
import { dumpPyYaml } from "../src/pyyaml/dump.js";
import { codeOf, errorOf } from "./model-store-contract.js";
import { expectedOf, sha256, snapshot, unpackHome } from "./support/fixture-home.js";
import { temporaryFolder } from "./support/temporary-folder.js";
import { typed } from "./typed-values.js";

interface Raised {
  readonly error: { readonly class: string; readonly message: string };
}

interface ExpectedBento {
  readonly tag: string;
  readonly path: string;
  readonly info: unknown;
  readonly spec: number;
  readonly all_models: readonly string[];
  readonly aliases: Readonly<Record<string, string>>;
  readonly file_size: number;
  readonly total_size: number;
  readonly files: Readonly<Record<string, { readonly size: number; readonly sha256: string }>>;
  readonly directories: Readonly<Record<string, string>>;
  readonly bento_yaml: string;
  readonly cli: Readonly<Record<string, { readonly stdout: string }>>;
}

const { bentos: expected, latest } = expectedOf("home") as {
  readonly latest: Readonly<Record<string, string>>;
  readonly bentos: {
    readonly order: readonly string[];
    readonly items: Readonly<Record<string, ExpectedBento>>;
    readonly get: Readonly<Record<string, { readonly tag: string } | Raised>>;
    readonly list: Readonly<Record<string, { readonly tags: readonly string[] } | Raised>>;
  };
};

let home: Awaited<ReturnType<typeof unpackHome>>;
let store: FileBentoStore;
let before: ReturnType<typeof snapshot>;
beforeAll(async () => {
  home = await unpackHome("home");
  store = new FileBentoStore(home.path);
  before = snapshot(home.path);
});
afterAll(() => home[Symbol.asyncDispose]());

function codeFor({ error }: Raised): string {
  if (error.message.startsWith("Multiple ")) return "BENTO_BENTO_AMBIGUOUS";
  return error.class === "NotFound" ? "BENTO_BENTO_NOT_FOUND" : "BENTO_TAG_INVALID";
}

test("the whole list, in Python's order, with and without reading", async () => {
  const skipped: SkippedEntry[] = [];
  const bentos = await store.list({ onSkipped: (entry) => skipped.push(entry) });
  expect(bentos.map((bento) => String(bento.tag))).toEqual(expected.order);
  expect((await store.listTags()).map(String)).toEqual(expected.order);
  expect((await store.list({ labels: { from: "decorator" } })).map((bento) => bento.tag.name)).toEqual(["iris_scorer", "iris_scorer"]);
  expect(skipped).toEqual([]);
});

describe.each(Object.entries(expected.items))("%s", (tag, item) => {
  test("what bento.yaml says, under Python's names and under ours", async () => {
    const { info, path } = await store.get(tag);
    expect(path).toBe(join(home.path, item.path));
    expect(String(info.tag)).toBe(item.tag);
    expect(info.spec).toBe(item.spec);
    expect(bentoDocument(info)).toEqual(plainOf(item.info));
    expect(JSON.parse(JSON.stringify(bentoDocument(info)))).toEqual(JSON.parse(item.cli["get -o json"]?.stdout as string));
    // What Python wrote itself comes back byte for byte, so nothing of it is lost or changed.
    if (tag !== "old-bento:v1") expect(dumpPyYaml(bentoDocument(info), { times: "text" })).toBe(item.bento_yaml);
    for (const frozen of [info, info.labels, info.models, info.services, info.schema, info.envs])
      expect(Object.isFrozen(frozen)).toBe(true);
  });

  test("its models, with their aliases and sizes", async () => {
    const bento = await store.get(tag);
    expect(bento.models.map((model) => String(model.tag)).toSorted()).toEqual(item.all_models);
    const aliases = bento.models.filter(({ alias }) => alias !== undefined).map((model) => [model.alias, String(model.tag)]);
    expect(Object.fromEntries(aliases)).toEqual(item.aliases);
    await using models = new FileModelStore(home.path);
    expect(await modelsSize(bento, models)).toEqual({ size: item.total_size - item.file_size, missing: [] });
  });

  test("its files and sizes", async () => {
    const bento = await store.get(tag);
    expect((await bento.files()).map((file) => [file.path, file.size])).toEqual(
      Object.entries(item.files)
        .map(([path, { size }]) => [path, size] as const)
        .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    );
    expect(bento.size).toBe(item.file_size);
    expect(await bento.text("bento.yaml")).toBe(item.bento_yaml);
    expect((await new Response(bento.stream("bento.yaml")).arrayBuffer()).byteLength).toBe(item.files["bento.yaml"]?.size);
    for (const [path, file] of Object.entries(item.files)) expect(sha256(await bento.read(path))).toBe(file.sha256);
    const entries = await bento.tree().entries();
    expect(entries.map(({ path }) => path).toSorted()).toEqual([...Object.keys(item.files), ...Object.keys(item.directories)].toSorted());
    for (const [path, file] of Object.entries(item.files)) expect(sha256(await bento.tree().read(path))).toBe(file.sha256);
  });
});

test.each(Object.entries(expected.get))("get(%j)", async (question, answer) => {
  if ("error" in answer) {
    const error: unknown = await store.get(question).catch((thrown: unknown) => thrown);
    expect(BentoError.is(error) && error.code).toBe(codeFor(answer));
    return;
  }
  expect(String((await store.get(question)).tag)).toBe(answer.tag);
  expect(String(store.getSync(question).tag)).toBe(answer.tag);
});

test.each(Object.entries(expected.list))("list(%j)", async (name, answer) => {
  if ("error" in answer) {
    expect(await codeOf(store.list({ name }))).toBe(codeFor(answer));
    return;
  }
  expect((await store.list({ name })).map((bento) => String(bento.tag))).toEqual(answer.tags);
  expect((await store.listTags({ name })).map(String)).toEqual(answer.tags);
});

test("errors speak of bentos, and of the command that lists them", async () => {
  const unknown = await errorOf(store.get("iris_scorr"));
  expect(unknown.message).toContain('There is no bento named "iris_scorr"');
  expect(unknown.hint).toMatch(/"iris_scorer".*`bento list`/);
  const version = await errorOf(store.get("two-step:v9"));
  expect([version.code, version.hint]).toEqual(["BENTO_BENTO_NOT_FOUND", expect.stringContaining("two-step:v1")]);
});

test("which bentos need a model, by its exact tag", async () => {
  const using = async (tag: string): Promise<string[]> => (await bentosUsing(store, tag)).map((bento) => String(bento.tag));
  expect(await using("churn-clf:v10")).toEqual(["iris_scorer:4xvlgj24e2xjpqho", "iris_scorer:v0-spec1", "two-step:v1"]);
  expect(await using("iris-onnx:hfpbidrjvoqm4d4e")).toEqual(["two-step:v1"]);
  expect(await using("bare:v1")).toEqual(["old-bento:v1"]);
  expect(await using("churn-clf:v1")).toEqual([]);
  expect(await using("churn-clf")).toEqual([]);
});

test("the latest files say what they said, and reading has changed nothing", () => {
  for (const [path, version] of Object.entries(latest).filter(([each]) => each.startsWith("bentos/"))) {
    expect(readFileSync(join(home.path, path), "utf8")).toBe(version);
  }
  expect(snapshot(home.path)).toEqual(before);
});

test("deleting takes latest back and leaves models alone", async () => {
  await using own = await unpackHome("home");
  await using bentos = new FileBentoStore(own.path);
  const models = snapshot(join(own.path, "models"));
  await bentos.delete("iris_scorer:latest");
  expect(String((await bentos.get("iris_scorer")).tag)).toBe("iris_scorer:4xvlgj24e2xjpqho");
  expect(readFileSync(join(own.path, "bentos/iris_scorer/latest"), "utf8")).toBe("4xvlgj24e2xjpqho");
  await bentos.delete("iris_scorer");
  expect(await codeOf(bentos.get("iris_scorer"))).toBe("BENTO_BENTO_NOT_FOUND");
  expect(await codeOf(bentos.delete("iris_scorer"))).toBe("BENTO_BENTO_NOT_FOUND");
  expect(snapshot(join(own.path, "models"))).toEqual(models);
});

test("a bento comes in as it was, in its place by age, and replaces only when it should", async () => {
  await using own = await temporaryFolder();
  await using bentos = new FileBentoStore(own.path);
  const copy = async (tag: string, existing: "error" | "replace"): Promise<StoredBento> => {
    const source = await store.get(tag);
    const tree = source.tree();
    await using draft = await bentos.importDraft();
    for (const entry of await tree.entries()) {
      if (entry.kind === "folder") await draft.mkdir(entry.path);
      else await draft.write(entry.path, tree.stream(entry.path), { executable: entry.executable });
    }
    return draft.commit({ tag: source.tag as VersionedTag, info: source.info }, { existing });
  };
  await copy("iris_scorer:v0-spec1", "error");
  const older = await copy("iris_scorer:4xvlgj24e2xjpqho", "error");
  expect(await older.tree().entries()).toEqual(await (await store.get("iris_scorer:4xvlgj24e2xjpqho")).tree().entries());
  expect(await older.text("bento.yaml")).toBe(expected.items["iris_scorer:4xvlgj24e2xjpqho"]?.bento_yaml);
  expect(String((await bentos.get("iris_scorer")).tag)).toBe("iris_scorer:v0-spec1");
  expect(await codeOf(copy("iris_scorer:v0-spec1", "error"))).toBe("BENTO_BENTO_EXISTS");
  await copy("iris_scorer:v0-spec1", "replace");
  expect(String((await bentos.get("iris_scorer")).tag)).toBe("iris_scorer:v0-spec1");
  expect(Object.keys(snapshot(join(own.path, "tmp")))).toEqual([]);
});

test("neither store takes the unfinished work of the other for its own", async () => {
  await using own = await temporaryFolder();
  const owner = { ...ownIdentity(), pid: spawnSync(process.execPath, ["-e", ""]).pid };
  const left = (kind: string): string => join(own.path, "tmp", formatLabel({ kind, owner, name: "x", version: "v1" }));
  const [ofModels, ofBentos] = [left("bento"), left("bentos")];
  for (const folder of [ofModels, ofBentos]) mkdirSync(folder, { recursive: true });
  await using models = new FileModelStore(own.path);
  await models.create("clf:v1", () => {});
  expect([existsSync(ofModels), existsSync(ofBentos)]).toEqual([false, true]);
  await using bentos = new FileBentoStore(own.path);
  await (await bentos.importDraft()).discard();
  expect(existsSync(ofBentos)).toBe(false);
});

test("a model that a bento carries in its own folder is not needed from the store", async () => {
  await using own = await unpackHome("home");
  const carried = join(own.path, "bentos/two-step/v1/models/iris-onnx/hfpbidrjvoqm4d4e");
  mkdirSync(carried, { recursive: true });
  const bentos = new FileBentoStore(own.path);
  expect(await bentosUsing(bentos, "iris-onnx:hfpbidrjvoqm4d4e")).toHaveLength(1);
  writeFileSync(join(carried, "model.yaml"), "");
  expect(await bentosUsing(bentos, "iris-onnx:hfpbidrjvoqm4d4e")).toEqual([]);
});

test("a store with broken bentos lists the others and says why", async () => {
  await using broken = await unpackHome("home-broken");
  await using bentos = new FileBentoStore(broken.path);
  const skipped: SkippedEntry[] = [];
  expect((await bentos.list({ onSkipped: (entry) => skipped.push(entry) })).map((bento) => String(bento.tag))).toEqual(["good:v1"]);
  const reasons = Object.fromEntries(skipped.map(({ path, reason }) => [path.slice(broken.path.length + 1), reason]));
  expect(reasons).toEqual({
    "bentos/.DS_Store": expect.stringContaining("file"),
    "bentos/bad-yaml/v1": expect.stringContaining("is no bento"),
    "bentos/empty-yaml/v1": expect.stringContaining("is no bento"),
    "bentos/no-yaml/v1": expect.stringContaining("holds no bento.yaml, so it is not a bento"),
  });
  expect(String((await bentos.get("good")).tag)).toBe("good:v1");
  for (const tag of ["no-yaml", "no-yaml:v1", "bad-yaml:v1", "empty-yaml:v1"])
    expect(await codeOf(bentos.get(tag))).toBe("BENTO_BENTO_INVALID");
});

/** The fixture's values, as a reader hands them out. */
function plainOf(value: unknown): unknown {
  return JSON.parse(JSON.stringify(typed(value)));
}
