import { FileModelStore } from "@bento/store";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readByPython, readByUs } from "./support/compare-model.js";
import type { ModelShape } from "./support/model-shapes.js";
import { PythonSession } from "./support/python-session.js";
import { temporaryHome } from "./support/temporary-home.js";
import type { TypedJson } from "./support/typed-json.js";
import { shapeForPython, writeByUs } from "./support/write-shape.js";

const models = 300;

let python: PythonSession;
beforeAll(async () => {
  python = await PythonSession.start();
});
afterAll(() => python[Symbol.asyncDispose]());

/** Texts of every script, control characters and what YAML gives a meaning. */
const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 30 }),
  fc.string({ unit: fc.constantFrom(...Array.from(" :#-?!&*|>%@`'\"{}[],\n\t\r\\0123456789eE+._~yYnN")), maxLength: 12 }),
  fc.lorem({ maxCount: 30 }),
);

const anyDate = fc
  .date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true })
  .map((date) => ({ $type: "date", value: date.toISOString().slice(0, 10) }));

/** Any value that metadata may hold, in the typed form. */
const { value: anyValue } = fc.letrec<{ value: TypedJson }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    anyText,
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Number.isInteger(value)),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 200n }).map((value) => ({ $type: "int", value: String(value) })),
    fc.uint8Array({ maxLength: 100 }).map((bytes) => ({ $type: "bytes", base64: Buffer.from(bytes).toString("base64") })),
    anyDate,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(
      anyText.filter((key) => key !== "$type"),
      tie("value"),
      { maxKeys: 4, noNullPrototype: true },
    ),
  ),
}));

const anyShape = fc.record({
  metadata: fc.dictionary(
    anyText.filter((key) => key !== "$type"),
    anyValue,
    { maxKeys: 5, noNullPrototype: true },
  ),
  labels: fc.dictionary(anyText, anyText, { maxKeys: 4, noNullPrototype: true }),
});

/** As many models as one reading of a home is worth, under names in order. */
function anyShapes(): { seed: number; shapes: readonly ModelShape[] } {
  const seed = Math.trunc(Math.random() * 2 ** 31);
  const shapes = fc
    .sample(anyShape, { numRuns: models, seed })
    .map((shape, index) => ({ tag: `any:v${String(index).padStart(4, "0")}`, ...shape }));
  return { seed, shapes };
}

test(`Python reads ${models} models of random metadata and labels that we wrote`, async () => {
  await using home = await temporaryHome();
  await using store = new FileModelStore(home.path);
  const { seed, shapes } = anyShapes();
  for (const shape of shapes) await writeByUs(store, shape);
  const read = await python.readModels(home.path);
  expect(read).toHaveLength(models);
  for (const theirs of read) {
    expect(readByPython(theirs), `seed ${seed}, ${theirs.yaml}`).toEqual(await readByUs(await store.get(theirs.tag)));
    expect(theirs.yaml, `seed ${seed}`).toBe(theirs.dumpedYaml);
  }
});

test(`we read ${models} models of random metadata and labels that Python wrote`, async () => {
  await using home = await temporaryHome();
  await using store = new FileModelStore(home.path);
  const { seed, shapes } = anyShapes();
  for (const shape of shapes) await python.createModel(home.path, shapeForPython(shape));
  const read = await python.readModels(home.path);
  expect(read).toHaveLength(models);
  for (const theirs of read) {
    expect(await readByUs(await store.get(theirs.tag)), `seed ${seed}, ${theirs.yaml}`).toEqual(readByPython(theirs));
  }
});
