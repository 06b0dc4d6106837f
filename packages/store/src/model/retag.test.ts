import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatModelYaml, parseModelYaml } from "./model-yaml.js";
import { makeModelInfo } from "./model-input.js";
import { retagModelYaml } from "./retag.js";
import { Tag } from "@bento/core";

const rest = [
  "module: ''",
  "labels: {}",
  "options: {}",
  "metadata: {x: [1.0, 0x1f]}  # kept",
  "context:",
  "  framework_name: ''",
  "  framework_versions: {}",
  "  bentoml_version: 1.4.39",
  "  python_version: 3.11.7",
  "signatures: {}",
  "api_version: v1",
  "unknown: [name, version]",
  "creation_time: '2025-03-07T04:05:06.000007+00:00'",
  "",
].join("\n");

const change = { name: "other", version: "v9" };

describe("only the two values change", () => {
  test.each([
    ["plain", "name: clf\nversion: v1\n", "name: other\nversion: v9\n"],
    ["single quotes", "name: 'clf'\nversion: 'v1'\n", "name: 'other'\nversion: 'v9'\n"],
    ["double quotes", 'name: "clf"\nversion: "v\\x31"\n', 'name: "other"\nversion: "v9"\n'],
    ["comments", "# top\nname:   clf   # the name\nversion: v1# no comment\n", "# top\nname:   other   # the name\nversion: v9\n"],
    ["quoted keys, other order", "'version': v1\n\"name\": clf\n", "'version': v9\n\"name\": other\n"],
    ["line ends of Windows", "name: clf\r\nversion: v1\r\n", "name: other\r\nversion: v9\r\n"],
    ["a value on the next line", "name:\n  clf\nversion:\n  'v1'\n", "name:\n  other\nversion:\n  'v9'\n"],
    ["no version", "name: clf\nversion:\n", "name: other\nversion: v9\n"],
    ["a version of null", "name: clf\nversion: null\n", "name: other\nversion: v9\n"],
    ["an unused anchor", "name: &n clf\nversion: v1\n", "name: &n other\nversion: v9\n"],
    ["another language", "# ä 😀\nname: clf\nversion: v1\n", "# ä 😀\nname: other\nversion: v9\n"],
  ])("%s", async (_, before, after) => {
    expect(await retagModelYaml(before + rest, change)).toBe(after + rest);
    expect(parseModelYaml(after + rest, "").tag.toString()).toBe("other:v9");
  });

  test("in flow style, on one line", async () => {
    const flow = "{name: clf, version: 'v1', a: {name: clf}, b: [version, v1]}";
    expect(await retagModelYaml(flow, change)).toBe("{name: other, version: 'v9', a: {name: clf}, b: [version, v1]}");
  });

  test("or one of them", async () => {
    expect(await retagModelYaml(`name: clf\nversion: v1\n${rest}`, { version: "v2" })).toBe(`name: clf\nversion: v2\n${rest}`);
    expect(await retagModelYaml(`name: clf\nversion: v1\n${rest}`, { name: "x" })).toBe(`name: x\nversion: v1\n${rest}`);
  });

  test.each(["20240101", "0x1f", "null", "true", "1.0", "2024-01-01", "12_3"])(
    "a plain value becomes text that Python reads as text: %s",
    async (version) => {
      expect(await retagModelYaml(`name: clf\nversion: v1\n${rest}`, { version })).toBe(`name: clf\nversion: '${version}'\n${rest}`);
    },
  );
});

describe("what cannot be changed alone is refused", () => {
  test.each([
    ["a version that something else repeats", "name: clf\nversion: &v v1\ncopy: *v\n"],
    ["a version that repeats something else", "copy: &v v1\nname: clf\nversion: *v\n"],
    ["a name that comes twice", "name: clf\nname: clf\nversion: v1\n"],
    ["a block", "name: |-\n  clf\nversion: v1\n"],
    ["a type that is forced", "name: clf\nversion: !!int 1\n"],
    ["a name out of another map", "base: &b {name: clf}\n<<: *b\nversion: v1\n"],
    ["no name", "version: v1\n"],
    ["a list", "- name\n"],
    ["broken YAML", "name: [\n"],
  ])("%s", async (_, text) => {
    await expect(retagModelYaml(text, change)).rejects.toThrow(expect.objectContaining({ code: "BENTO_MODEL_INVALID" }));
  });
});

test("whatever we write can be given another tag, and nothing else changes", async () => {
  const part = fc.stringMatching(/^[a-z0-9](?:[-._a-z0-9]{0,20}[a-z0-9])?$/);
  await fc.assert(
    fc.asyncProperty(
      part,
      part,
      part,
      part,
      fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
      async (name, version, newName, newVersion, labels) => {
        const info = makeModelInfo(new Tag(name, version), { labels });
        const text = await retagModelYaml(formatModelYaml(info), { name: newName, version: newVersion });
        expect(formatModelYaml(parseModelYaml(text, ""))).toBe(formatModelYaml({ ...info, tag: new Tag(newName, newVersion) }));
      },
    ),
    { numRuns: 200 },
  );
});

test("the new values are written as a tag has them, and are no others than a tag can have", async () => {
  expect(await retagModelYaml("name: a\nversion: v1\n", { name: "CLF", version: "V2" })).toBe("name: clf\nversion: v2\n");
  await expect(retagModelYaml("name: a\nversion: v1\n", { version: "../v2" })).rejects.toMatchObject({ code: "BENTO_TAG_INVALID" });
});

test("a document that is too long for it is left alone", async () => {
  const text = `name: a\nversion: v1\nx: ${"y".repeat(2 ** 20)}\n`;
  await expect(retagModelYaml(text, change)).rejects.toMatchObject({ code: "BENTO_MODEL_INVALID" });
});
