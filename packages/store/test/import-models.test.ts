import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { exportModels, FileModelStore, importModel, importModels, inspectModels, MemoryModelStore, type Progress } from "../src/index.js";
import { snapshot } from "./support/fixture-home.js";
import { modelYaml, tarOf } from "./support/model-archive.js";
import { temporaryFolder } from "./support/temporary-folder.js";

function archive(name: string, version: string, content = "hello"): Uint8Array {
  return tarOf({ "model.yaml": modelYaml(name, version), f: content });
}

test("a folder of archives, as somebody laid it out", async () => {
  await using folder = await temporaryFolder();
  for (const below of ["deep/er", ".hidden", "exported"]) mkdirSync(join(folder.path, below), { recursive: true });
  const contents: Readonly<Record<string, string | Uint8Array>> = {
    "a.tar": archive("a", "v1"),
    "deep/er/b.TGZ": gzipSync(archive("b", "v1")),
    "exported/model.yaml": modelYaml("c", "v1"),
    "exported/x.tar": "kept as a file",
    "broken.zip": "no zip",
    "README.md": "notes",
    ".hidden/d.tar": archive("d", "v1"),
  };
  for (const [path, content] of Object.entries(contents)) writeFileSync(join(folder.path, path), content);
  const store = new MemoryModelStore();
  const seen: string[] = [];
  const result = await importModels(folder.path, { store, onArchive: ({ file, outcome }) => seen.push(`${file} ${outcome}`) });
  expect((await store.listTags()).map(String)).toEqual(["a:v1", "b:v1", "c:v1"]);
  expect(result.imported.map(({ file, outcome, model }) => [file, outcome, String(model.tag)])).toEqual([
    ["a.tar", "imported", "a:v1"],
    ["deep/er/b.TGZ", "imported", "b:v1"],
    ["exported", "imported", "c:v1"],
  ]);
  expect(result.failed).toMatchObject([{ file: "broken.zip", outcome: "failed", error: { code: "BENTO_ARCHIVE_INVALID" } }]);
  expect(result.ignored).toEqual(["README.md"]);
  expect(seen).toEqual(["a.tar imported", "broken.zip failed", "deep/er/b.TGZ imported", "exported imported"]);
  const again = await importModels(folder.path, { store });
  expect(again.imported.map(({ outcome }) => outcome)).toEqual(["skipped", "skipped", "skipped"]);
  const strict = await importModels(folder.path, { store, existing: "error" });
  expect(strict.failed.map(({ error }) => error.code)).toEqual([
    "BENTO_MODEL_EXISTS",
    "BENTO_ARCHIVE_INVALID",
    "BENTO_MODEL_EXISTS",
    "BENTO_MODEL_EXISTS",
  ]);
});

describe("a backup", () => {
  async function backup(folder: string, format: "tar" | "zip" | "bentomodel"): Promise<FileModelStore> {
    const store = new FileModelStore(join(folder, "home"));
    for (const [name, version] of [
      ["m", "v1"],
      ["m", "v2"],
      ["n", "v1"],
    ] as const)
      await importModel(archive(name, version), { store });
    await exportModels(join(folder, "backup"), { store, format });
    return store;
  }

  test.each(["tar", "zip", "bentomodel"] as const)("carries a store over, as %s", async (format) => {
    await using folder = await temporaryFolder();
    const from = await backup(folder.path, format);
    const to = new FileModelStore(join(folder.path, "other"));
    const result = await importModels(join(folder.path, "backup"), { store: to });
    expect(result).toMatchObject({ failed: [], ignored: [] });
    expect((await to.listTags()).map(String)).toEqual((await from.listTags()).map(String));
    const contents = (home: string): readonly string[] =>
      Object.entries(snapshot(join(folder.path, home, "models"))).map(([path, line]) => `${path} ${line.replace(/^(file \d+) \S+/, "$1")}`);
    expect(contents("other")).toEqual(contents("home"));
  });

  test("goes on where it stopped, without reading again what is there", async () => {
    await using folder = await temporaryFolder();
    await backup(folder.path, "tar");
    const to = new FileModelStore(join(folder.path, "other"));
    const stop = new AbortController();
    const first = importModels(join(folder.path, "backup"), { store: to, signal: stop.signal, onArchive: () => stop.abort() });
    await expect(first).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
    expect((await to.listTags()).map(String)).toEqual(["m:v1"]);
    const known = join(folder.path, "backup/m/v1.tar");
    // What is not read cannot be found broken.
    writeFileSync(known, Buffer.alloc(statSync(known).size, "x"));
    const second = await importModels(join(folder.path, "backup"), { store: to });
    expect(second.imported.map(({ outcome, model }) => `${String(model.tag)} ${outcome}`)).toEqual([
      "m:v1 skipped",
      "m:v2 imported",
      "n:v1 imported",
    ]);
    expect(second.failed).toEqual([]);
  });

  test("with archives in two formats is read by its index: each model once, from the newer archive", async () => {
    await using folder = await temporaryFolder();
    const from = await backup(folder.path, "tar");
    const place = join(folder.path, "backup");
    const older = readFileSync(join(place, "m/v1.tar"));
    await exportModels(place, { store: from, format: "zip" });
    writeFileSync(join(place, "m/v1.tar"), older);
    writeFileSync(join(place, "m/v3.tar"), archive("m", "v3"));
    const to = new MemoryModelStore();
    const { imported, failed, superseded } = await importModels(place, { store: to, existing: "error" });
    expect(failed).toEqual([]);
    expect(imported.map(({ file }) => file)).toEqual(["m/v1.zip", "m/v2.zip", "m/v3.tar", "n/v1.zip"]);
    expect(superseded).toEqual(["m/v1.tar"]);
    rmSync(join(place, "m/v1.zip"));
    const without = await importModels(place, { store: new MemoryModelStore() });
    expect(without.imported.map(({ file }) => file)).toContain("m/v1.tar");
    expect(without.failed).toMatchObject([{ file: "m/v1.zip" }]);
  });

  test("whose index says of another archive that it is a model that is there already is read", async () => {
    await using folder = await temporaryFolder();
    const store = await backup(folder.path, "tar");
    const place = join(folder.path, "backup");
    mkdirSync(join(place, "exported/other.tar"), { recursive: true });
    writeFileSync(join(place, "exported/other.tar/model.yaml"), modelYaml("c", "v1"));
    for (const path of ["p/v1.tar", "stray.tar"]) {
      mkdirSync(dirname(join(place, path)), { recursive: true });
      writeFileSync(join(place, path), archive(path === "stray.tar" ? "q" : "p", "v1"));
    }
    const strays = ["exported/other.tar", "p/v1.tar", "stray.tar"];
    const index = join(place, "backup.jsonl");
    const lines = readFileSync(index, "utf8").trim().split("\n");
    const lies = lines.map((line, at) => {
      const file = strays[at] as string;
      return JSON.stringify({ ...(JSON.parse(line) as object), file, size: at === 0 ? 0 : statSync(join(place, file)).size });
    });
    writeFileSync(index, lies.map((line) => `${line}\n`).join(""));
    const { imported } = await importModels(place, { store });
    expect(imported.filter(({ outcome }) => outcome === "imported").map(({ file }) => file)).toEqual(strays);
    expect((await store.listTags()).map(String)).toEqual(["c:v1", "m:v1", "m:v2", "n:v1", "p:v1", "q:v1"]);
  });

  test("says what is missing or cut off, and takes in the rest", async () => {
    await using folder = await temporaryFolder();
    await backup(folder.path, "tar");
    rmSync(join(folder.path, "backup/m/v1.tar"));
    truncateSync(join(folder.path, "backup/m/v2.tar"), 700);
    const to = new MemoryModelStore();
    const { imported, failed } = await importModels(join(folder.path, "backup"), { store: to });
    expect(imported.map(({ file }) => file)).toEqual(["n/v1.tar"]);
    expect(failed.map(({ file, error }) => [file, error.code])).toEqual([
      ["m/v2.tar", "BENTO_ARCHIVE_INVALID"],
      ["m/v1.tar", "BENTO_TRANSFER_FAILED"],
    ]);
  });
});

test("what a folder would bring is told archive by archive, and nothing is stored", async () => {
  await using folder = await temporaryFolder();
  const source = new FileModelStore(join(folder.path, "home"));
  for (const version of ["v1", "v2", "v3", "v4"]) await importModel(archive("m", version), { store: source });
  const place = join(folder.path, "backup");
  await exportModels(place, { store: source, format: "tar" });
  const store = new MemoryModelStore();
  await importModel(join(place, "m/v1.tar"), { store });
  await store.create("m:v2", (draft) => draft.write("f", "other"));
  truncateSync(join(place, "m/v3.tar"), 700);
  rmSync(join(place, "m/v4.tar"));
  writeFileSync(join(place, "fresh.tar"), archive("n", "v1"));
  const stored = async (): Promise<readonly string[]> => (await store.listTags()).map(String);
  const before = await stored();
  const told = async (existing?: "error" | "replace"): Promise<readonly unknown[]> =>
    (await inspectModels(place, { store, existing })).archives.map(({ file, tag, stored: how, problems }) => [
      file,
      tag?.toString(),
      how,
      ...problems.map(({ code }) => code),
    ]);
  const broken = [
    ["m/v3.tar", undefined, undefined, "BENTO_ARCHIVE_INVALID"],
    ["m/v4.tar", undefined, undefined, "BENTO_TRANSFER_FAILED"],
  ];
  expect(await told()).toEqual([
    ["fresh.tar", "n:v1", "absent"],
    ["m/v1.tar", "m:v1", "same"],
    ["m/v2.tar", "m:v2", "different", "BENTO_MODEL_EXISTS"],
    ...broken,
  ]);
  expect((await told("error"))[1]).toEqual(["m/v1.tar", "m:v1", "same", "BENTO_MODEL_EXISTS"]);
  expect((await told("replace"))[2]).toEqual(["m/v2.tar", "m:v2", "different"]);
  expect(await stored()).toEqual(before);
});

test.each<[string, (path: string) => void]>([
  ["a pipe", (path) => execFileSync("mkfifo", [path])],
  ["a device without an end", (path) => symlinkSync("/dev/zero", path)],
  ["a folder", (path) => mkdirSync(path)],
  [
    "more than fits into memory",
    (path) => {
      writeFileSync(path, "");
      truncateSync(path, 3 * 2 ** 30);
    },
  ],
])("an index that is %s is refused at once", async (_, make) => {
  await using folder = await temporaryFolder();
  make(join(folder.path, "backup.jsonl"));
  await expect(importModels(folder.path, { store: new MemoryModelStore() })).rejects.toMatchObject({
    code: "BENTO_TRANSFER_FAILED",
    message: expect.stringMatching(/backup\.jsonl" is no index/) as string,
  });
});

test("a backup is not written through a link in the place of its index's draft", async () => {
  await using folder = await temporaryFolder();
  const store = new MemoryModelStore();
  await importModel(archive("m", "v1"), { store });
  mkdirSync(join(folder.path, "backup"));
  writeFileSync(join(folder.path, "precious"), "precious");
  symlinkSync("../precious", join(folder.path, "backup/backup.jsonl.partial"));
  await exportModels(join(folder.path, "backup"), { store, format: "tar" });
  expect(readFileSync(join(folder.path, "precious"), "utf8")).toBe("precious");
});

test("no folder is an error, an empty one is not, and progress has an end", async () => {
  await using folder = await temporaryFolder();
  await expect(importModels(join(folder.path, "gone"))).rejects.toMatchObject({ code: "BENTO_TRANSFER_FAILED" });
  expect(await importModels(folder.path)).toEqual({ imported: [], failed: [], ignored: [], superseded: [] });
  writeFileSync(join(folder.path, "a.tar"), archive("a", "v1"));
  const seen: Progress[] = [];
  for await (const progress of importModels(folder.path, { store: new MemoryModelStore() })) seen.push(progress);
  expect(seen.at(-1)).toEqual({ phase: "finish", bytes: archive("a", "v1").length, total: archive("a", "v1").length });
});
