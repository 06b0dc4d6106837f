import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PythonSession } from "./support/python-session.js";

let python: PythonSession;
let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "bento-system-"));
  python = await PythonSession.start();
});
afterAll(async () => {
  await python[Symbol.asyncDispose]();
  await rm(home, { recursive: true });
});

test("one Python process creates, lists, reads and deletes models", async () => {
  expect(await python.listModels(home)).toEqual([]);
  const tag = await python.createModel(home, {
    tag: "clf:v1",
    metadata: { big: { $type: "int", value: "9007199254740993" } },
    files: [{ path: "a/b.txt", base64: "eA==" }],
  });
  expect(tag).toBe("clf:v1");
  expect((await python.listModels(home)).map((model) => model.tag)).toEqual(["clf:v1"]);
  expect(await python.getTag(home, "clf")).toBe("clf:v1");
  const read = await python.readModel(home, "clf:v1");
  expect(read.metadata).toEqual({ big: { $type: "int", value: "9007199254740993" } });
  expect(Object.keys(read.files)).toEqual(["a/b.txt", "model.yaml"]);
  await python.deleteModel(home, "clf:v1");
  expect(await python.listModels(home)).toEqual([]);
});

test("what Python raises arrives with its class", async () => {
  await expect(python.getTag(home, "absent:v1")).rejects.toMatchObject({ name: "PythonError", pythonClass: "NotFound", status: 404 });
});
