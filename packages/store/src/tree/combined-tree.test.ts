import { expect, test } from "vitest";
import { combineTrees } from "./combined-tree.js";
import { textTree } from "./text-tree.js";
import type { Tree } from "./tree.js";

const tree = (files: Readonly<Record<string, string>>): Tree => textTree(new Map(Object.entries(files)));
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

const combined = combineTrees([
  { below: "", tree: tree({ "bento.yaml": "b", "models-of-old": "o", z: "z" }) },
  { below: "models/clf/v1", tree: tree({ "model.yaml": "v1", w: "1" }) },
  { below: "models", tree: tree({ "clf/latest": "v2" }) },
  { below: "models/clf/v2", tree: tree({ "model.yaml": "v2" }) },
]);

test("entries stand in the order of an archive, with every folder once", async () => {
  expect((await combined.entries()).map(({ kind, path }) => (kind === "folder" ? `${path}/` : path))).toEqual([
    "bento.yaml",
    "models/",
    "models/clf/",
    "models/clf/latest",
    "models/clf/v1/",
    "models/clf/v1/model.yaml",
    "models/clf/v1/w",
    "models/clf/v2/",
    "models/clf/v2/model.yaml",
    "models-of-old",
    "z",
  ]);
});

test("each file is read from the part that it belongs to", async () => {
  expect(decode(await combined.read("models-of-old"))).toBe("o");
  expect(decode(await combined.read("models/clf/latest"))).toBe("v2");
  expect(decode(await combined.read("models/clf/v1/model.yaml"))).toBe("v1");
  const chunks = [];
  for await (const chunk of combined.stream("models/clf/v2/model.yaml")) chunks.push(decode(chunk));
  expect(chunks).toEqual(["v2"]);
});

test("a folder at the top of a part can be left out", async () => {
  const files = tree({ a: "a", "models/x": "old", "models-too": "m" });
  const without: Tree = { ...files, entries: async () => [{ kind: "folder", path: "models" }, ...(await files.entries())] };
  const entries = await combineTrees([{ below: "", tree: without, without: "models" }]).entries();
  expect(entries.map(({ path }) => path)).toEqual(["a", "models-too"]);
});
