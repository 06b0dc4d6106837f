import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { importLanded, type LandedFile, modelKind } from "../src/archives.js";
import { FileModelStore, MemoryModelStore, type ModelStore } from "../src/index.js";
import { errorOf } from "./model-store-contract.js";
import { modelYaml, withManifest } from "./support/model-archive.js";

let folder: string;
const signal = AbortSignal.any([]);

beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "bento-landed-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Puts files on the disk under numbers, as a transfer does. */
function landed(files: Readonly<Record<string, string>>, executable = ""): LandedFile[] {
  const parts = join(folder, "home", "tmp", "parts");
  mkdirSync(parts, { recursive: true });
  return Object.entries(files).map(([path, text], index) => {
    const place = join(parts, String(index));
    writeFileSync(place, text);
    const sha256 = createHash("sha256").update(text).digest("hex");
    return { path, place, size: Buffer.byteLength(text), sha256, executable: path === executable };
  });
}

async function take(store: ModelStore, files: readonly LandedFile[], options: { folders?: string[]; existing?: "skip" | "replace" } = {}) {
  const { folders = [], existing = "skip" } = options;
  return importLanded({ folders, files }, { kind: modelKind, store, expected: "clf:v1", existing, signal });
}

const files = { "model.yaml": modelYaml(), "d/weights": "0123", run: "#!" };

test("files come into the store without being copied, with their right to execute and the empty folders", async () => {
  await using store = new FileModelStore(join(folder, "home"));
  const given = landed(files, "run");
  const weights = given.find(({ path }) => path === "d/weights") as LandedFile;
  const { ino } = statSync(weights.place);
  const { item, outcome } = await take(store, given, { folders: ["empty"] });
  expect(outcome).toBe("imported");
  expect(statSync(item.resolvePath("d/weights")).ino).toBe(ino);
  expect(statSync(item.resolvePath("run")).mode & 0o777).toBe(0o755);
  expect(statSync(item.resolvePath("empty")).isDirectory()).toBe(true);
  expect(await item.verify()).toMatchObject({ status: "ok" });
});

test("a store in memory takes their bytes", async () => {
  await using store = new MemoryModelStore();
  const { item } = await take(store, landed(files));
  expect(await item.text("d/weights")).toBe("0123");
});

test.each(["../out", "/abs", "a/../b", "./a", "d", "a\0b"])("the path %j is refused, and the store stays as it was", async (path) => {
  await using store = new FileModelStore(join(folder, "home"));
  const error = await errorOf(take(store, landed({ ...files, [path]: "evil" })));
  expect(error.code).toBe("BENTO_ARCHIVE_UNSAFE");
  expect(await store.listTags()).toEqual([]);
  expect(readdirSync(join(folder, "home"))).not.toContain("out");
});

test("a manifest that says otherwise, and a document of another tag, are refused", async () => {
  await using store = new FileModelStore(join(folder, "home"));
  const wrong = { ...withManifest(files), "d/weights": "3210" } as Record<string, string>;
  expect((await errorOf(take(store, landed(wrong)))).code).toBe("BENTO_INTEGRITY_FAILED");
  const other = { ...files, "model.yaml": modelYaml("clf", "v2") };
  expect((await errorOf(take(store, landed(other)))).code).toBe("BENTO_INTEGRITY_FAILED");
  expect(await store.listTags()).toEqual([]);
});

test("what has the tag is kept when it is the same, and replaced as a whole when that was said", async () => {
  await using store = new FileModelStore(join(folder, "home"));
  await take(store, landed({ ...files, old: "old" }));
  expect((await take(store, landed({ ...files, old: "old" }))).outcome).toBe("skipped");
  expect((await errorOf(take(store, landed(files)))).code).toBe("BENTO_MODEL_EXISTS");
  const { item, outcome } = await take(store, landed(files), { existing: "replace" });
  expect(outcome).toBe("replaced");
  expect((await item.files()).map(({ path }) => path)).toEqual(["d/weights", "model.yaml", "run"]);
});
