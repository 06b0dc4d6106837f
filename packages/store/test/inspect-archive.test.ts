import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { FileBentoStore, FileModelStore, importBento, importModel, inspectArchive, MemoryModelStore } from "../src/index.js";
import { archivePath, pythonImport } from "./support/archive-fixtures.js";
import { sha256, snapshot } from "./support/fixture-home.js";
import { modelYaml, tarOf, withManifest } from "./support/model-archive.js";
import { rawTar, tarHeader } from "./support/raw-tar.js";
import { temporaryFolder } from "./support/temporary-folder.js";

const files = { "model.yaml": modelYaml(), f: "hello", "d/g": "more" };

test("tells what would come in, and writes nothing", async () => {
  await using folder = await temporaryFolder();
  const store = new FileModelStore(folder.path);
  const report = await inspectArchive(gzipSync(tarOf(withManifest(files))), { store });
  expect(report).toMatchObject({ format: "gz", stored: "absent", problems: [], models: [], size: files["model.yaml"].length + 9 });
  expect(String(report.tag)).toBe("clf:v1");
  expect(report.info?.apiVersion).toBe("v1");
  expect(report.files).toEqual(
    Object.entries(files)
      .map(([path, content]) => ({ path, size: content.length, sha256: sha256(Buffer.from(content)) }))
      .toSorted((a, b) => (a.path < b.path ? -1 : 1)),
  );
  expect(snapshot(folder.path)).toEqual({});
});

test("every fixture is looked at as it is imported", async () => {
  for (const name of [
    "python/many-files-v1.zip",
    "python/hard-names.bentomodel",
    "foreign/links-inside.tar",
    "foreign/lzma-alone.bentomodel",
  ]) {
    const report = await inspectArchive(archivePath(name), { store: new MemoryModelStore() });
    const expected = Object.entries(pythonImport(name)?.files ?? {}).map(([path, { sha256: digest }]) => [path, digest]);
    expect(Object.fromEntries(report.files.map((file) => [file.path, file.sha256]))).toEqual(Object.fromEntries(expected));
    expect(report.problems).toEqual([]);
  }
});

test("what is stored already, the same or other, and what that means", async () => {
  const store = new MemoryModelStore();
  await importModel(tarOf(files), { store });
  const same = await inspectArchive(tarOf(files), { store });
  expect(same).toMatchObject({ stored: "same", problems: [{ code: "BENTO_MODEL_EXISTS" }] });
  expect(await inspectArchive(tarOf(files), { store, existing: "skip" })).toMatchObject({ stored: "same", problems: [] });
  const other = tarOf({ ...files, f: "x" });
  expect(await inspectArchive(other, { store, existing: "skip" })).toMatchObject({
    stored: "different",
    problems: [{ code: "BENTO_MODEL_EXISTS" }],
  });
  expect(await inspectArchive(other, { store, existing: "replace" })).toMatchObject({ stored: "different", problems: [] });
  const renamed = await inspectArchive(other, { store, version: "v2" });
  expect(renamed).toMatchObject({ stored: "absent", problems: [] });
  expect(String(renamed.tag)).toBe("clf:v2");
});

describe("what stands against an import is in the report", () => {
  test.each<[string, Uint8Array, string]>([
    ["files that were changed", tarOf({ ...withManifest(files), f: "x" }), "BENTO_INTEGRITY_FAILED"],
    ["no model", tarOf({ f: "x" }), "BENTO_ARCHIVE_INVALID"],
    ["a broken document", tarOf({ "model.yaml": "[" }), "BENTO_MODEL_INVALID"],
    ["an entry that leads out", rawTar([{ name: "model.yaml", content: modelYaml() }, { name: "../x" }]), "BENTO_ARCHIVE_UNSAFE"],
    [
      "a document that is a link",
      rawTar([
        { name: "model.yaml", type: "2", link: "f" },
        { name: "f", content: modelYaml() },
      ]),
      "BENTO_ARCHIVE_UNSAFE",
    ],
    ["damage", tarOf(files).subarray(0, 1500), "BENTO_ARCHIVE_INVALID"],
    ["no archive", Buffer.from("text"), "BENTO_ARCHIVE_INVALID"],
  ])("%s", async (_, bytes, code) => {
    const report = await inspectArchive(bytes, { store: new MemoryModelStore() });
    expect(report.problems.map((problem) => problem.code)).toEqual([code]);
  });

  test("but a source that cannot be read is thrown", async () => {
    await expect(inspectArchive("/nowhere.tar")).rejects.toMatchObject({ code: "BENTO_TRANSFER_FAILED" });
    await expect(inspectArchive(tarOf(files), { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
  });
});

test("a bento with its models", async () => {
  await using folder = await temporaryFolder();
  const store = new FileBentoStore(folder.path);
  const models = new FileModelStore(folder.path);
  const path = archivePath("python/two-step-v1.bento");
  const report = await inspectArchive(path, { kind: "bento", store, models });
  expect(report).toMatchObject({ format: "bento", stored: "absent", problems: [] });
  expect(report.models.map((model) => [String(model.tag), model.stored])).toEqual([
    ["churn-clf:v10", "absent"],
    ["iris-logreg:tctglrvpfkpviryb", "absent"],
    ["iris-onnx:hfpbidrjvoqm4d4e", "absent"],
  ]);
  expect(snapshot(folder.path)).toEqual({});
  await importBento(path, { store, models });
  await models.delete("iris-onnx");
  const again = await inspectArchive(path, { kind: "bento", store, models });
  expect(again).toMatchObject({ stored: "same", problems: [{ code: "BENTO_BENTO_EXISTS" }] });
  expect(again.models.map((model) => model.stored)).toEqual(["same", "same", "absent"]);
});

const zeros = gzipSync(Buffer.alloc(2 ** 20), { level: 9 });

test("10 GiB of zeros in 10 MB are stopped by the ratio that holds by default", async () => {
  const size = Buffer.alloc(12);
  size[0] = 0x80;
  size.writeBigUInt64BE(10n * 2n ** 30n, 4);
  let given = 0;
  const bomb = async function* (): AsyncGenerator<Uint8Array, void> {
    yield gzipSync(
      Buffer.concat([rawTar([{ name: "model.yaml", content: modelYaml() }], { end: false }), tarHeader({ name: "zeros", size }, 0)]),
    );
    for (; given < 10_240; given += 1) yield zeros.slice();
  };
  const { problems } = await inspectArchive(bomb(), { store: new MemoryModelStore() });
  expect(problems).toMatchObject([{ code: "BENTO_ARCHIVE_UNSAFE", message: expect.stringContaining("maxRatio is 200") as string }]);
  expect(given).toBeLessThan(1200);
}, 60_000);
