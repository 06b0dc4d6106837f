import { FileModelStore, type StoredModel } from "@bento/store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readByPython, readByUs } from "./support/compare-model.js";
import { type ModelShape, modelShapes } from "./support/model-shapes.js";
import { PythonSession, type ReadByPython } from "./support/python-session.js";
import { temporaryHome, type TemporaryHome } from "./support/temporary-home.js";
import { shapeForPython, writeByUs } from "./support/write-shape.js";

let python: PythonSession;
beforeAll(async () => {
  python = await PythonSession.start();
});
afterAll(() => python[Symbol.asyncDispose]());

const shapes = modelShapes.map((shape): [string, ModelShape] => [shape.tag, shape]);

/** Questions to `get`, answered by every home that holds the shapes: exact, prefix, latest, ambiguous, absent. */
const questions = [
  modelShapes.map((shape) => shape.tag),
  ["prefix:a", "prefix:ab", "prefix", "prefix:latest", "versions", "versions:latest", "versions:v1", "versions:2024", "versions:v"],
  ["x", "x:2024", "x:1", "texts:k", "absent", "absent:v1", "bare:v2", "bare:latest"],
].flat();

async function answerOfPython(home: string, question: string): Promise<string> {
  return python.getTag(home, question).catch((error: { pythonClass: string }) => error.pythonClass);
}

async function answerOfUs(store: FileModelStore, question: string): Promise<string> {
  const classes: Readonly<Record<string, string>> = { BENTO_MODEL_NOT_FOUND: "NotFound", BENTO_MODEL_AMBIGUOUS: "BentoMLException" };
  return store.get(question).then(
    (model) => String(model.tag),
    (error: { code: string }) => classes[error.code] ?? error.code,
  );
}

async function expectSameAnswers(home: string, store: FileModelStore): Promise<void> {
  const answer = (ask: (question: string) => Promise<string>): Promise<unknown> =>
    Promise.all(questions.map(async (question) => [question, await ask(question)]));
  expect(await answer((question) => answerOfUs(store, question))).toEqual(await answer((question) => answerOfPython(home, question)));
}

async function expectSameOrder(home: string, store: FileModelStore): Promise<void> {
  const theirs = (await python.listModels(home)).map((model) => model.tag);
  expect((await store.list()).map((model) => String(model.tag))).toEqual(theirs);
  expect((await store.listTags()).map(String)).toEqual(theirs);
}

describe("Python reads what we wrote", () => {
  let home: TemporaryHome;
  let store: FileModelStore;
  const written = new Map<string, StoredModel>();
  const read = new Map<string, ReadByPython>();

  beforeAll(async () => {
    home = await temporaryHome();
    store = new FileModelStore(home.path);
    for (const shape of modelShapes) written.set(shape.tag, await writeByUs(store, shape));
    for (const model of await python.readModels(home.path)) read.set(model.tag, model);
  });
  afterAll(() => home[Symbol.asyncDispose]());

  test.each(shapes)("%s", async (tag, shape) => {
    const theirs = read.get(tag);
    if (theirs === undefined) throw new Error(`Python does not list ${tag}`);
    expect(readByPython(theirs)).toEqual(await readByUs(await store.get(tag)));
    // Not one character differs from what PyYAML itself writes for these values.
    expect(theirs.yaml).toBe(theirs.dumpedYaml);
    for (const folder of shape.directories ?? []) expect(theirs.directories).toContain(folder);
    for (const { path, content, executable = false } of shape.files ?? []) {
      expect(theirs.files[path]).toMatchObject({ size: content.length, executable });
    }
  });

  test("in the same order, and both find the same models for a question", async () => {
    await expectSameOrder(home.path, store);
    await expectSameAnswers(home.path, store);
  });

  test("a generated version and custom objects", async () => {
    const model = await store.create("generated", { customObjects: { classes: ["a", "b"], bytes: Uint8Array.of(1, 2, 3) } }, (draft) =>
      draft.write("x", "y"),
    );
    const theirs = await python.readModel(home.path, "generated");
    expect(theirs.tag).toBe(String(model.tag));
    expect(theirs.tag).toMatch(/^generated:[a-z2-7]{16}$/);
    expect(readByPython(theirs)).toEqual(await readByUs(model));
  });
});

describe("we read what Python wrote just now", () => {
  let home: TemporaryHome;
  let store: FileModelStore;

  beforeAll(async () => {
    home = await temporaryHome();
    store = new FileModelStore(home.path);
    for (const shape of modelShapes) await python.createModel(home.path, shapeForPython(shape));
  });
  afterAll(() => home[Symbol.asyncDispose]());

  test.each(shapes)("%s", async (tag) => {
    expect(await readByUs(await store.get(tag))).toEqual(readByPython(await python.readModel(home.path, tag)));
  });

  test.each([
    [
      "times",
      {
        moment: { $type: "datetime", value: "2024-05-06T07:08:09.123456+02:00" },
        naive: { $type: "datetime", value: "2024-05-06T00:00:00" },
      },
    ],
    [
      "floats without a fraction",
      { one: { $type: "float", value: "1.0" }, big: { $type: "float", value: "1e+20" }, zero: { $type: "float", value: "-0.0" } },
    ],
    ["tuples", { pair: { $type: "tuple", items: [1, { $type: "tuple", items: ["a", true] }] } }],
    [
      "numpy values",
      {
        matrix: {
          $type: "numpy",
          dtype: "float32",
          items: [
            [0.5, 1.5],
            [2.5, 3.5],
          ],
        },
        bytes: { $type: "numpy", dtype: "uint8", items: [0, 255] },
        scalar: { $type: "numpy scalar", dtype: "int64", value: 7 },
        flag: { $type: "numpy scalar", dtype: "bool", value: true },
      },
    ],
    [
      "one date twice",
      {
        list: [
          { $type: "date", value: "2020-02-29" },
          { $type: "date", value: "2020-02-29" },
        ],
      },
    ],
  ])("%s in metadata", async (_name, metadata) => {
    const tag = await python.createModel(home.path, { tag: "python-only", metadata });
    expect(await readByUs(await store.get(tag))).toEqual(readByPython(await python.readModel(home.path, tag)));
  });

  test("custom objects that only Python can open stay bytes", async () => {
    const tag = await python.createModel(home.path, { tag: "pickled", custom_objects: { classes: ["a", "b"] } });
    const ours = await store.get(tag);
    expect((await ours.files()).map((file) => file.path)).toContain("custom_objects.pkl");
    expect(await readByUs(ours)).toEqual(readByPython(await python.readModel(home.path, tag)));
    expect(await ours.verify()).toMatchObject({ status: "no manifest" });
  });

  test("in the same order, and both find the same models for a question", async () => {
    await expectSameOrder(home.path, store);
    await expectSameAnswers(home.path, store);
  });

  test("reading leaves every file as it was", async () => {
    const before = await python.readModels(home.path);
    for (const model of await store.list()) await readByUs(model);
    expect(await python.readModels(home.path)).toEqual(before);
  });
});
