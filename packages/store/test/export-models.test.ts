import { createHash } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FileModelStore, MemoryModelStore, type ModelStore } from "../src/index.js";
import { readBackupIndex } from "../src/archive/backup-index.js";
import { type BackupResult, exportModels } from "../src/export/export-models.js";
import { codeOf, errorOf } from "./model-store-contract.js";
import { listArchive } from "./support/read-archive.js";
import { temporaryFolder } from "./support/temporary-folder.js";

/** Everything that a result says, as text. */
function told({ exported, unchanged, failed, skipped }: BackupResult): object {
  return {
    exported: exported.map(String),
    unchanged: unchanged.map(String),
    failed: failed.map(({ tag, error }) => [String(tag), error.code]),
    skipped: skipped.length,
  };
}

const nothing = { exported: [], unchanged: [], failed: [], skipped: 0 };

async function fill(store: ModelStore): Promise<void> {
  for (const tag of ["a:1", "a:2", "b:x.y"])
    await store.create(tag, (draft) => draft.write("weights", new Uint8Array(100_000).fill(tag.length)));
}

const format = "tar";

test("a store is written whole, with an index, and the next run writes nothing", async () => {
  await using folder = await temporaryFolder();
  await using store = new MemoryModelStore();
  await fill(store);
  const place = join(folder.path, "new", "backup");
  const transfer = exportModels(place, { store, format });
  const seen = [];
  for await (const progress of transfer) seen.push(progress);
  const result = await transfer;
  expect(told(result)).toEqual({ ...nothing, exported: ["a:1", "a:2", "b:x.y"] });
  expect(result.folder).toBe(place);
  const { total = 0, bytes, phase } = seen.at(-1) ?? {};
  expect(phase).toBe("finish");
  expect(bytes).toBe(total);
  expect(total).toBeGreaterThan(300_000);
  const files = ["a", "a/1.tar", "a/2.tar", "b", "b/x.y.tar", "backup.jsonl"];
  expect(readdirSync(place, { recursive: true, encoding: "utf8" }).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(files);
  expect(Object.keys(await listArchive(readFileSync(join(place, "a/2.tar")), format))).toContain("weights");
  for (const { file, size, sha256, modelYaml, tag } of (await readBackupIndex(place)).values()) {
    const archive = readFileSync(join(place, file));
    expect(size).toBe(archive.length);
    expect(sha256).toBe(createHash("sha256").update(archive).digest("hex"));
    expect(modelYaml).toBe(
      createHash("sha256")
        .update(await (await store.get(tag)).read("model.yaml"))
        .digest("hex"),
    );
  }
  const before = files.map((file) => statSync(join(place, file)).ino);
  expect(told(await exportModels(place, { store, format }))).toEqual({ ...nothing, unchanged: ["a:1", "a:2", "b:x.y"] });
  expect(files.slice(0, 5).map((file) => statSync(join(place, file)).ino)).toEqual(before.slice(0, 5));
});

test("what is missing, cut off, made anew or of another format is written again", async () => {
  await using folder = await temporaryFolder();
  await using store = new MemoryModelStore();
  await fill(store);
  await exportModels(folder.path, { store, format });
  rmSync(join(folder.path, "a/1.tar"));
  truncateSync(join(folder.path, "a/2.tar"), 1000);
  await store.delete("b:x.y");
  await store.create("b:x.y", { labels: { made: "anew" } }, (draft) => draft.write("weights", new Uint8Array(100_000)));
  await store.create("c:1", (draft) => draft.write("weights", "c"));
  expect(told(await exportModels(folder.path, { store, format }))).toEqual({ ...nothing, exported: ["a:1", "a:2", "b:x.y", "c:1"] });
  expect(told(await exportModels(folder.path, { store, format, names: ["a", "c:1", "a:1"] }))).toEqual({
    ...nothing,
    unchanged: ["a:1", "a:2", "c:1"],
  });
  expect(told(await exportModels(folder.path, { store, format: "gz", names: ["c"] }))).toEqual({ ...nothing, exported: ["c:1"] });
  expect((await readBackupIndex(folder.path)).get("c:1")?.file).toBe("c/1.gz");
  expect(readdirSync(join(folder.path, "c"))).toEqual(["1.gz"]);
});

test("archives of another format go when the new ones are noted, and nothing else does", async () => {
  await using folder = await temporaryFolder();
  await using store = new MemoryModelStore();
  await fill(store);
  const place = join(folder.path, "backup");
  await exportModels(place, { store, format });
  for (const file of ["precious.tar", "backup/a/notes.tar", "backup/b/x.y.gz.tar"]) writeFileSync(join(folder.path, file), "precious");
  const controller = new AbortController();
  const index = join(place, "backup.jsonl");
  const lines = [...(await readBackupIndex(place)).values()];
  const forged = lines.map((line) => ({ ...line, file: line.tag === "a:1" ? "../precious.tar" : line.file }));
  writeFileSync(index, forged.map((line) => `${JSON.stringify(line)}\n`).join(""));
  const transfer = exportModels(place, { store, format: "zip", signal: controller.signal });
  const watching = (async () => {
    for await (const _ of transfer) if (existsSync(join(place, "a/1.zip"))) controller.abort();
  })();
  expect(await codeOf(transfer)).toBe("BENTO_CANCELLED");
  await watching.catch(() => {});
  // What was not written anew yet is still known under its old format.
  expect((await readBackupIndex(place)).get("b:x.y")?.file).toBe("b/x.y.tar");
  await exportModels(place, { store, format: "zip" });
  const archives = ["a/1.tar", "a/1.zip", "a/2.zip", "a/notes.tar", "b/x.y.gz.tar", "b/x.y.zip", "backup.jsonl"];
  const files = readdirSync(place, { recursive: true, encoding: "utf8" }).filter((file) => file.includes("."));
  expect(files.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(archives);
  expect(readFileSync(join(folder.path, "precious.tar"), "utf8")).toBe("precious");
});

test("an index that a crash cut off counts as far as it is whole", async () => {
  await using folder = await temporaryFolder();
  await using store = new MemoryModelStore();
  await fill(store);
  await exportModels(folder.path, { store, format });
  const index = join(folder.path, "backup.jsonl");
  writeFileSync(index, readFileSync(index, "utf8").slice(0, -20));
  appendFileSync(index, "");
  expect(told(await exportModels(folder.path, { store, format }))).toEqual({ ...nothing, exported: ["b:x.y"], unchanged: ["a:1", "a:2"] });
  expect(readFileSync(index, "utf8").split("\n")).toHaveLength(4);
  writeFileSync(index, 'null\n7\n{"tag":1}\n{"tag":"a:1","file":"a/1.tar"}\n\0\n');
  expect(told(await exportModels(folder.path, { store, format }))).toEqual({ ...nothing, exported: ["a:1", "a:2", "b:x.y"] });
});

test("an interrupted backup goes on where it stopped", async () => {
  await using folder = await temporaryFolder();
  await using store = new MemoryModelStore();
  await fill(store);
  const controller = new AbortController();
  const transfer = exportModels(folder.path, { store, format, signal: controller.signal });
  const watching = (async () => {
    for await (const _ of transfer) if (existsSync(join(folder.path, "a/1.tar"))) controller.abort();
  })();
  expect(await codeOf(transfer)).toBe("BENTO_CANCELLED");
  await watching.catch(() => {});
  const { exported, unchanged } = await exportModels(folder.path, { store, format });
  expect(unchanged.map(String)).toContain("a:1");
  expect([...unchanged, ...exported].map(String)).toEqual(["a:1", "a:2", "b:x.y"]);
  expect(unchanged.length).toBeLessThan(3);
});

test("a broken model does not stop the others", async () => {
  await using folder = await temporaryFolder();
  const store = new FileModelStore(join(folder.path, "home"));
  await fill(store);
  const models = join(store.location, "models");
  writeFileSync(join(models, "a/1/model.yaml"), "{");
  symlinkSync("/etc/passwd", join(models, "a/2/secret"));
  mkdirSync(join(models, "a/3"));
  const result = await exportModels(join(folder.path, "out"), { store, format });
  expect(told(result)).toEqual({
    exported: ["b:x.y"],
    unchanged: [],
    failed: [
      ["a:1", "BENTO_MODEL_INVALID"],
      ["a:2", "BENTO_MODEL_INVALID"],
    ],
    skipped: 1,
  });
});

test.each<[string, string]>([
  ["the folder of a name", "a"],
  ["an archive", "a/1.tar"],
])("a link in the place of %s is not followed out of the backup", async (_, link) => {
  await using folder = await temporaryFolder();
  await using store = new MemoryModelStore();
  await fill(store);
  const [place, outside] = [join(folder.path, "backup"), join(folder.path, "outside")];
  await exportModels(place, { store, format });
  // Also when everything is there, behind the link.
  renameSync(join(place, link), outside);
  symlinkSync(outside, join(place, link));
  const before = statSync(outside).mtimeMs;
  const result = told(await exportModels(place, { store, format }));
  const refused = link === "a" ? ["a:1", "a:2"] : ["a:1"];
  expect(result).toEqual({
    ...nothing,
    unchanged: ["a:1", "a:2", "b:x.y"].filter((tag) => !refused.includes(tag)),
    failed: refused.map((tag) => [tag, "BENTO_TARGET_EXISTS"]),
  });
  expect(statSync(outside).mtimeMs).toBe(before);
  symlinkSync(place, join(folder.path, "link"));
  expect(told(await exportModels(join(folder.path, "link"), { store, format, names: ["b"] }))).toEqual({
    ...nothing,
    unchanged: ["b:x.y"],
  });
});

test("a place that cannot be written, and options that cannot be, are refused", async () => {
  await using folder = await temporaryFolder();
  await using store = new MemoryModelStore();
  await fill(store);
  writeFileSync(join(folder.path, "file"), "");
  expect(await codeOf(exportModels(join(folder.path, "file"), { store }))).toBe("BENTO_TRANSFER_FAILED");
  expect(await codeOf(exportModels(join(folder.path, "x"), { store, format: "folder" }))).toBe("BENTO_BAD_REQUEST");
  expect(await codeOf(exportModels("s3://bucket/x", { store }))).toBe("BENTO_BAD_REQUEST");
  expect(await codeOf(exportModels(join(folder.path, "x"), { store, signal: AbortSignal.abort() }))).toBe("BENTO_CANCELLED");
  expect((await errorOf(exportModels(join(folder.path, "y"), { store, names: ["missing"] }))).code).toBe("BENTO_MODEL_NOT_FOUND");
  expect(readdirSync(folder.path)).toEqual(["file", "y"]);
});

test("an empty store makes an empty backup", async () => {
  await using folder = await temporaryFolder();
  await using store = new MemoryModelStore();
  expect(told(await exportModels(folder.path, { store }))).toEqual(nothing);
  expect(readdirSync(folder.path)).toEqual(["backup.jsonl"]);
});
