import { Tag } from "@bento/core";
import { expect, test } from "vitest";
import { hubModelEntry, hubReferenceOf } from "./model-entry.js";

const commit = "0123456789abcdef0123456789abcdef01234567";

// What Python BentoML 1.4.39 makes of the same; `test/system/interop-hugging-face.test.ts` asks it again.
test("the tag of an entry is Python's", () => {
  const entry = hubModelEntry({ modelId: "Org/Tiny-Model_1.0", commit, include: ["*.json", "ä\u007f😀"] });
  expect(entry).toMatchObject({
    tag: "org--tiny-model_1.0:8289a599c67cecb4d2499f20c25217cc",
    module: null,
    registry: "huggingface",
    metadata: {
      model_id: "org/tiny-model_1.0",
      repo_id: "Org/Tiny-Model_1.0",
      revision: commit,
      endpoint: "https://huggingface.co",
      include: ["*.json", "ä\u007f😀"],
      exclude: null,
    },
  });
  expect(Object.keys(hubModelEntry({ modelId: "gpt2", commit }).metadata)).toEqual([
    "endpoint",
    "exclude",
    "include",
    "model_id",
    "revision",
  ]);
});

test("what it names can be read from it, and from an entry of Python's", () => {
  const reference = { modelId: "Org/Tiny", commit, endpoint: "https://hub.example", include: ["*.json"], exclude: undefined };
  expect(hubReferenceOf(hubModelEntry(reference))).toEqual(reference);
  const metadata = { model_id: "org/tiny", revision: commit, endpoint: null, include: null, exclude: ["a"] };
  expect(hubReferenceOf({ tag: Tag.parse("org--tiny:1"), metadata })).toEqual({
    modelId: "org/tiny",
    commit,
    endpoint: undefined,
    include: undefined,
    exclude: ["a"],
  });
});

test("a repo_id that is another model's is not believed", () => {
  const metadata = { model_id: "org/tiny", repo_id: "evil/other", revision: commit };
  expect(hubReferenceOf({ tag: "org--tiny:1", metadata }).modelId).toBe("org/tiny");
});

test.each([
  undefined,
  {},
  { model_id: "org/tiny" },
  { model_id: 1, revision: commit },
  { model_id: "org/tiny", revision: 1 },
  { model_id: "org/tiny", revision: commit, include: "a" },
  { model_id: "org/tiny", revision: commit, exclude: [1] },
  { model_id: "org/tiny", revision: commit, endpoint: {} },
])("metadata that names no model is refused: %j", (metadata) => {
  expect(() => hubReferenceOf({ tag: "org--tiny:1", metadata })).toThrow(
    expect.objectContaining({ code: "BENTO_BENTO_INVALID", message: expect.stringContaining('"org--tiny:1"') as string }),
  );
});

test.each([
  ["../../evil", commit],
  ["org/tiny", "main"],
  ["org/tiny", "../../evil"],
  [`org/${"n".repeat(70)}`, commit],
])("%s at %s makes no entry", (modelId, at) => {
  expect(() => hubModelEntry({ modelId, commit: at })).toThrow(expect.objectContaining({ code: "BENTO_TAG_INVALID" }));
});
