import { describe, expect, it } from "vitest";
import { type ExpectedModel, home, readFixture } from "../../test/typed-values.js";
import { compareCreation } from "./model-info.js";
import { formatModelYaml, parseModelYaml } from "./model-yaml.js";
import { plain } from "../pyyaml/containers.js";
import { PlainDate } from "./plain-date.js";

interface BrokenModel {
  readonly id: string;
  readonly about: string;
  readonly base64: string;
  readonly error?: string;
  readonly tag?: string;
  readonly info?: Readonly<Record<string, unknown>>;
}

const models = Object.entries(home.models.items);
const broken = readFixture("broken-model-yaml.json") as readonly BrokenModel[];

const document = (changes: Readonly<Record<string, string>> = {}): string => {
  const fields = {
    name: "m",
    version: "v1",
    module: "''",
    labels: "{}",
    options: "{}",
    metadata: "{}",
    context: "{framework_name: '', framework_versions: {}}",
    api_version: "v1",
    creation_time: "'2025-03-01T04:05:06.000007+00:00'",
    ...changes,
  };
  return Object.entries(fields)
    .map(([key, value]) => `${key}: ${value}\n`)
    .join("");
};
const read = (changes?: Readonly<Record<string, string>>): ReturnType<typeof parseModelYaml> =>
  parseModelYaml(document(changes), "model.yaml");

describe("parseModelYaml and formatModelYaml", () => {
  it.each(models)("read and write %s as Python does", (_tag, expected: ExpectedModel) => {
    const info = parseModelYaml(Buffer.from(expected.model_yaml), "model.yaml");
    expect(formatModelYaml(info)).toBe(expected.canonical ? expected.model_yaml : expected.dumped_yaml);
    expect(info.tag.toString()).toBe(expected.tag);
    expect(info).toMatchObject({
      module: expected.module,
      labels: expected.labels,
      apiVersion: expected.api_version,
      creationTimeText: expected.creation_time,
      creationTime: new Date(expected.creation_time),
    });
    expect({
      framework_name: info.context.frameworkName,
      framework_versions: info.context.frameworkVersions,
      bentoml_version: info.context.bentomlVersion,
      python_version: info.context.pythonVersion,
    }).toEqual(expected.context);
  });

  /** What Python fails on, and this reader does not. */
  const readHere: Readonly<Record<string, string>> = { "version-number": "c-version-number:20240101", "name-bool": "yes:v1" };

  it.each(broken.map((model) => [model.about, model] as const))("answer as Python where %s", (_about, model) => {
    const answer = (): ReturnType<typeof parseModelYaml> => parseModelYaml(Buffer.from(model.base64, "base64"), "some/model.yaml");
    const tag = readHere[model.id] ?? model.tag;
    if (tag === undefined) {
      expect(answer).toThrow(
        expect.objectContaining({ code: "BENTO_MODEL_INVALID", message: expect.stringContaining('"some/model.yaml"') }),
      );
      return;
    }
    const info = answer();
    expect(info.tag.toString()).toBe(tag);
    if (model.info === undefined) return;
    expect(info).toMatchObject({ module: model.info["module"], labels: model.info["labels"], apiVersion: model.info["api_version"] });
    expect(info.context.pythonVersion).toBe(model.info["python_version"]);
    // Without an offset a time is taken as UTC here.
    expect(info.creationTimeText.replace("+00:00", "")).toBe(String(model.info["creation_time"]).replace("+00:00", ""));
  });

  it("cover all the cases", () => {
    expect(models).toHaveLength(49);
    expect(broken.length).toBeGreaterThanOrEqual(40);
  });

  it.each(["1e5", "20240101", "1_000", "0x1f", "2024-01-01", "010", "'null'", "1.0"])("take the version %s by its text", (version) => {
    const info = read({ version });
    expect(info.tag.version).toBe(version.replaceAll("'", ""));
    expect(parseModelYaml(formatModelYaml(info), "again")).toEqual(info);
  });

  it("read times of every form, and keep their microseconds and offset", () => {
    const times = {
      "'2025-03-01T04:05:06+00:00'": "2025-03-01T04:05:06+00:00",
      "'2025-03-01T04:05:06.007Z'": "2025-03-01T04:05:06.007000+00:00",
      "2025-03-01 04:05:06.1234567 +05:30": "2025-03-01T04:05:06.123456+05:30",
      "2025-03-01T04:05:06": "2025-03-01T04:05:06+00:00",
      "'20250301T040506'": "2025-03-01T04:05:06+00:00",
      "'2025-03-01'": "2025-03-01T00:00:00+00:00",
    };
    for (const [written, text] of Object.entries(times)) expect(read({ creation_time: written }).creationTimeText).toBe(text);
    expect(read({ creation_time: "2025-03-01 04:05:06 +05:30" }).creationTime).toEqual(new Date("2025-02-28T22:35:06Z"));
  });

  it.each(["2025-03-01", "12", "'2025-13-01T00:00:00'", "'2025-03-01T24:00:00'", "''", "null", "[]"])("refuse the time %s", (time) => {
    expect(() => read({ creation_time: time })).toThrow(expect.objectContaining({ code: "BENTO_MODEL_INVALID" }));
  });

  it("order models by microseconds", () => {
    const [older, newer] = ["'2025-03-01T04:05:06.000007+00:00'", "'2025-03-01T05:05:06.000008+01:00'"].map((time) =>
      read({ creation_time: time }),
    );
    if (older === undefined || newer === undefined) throw new Error("two models were read");
    expect(compareCreation(older, newer)).toBeLessThan(0);
    expect(compareCreation(newer, older)).toBeGreaterThan(0);
    expect(compareCreation(older, older)).toBe(0);
  });

  it("show keys of metadata that are no text as text at the top and as a Map below, and write them back", () => {
    const text = "{2: int, 2.5: float, false: bool, below: {1: a}, 1.0: whole}";
    const info = read({ metadata: text });
    expect(info.metadata).toEqual({ 2: "int", "2.5": "float", false: "bool", below: new Map([[1, "a"]]), 1: "whole" });
    expect(formatModelYaml(info)).toContain("metadata:\n  2: int\n  2.5: float\n  false: bool\n  below:\n    1: a\n  1.0: whole\n");
  });

  it("freeze everything, dates and maps included", () => {
    const info = read({ metadata: "{a: [{b: 1}], m: {1: [2]}, d: 2024-01-02, t: 2024-01-02T03:04:05Z}" });
    const { a, m, t } = info.metadata as { a: { b: number }[]; m: Map<number, number[]>; t: Date };
    const attempts = [
      () => Object.assign(info, { module: "x" }),
      () => Object.assign(info.labels, { x: "y" }),
      () => a.push({ b: 2 }),
      () => Object.assign(a[0] as object, { b: 2 }),
      () => m.set(2, []),
      () => m.get(1)?.push(3),
      () => t.setTime(0),
      () => info.creationTime.setFullYear(1999),
    ];
    for (const attempt of attempts) expect(attempt).toThrow(TypeError);
    expect(info.metadata["d"]).toEqual(new PlainDate(2024, 1, 2));
  });

  it("take a signature's values as Python takes them", () => {
    const info = read({
      signatures: "{p: {batchable: 1, batch_dim: ['1', 2.0], input_spec: null, other: 1}, q: {batch_dim: [1, 1]}, r: {batchable: 0.0}}",
    });
    expect(info.signatures).toEqual({ p: { batchable: true, batchDim: [1, 2] }, q: { batchable: false }, r: { batchable: false } });
    expect(plain(info.signatures["p"]?.batchDim?.[1])).toBe(2);
    for (const dimension of ["[1]", "[1, x]", "'01'", "null"]) {
      expect(() => read({ signatures: `{p: {batch_dim: ${dimension}}}` })).toThrow(
        expect.objectContaining({ code: "BENTO_MODEL_INVALID" }),
      );
    }
  });

  it("take metadata as a list of pairs, as Python does", () => {
    expect(read({ metadata: "[[a, 1], [b, 2]]" }).metadata).toEqual({ a: 1, b: 2 });
    expect(read({ metadata: "[]" }).metadata).toEqual({});
    expect(() => read({ metadata: "[1]" })).toThrow(expect.objectContaining({ code: "BENTO_MODEL_INVALID" }));
  });

  it.each(["{", "[1]", "name: x", "\tname: x"])("say what to do about %j, which is no model", (text) => {
    expect(() => parseModelYaml(text, "model.yaml")).toThrow(
      expect.objectContaining({ code: "BENTO_MODEL_INVALID", hint: expect.stringContaining("anew from where it came from") as string }),
    );
  });

  it("quote the path of metadata that Python refuses", () => {
    expect(() => read({ metadata: "{a: [1, {b c: null}]}" })).toThrow(/metadata\.a\[1\]\["b c"\] cannot be null/);
  });
});
