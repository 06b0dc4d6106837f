import { Tag } from "@bento/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { home, typed } from "../../test/typed-values.js";
import { compareCreation, type ModelInfo, type ModelInput } from "./model-info.js";
import { makeModelInfo } from "./model-input.js";
import { formatModelYaml, parseModelYaml } from "./model-yaml.js";
import { PlainDate } from "./plain-date.js";

const tag = Tag.parse("demo:v1");
/** Also for what the types forbid and JavaScript callers do. */
const make = (input: object): ModelInfo => makeModelInfo(tag, input);
const refused = (words: RegExp): unknown => expect.objectContaining({ code: "BENTO_MODEL_INVALID", message: expect.stringMatching(words) });

describe("makeModelInfo", () => {
  it("fills in what Python requires, and the version of Node.js", () => {
    const info = make({});
    expect(info).toMatchObject({
      tag,
      module: "",
      labels: {},
      options: {},
      metadata: { node_version: process.versions.node },
      context: {
        frameworkName: "",
        frameworkVersions: {},
        bentomlVersion: "1.4.39",
        pythonVersion: expect.stringMatching(/^3\.\d+\.\d+$/),
      },
      signatures: {},
      apiVersion: "v1",
    });
  });

  it("leaves a caller's own node_version alone", () => {
    expect(make({ metadata: { node_version: "mine" } }).metadata).toEqual({ node_version: "mine" });
  });

  it("is equal to what is read back", () => {
    const input: ModelInput = {
      labels: { team: "x", "2": "b", a: "c" },
      module: "bentoml.onnx",
      apiVersion: "v2",
      options: { n: null, list: [1, null], "3": 1 },
      metadata: {
        when: new Date("2024-01-02T03:04:05.006Z"),
        day: new PlainDate(2024, 1, 2),
        big: 2n ** 80n,
        small: 5n,
        far: 1e17,
        none: Number.NaN,
        zero: -0,
        bytes: new Uint8Array([1, 2]),
        buffer: Buffer.from("hello"),
        map: new Map<string | number, string>([
          [1, "a"],
          ["1", "b"],
        ]),
        textMap: new Map([["k", 1]]),
      },
      context: { frameworkName: "onnx", frameworkVersions: { onnx: "1.17" } },
      signatures: { run: { batchable: true, batchDim: 1, inputSpec: { dtype: "float32" } }, call: { batchDim: [0, 1] } },
    };
    const info = makeModelInfo(tag, input);
    expect(parseModelYaml(formatModelYaml(info), "model.yaml")).toEqual(info);
    expect(info.metadata).toMatchObject({ when: "2024-01-02T03:04:05.006000+00:00", small: 5, textMap: { k: 1 } });
    expect(info.signatures).toEqual({
      run: { batchable: true, batchDim: [1, 1], inputSpec: { dtype: "float32" } },
      call: { batchable: false },
    });
  });

  it("is equal to what is read back, for any plain data", () => {
    const value = fc.letrec<{ data: unknown }>((tie) => ({
      data: fc.oneof(
        { maxDepth: 3 },
        fc.string(),
        fc.double(),
        fc.integer(),
        fc.boolean(),
        fc.array(tie("data")),
        fc.dictionary(fc.string(), tie("data")),
      ),
    })).data;
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value), fc.dictionary(fc.string(), fc.string()), (metadata, labels) => {
        const info = make({ metadata, labels });
        expect(parseModelYaml(formatModelYaml(info), "model.yaml")).toEqual(info);
      }),
      { numRuns: 150 },
    );
  });

  it("copies and freezes what it was given", () => {
    const list = [1];
    const info = make({ metadata: { list } });
    list.push(2);
    expect(info.metadata["list"]).toEqual([1]);
    expect(Object.isFrozen(info.metadata["list"])).toBe(true);
    expect(Object.isFrozen(list)).toBe(false);
  });

  it("keeps the floats of another model's metadata", () => {
    const first = parseModelYaml(formatModelYaml(make({})).replace("metadata:\n", "metadata:\n  ratio: 1.0\n"), "model.yaml");
    expect(formatModelYaml(make({ metadata: first.metadata }))).toContain("  ratio: 1.0\n");
  });

  it("turns labels into text as Python does", () => {
    expect(make({ labels: { b: true, n: null, i: 1, f: 1.5, big: 10n } }).labels).toEqual({
      b: "True",
      n: "None",
      i: "1",
      f: "1.5",
      big: "10",
    });
  });

  const plainRows = home.tables.create.filter(
    ({ input }) => !/\$type":"(?:object|tuple|set|complex|time|timedelta)"/.test(JSON.stringify(input)),
  );
  const dataRows = plainRows.filter(
    ({ input }) => input.name.startsWith("try-") && (input.metadata !== undefined || input.labels !== undefined),
  );
  /** What Python takes for a map by way of dict() or str(), and types forbid here; and bytes, which stand for Python's bytearray. */
  const different = new Set(["try-10:v1", "try-19:v1", "try-25:v1"]);
  it.each(dataRows.filter(({ input }) => !different.has(input.name)))("answers $input as Python", ({ input, error, model_yaml: yaml }) => {
    const given = { labels: typed(input.labels), metadata: typed(input.metadata) };
    if (error !== undefined) expect(() => make(given)).toThrow(refused(/./));
    else {
      const labels = /labels:[^]*?options:/.exec(yaml ?? "")?.[0];
      expect(formatModelYaml(make(given))).toContain(labels);
    }
  });

  it("has rows of Python to compare with", () => {
    expect(dataRows.length).toBeGreaterThanOrEqual(10);
  });

  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;
  it.each([
    ["null", { metadata: { a: { b: [null] } } }, /^metadata\.a\.b\[0\] cannot be null/],
    ["undefined", { metadata: { a: undefined } }, /^metadata\.a cannot be undefined/],
    ["a hole", { metadata: { a: Array(1) } }, /^metadata\.a\[0\] cannot be undefined/],
    ["a function", { metadata: { a: function named() {} } }, /the function named/],
    ["a symbol", { metadata: { a: Symbol("s") } }, /Symbol\(s\)/],
    ["a symbol as a key", { metadata: { [Symbol("s")]: 1 } }, /Symbol\(s\)/],
    ["a class instance", { metadata: { a: new URL("http://x") } }, /an instance of URL/],
    ["a set", { metadata: { a: new Set([1]) } }, /an instance of Set/],
    ["a typed array", { metadata: { a: new Float32Array(1) } }, /an instance of Float32Array/],
    ["an invalid date", { metadata: { a: new Date(Number.NaN) } }, /an invalid Date/],
    ["a cycle", { metadata: cycle }, /^metadata\.self cannot be the object \{self\}/],
    [
      "keys that are one to Python",
      {
        metadata: {
          a: new Map<unknown, unknown>([
            [1, 1],
            [true, 2],
          ]),
        },
      },
      /^metadata\.a/,
    ],
    ["deep nesting", { metadata: { a: JSON.parse("[".repeat(200) + "]".repeat(200)) as unknown } }, /^metadata\.a\[0\]/],
    ["metadata as a list", { metadata: [] }, /^metadata cannot be a list of 0/],
    ["a label that is a list", { labels: { a: [1] } }, /^labels\.a cannot be a list of 1/],
    ["labels that are text", { labels: "text" }, /^labels cannot be "text"/],
    ["a signature of null", { signatures: { p: null } }, /^signatures\.p cannot be null/],
    ["three batch dimensions", { signatures: { p: { batchDim: [1, 2, 3] } } }, /^signatures\.p\.batchDim cannot be a list of 3/],
    ["a misspelt part of a signature", { signatures: { p: { batch_dim: 1 } } }, /^signatures\.p\.batch_dim is no part/],
    ["a batchable that is text", { signatures: { p: { batchable: "yes" } } }, /^signatures\.p\.batchable cannot be "yes"/],
    ["a module that is a number", { module: 1 }, /^module cannot be 1/],
    [
      "a framework version that is a number",
      { context: { frameworkVersions: { onnx: 1 } } },
      /^context\.frameworkVersions\.onnx cannot be 1/,
    ],
    ["a context that is text", { context: "onnx" }, /^context cannot be "onnx"/],
  ])("refuses %s, quoting path and value", (_what, input, words) => {
    expect(() => make(input)).toThrow(refused(words));
  });

  it("keeps __proto__ an ordinary key", () => {
    const metadata = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 2}') as object;
    const info = make({ metadata });
    expect(Object.hasOwn(info.metadata, "__proto__")).toBe(true);
    expect(parseModelYaml(formatModelYaml(info), "model.yaml").metadata).toEqual(info.metadata);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it("takes a given time to the millisecond, and never gives two models of one process the same time of its own", () => {
    const creationTime = new Date("2024-01-02T03:04:05.006Z");
    expect(makeModelInfo(tag, {}, { creationTime }).creationTimeText).toBe("2024-01-02T03:04:05.006000+00:00");
    const infos = Array.from({ length: 50 }, () => make({}));
    for (const [i, info] of infos.entries()) if (i > 0) expect(compareCreation(infos[i - 1] ?? info, info)).toBeLessThan(0);
    expect(() => makeModelInfo(tag, {}, { creationTime: new Date(Number.NaN) })).toThrow(refused(/creationTime/));
  });
});
