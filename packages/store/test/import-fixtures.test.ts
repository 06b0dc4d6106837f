import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import type { BentoError } from "@bento/core";
import { describe, expect, test } from "vitest";
import { FileModelStore, importModel, MemoryModelStore, type ModelStore, type StoredModel } from "../src/index.js";
import {
  archivePath,
  archives,
  archivesIn,
  type ExpectedImport,
  executableMembers,
  pythonImport,
  sourceOf,
} from "./support/archive-fixtures.js";
import { digests, digestsOf, executables, folders } from "./support/item-files.js";
import { sha256, snapshot } from "./support/fixture-home.js";
import { temporaryFolder } from "./support/temporary-folder.js";

async function expectModel(model: StoredModel, expected: ExpectedImport, name: string): Promise<void> {
  expect(String(model.tag)).toBe(expected.tag);
  expect(await digests(model)).toEqual(digestsOf(expected));
  expect(await model.text("model.yaml")).toBe(expected.model_yaml);
  expect(model.info.creationTimeText).toBe(expected.creation_time);
  expect(await folders(model)).toEqual(expect.arrayContaining(Object.keys(expected.directories ?? {})));
  const mayRun = new Set([...executableMembers(name)].map((path) => path.replace(/^folder\//, "")));
  expect(new Set(await executables(model))).toEqual(mayRun);
  expect(await model.verify()).toMatchObject({ status: "ok" });
}

const models = [...archivesIn("python"), ...archivesIn("foreign")].filter((name) => archives[name]?.kind === "model");

describe("what Python and others wrote comes in with every byte", () => {
  const stores: readonly [string, (folder: string) => ModelStore][] = [
    ["disk", (folder) => new FileModelStore(join(folder, "home"))],
    ["memory", () => new MemoryModelStore()],
  ];
  describe.each(stores)("into a store on %s", (_, open) => {
    test.each(models)("%s", async (name) => {
      await using folder = await temporaryFolder();
      await using store = open(folder.path);
      const expected = pythonImport(name) as ExpectedImport;
      await expectModel(await importModel(await sourceOf(name, folder.path), { store }), expected, name);
      await expectModel(await store.get(expected.tag as string), expected, name);
    });
  });

  test("without a warning, but for a tar whose end is not marked", async () => {
    await using folder = await temporaryFolder();
    const warned: string[] = [];
    for (const name of models) {
      const onWarning = (warning: string): void => void warned.push(`${name}: ${warning}`);
      await importModel(await sourceOf(name, folder.path), { store: new MemoryModelStore(), onWarning });
    }
    expect(warned).toEqual([expect.stringMatching(/^foreign\/tar-no-end\.tar: .*tar-no-end\.tar" is not marked/)]);
  });

  test.each(models.filter((name) => !name.endsWith(".folder.tar")))("%s, as a stream", async (name) => {
    const store = new MemoryModelStore();
    // A stream has no name: a zip behind other bytes and a tar without magic need theirs.
    const format = name === "foreign/zip-prefix.zip" ? "zip" : undefined;
    const bytes = readFileSync(archivePath(name));
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let start = 0; start < bytes.length; start += 1000) controller.enqueue(new Uint8Array(bytes.subarray(start, start + 1000)));
        controller.close();
      },
    });
    await expectModel(await importModel(stream, { store, format }), pythonImport(name) as ExpectedImport, name);
  });
});

/** What ours says to each of the hard ones: the files that Python takes in too, or a code and what the message must name. */
const verdicts: Readonly<Record<string, "imported" | readonly [code: string, message: RegExp]>> = {
  "hard/absolute.tar": ["BENTO_ARCHIVE_UNSAFE", /"\/evil-absolute"/],
  "hard/absolute.zip": ["BENTO_ARCHIVE_UNSAFE", /"\/evil-absolute"/],
  "hard/backslash.zip": ["BENTO_ARCHIVE_UNSAFE", /"\.\.\\\\evil"/],
  "hard/bad-crc.gz": ["BENTO_ARCHIVE_INVALID", /checksum|CRC/i],
  "hard/bad-crc.zip": ["BENTO_ARCHIVE_INVALID", /"f"/],
  "hard/bad-header.tar": ["BENTO_ARCHIVE_INVALID", /checksum/],
  "hard/bad-name.tar": ["BENTO_MODEL_INVALID", /a b/],
  "hard/bad-yaml.tar": ["BENTO_MODEL_INVALID", /model\.yaml/],
  "hard/bento-as-model.tar": ["BENTO_ARCHIVE_INVALID", /bento/],
  "hard/case-clash.tar": "imported",
  "hard/device.tar": ["BENTO_ARCHIVE_UNSAFE", /"\.\/null"/],
  "hard/dots.tar": "imported",
  "hard/duplicate-yaml.tar": ["BENTO_ARCHIVE_UNSAFE", /"model\.yaml": it comes twice/],
  "hard/duplicate.tar": ["BENTO_ARCHIVE_UNSAFE", /"\.\/f": it comes twice/],
  "hard/duplicate.zip": ["BENTO_ARCHIVE_UNSAFE", /"f"/],
  "hard/empty-name.tar": ["BENTO_ARCHIVE_UNSAFE", /""/],
  "hard/empty.bentomodel": ["BENTO_ARCHIVE_INVALID", /empty/],
  "hard/empty.tar": ["BENTO_ARCHIVE_INVALID", /empty/],
  "hard/empty.zip": ["BENTO_ARCHIVE_INVALID", /empty/],
  "hard/encrypted.zip": ["BENTO_ARCHIVE_INVALID", /encrypted/],
  "hard/fifo.tar": ["BENTO_ARCHIVE_UNSAFE", /"\.\/pipe"/],
  "hard/file-and-folder.tar": ["BENTO_ARCHIVE_UNSAFE", /"\.\/f\/inner": "f" is a file/],
  "hard/flipped.bentomodel": ["BENTO_ARCHIVE_INVALID", /./],
  "hard/gzip-as-native.bentomodel": "imported",
  "hard/hardlink-before.tar": "imported",
  "hard/hardlink-outside.tar": ["BENTO_ARCHIVE_UNSAFE", /"\.\/hard".*"\.\.\/outside"/],
  "hard/infozip-long-name.zip": "imported",
  "hard/link-absolute.tar": ["BENTO_ARCHIVE_UNSAFE", /"\.\/link".*"\/etc\/hostname"/],
  "hard/link-cycle.tar": ["BENTO_ARCHIVE_UNSAFE", /"\.\/l1".*back to itself/],
  "hard/link-dangling.tar": ["BENTO_ARCHIVE_UNSAFE", /"\.\/link".*"nowhere"/],
  "hard/link-folder.tar": ["BENTO_ARCHIVE_UNSAFE", /"\.\/link".*folder/],
  "hard/link-outside.tar": ["BENTO_ARCHIVE_UNSAFE", /"\.\/link".*leads out/],
  "hard/link-self.tar": ["BENTO_ARCHIVE_UNSAFE", /"\.\/link".*back to itself/],
  "hard/link.zip": ["BENTO_ARCHIVE_UNSAFE", /"link"/],
  "hard/list-yaml.tar": ["BENTO_MODEL_INVALID", /model\.yaml/],
  "hard/missing-key.tar": ["BENTO_MODEL_INVALID", /api_version/],
  "hard/no-members.tar": ["BENTO_ARCHIVE_INVALID", /empty/],
  "hard/no-members.zip": ["BENTO_ARCHIVE_INVALID", /empty/],
  "hard/no-yaml.bentomodel": ["BENTO_ARCHIVE_INVALID", /no "model\.yaml".*"f"/],
  "hard/not-utf8-name-fixed.tar": ["BENTO_ARCHIVE_UNSAFE", /UTF-8/],
  "hard/not-utf8-name.tar": ["BENTO_ARCHIVE_INVALID", /checksum/],
  "hard/nul-name.tar": ["BENTO_ARCHIVE_UNSAFE", /NUL/],
  "hard/null-version.tar": ["BENTO_TAG_INVALID", /no version/],
  "hard/parent-deep.bentomodel": ["BENTO_ARCHIVE_UNSAFE", /"\.\/d\/\.\.\/\.\.\/evil"/],
  "hard/parent.tar": ["BENTO_ARCHIVE_UNSAFE", /"\.\.\/evil"/],
  "hard/parent.zip": ["BENTO_ARCHIVE_UNSAFE", /"\.\.\/evil"/],
  "hard/plain-tar-as-native.bentomodel": "imported",
  "hard/random.tar": ["BENTO_ARCHIVE_INVALID", /./],
  "hard/tar-as-zip.zip": "imported",
  "hard/text.bentomodel": ["BENTO_ARCHIVE_INVALID", /no archive/],
  "hard/traversal-in-yaml.tar": ["BENTO_MODEL_INVALID", /\.\.\/\.\.\/\.\.\/escape/],
  "hard/truncated-tail.bentomodel": ["BENTO_ARCHIVE_INVALID", /cut off/],
  "hard/truncated.bentomodel": ["BENTO_ARCHIVE_INVALID", /cut off/],
  "hard/truncated.gz": ["BENTO_ARCHIVE_INVALID", /cut off/],
  "hard/truncated.tar": ["BENTO_ARCHIVE_INVALID", /cut off/],
  "hard/truncated.zip": ["BENTO_ARCHIVE_INVALID", /./],
  "hard/twice.bentomodel": "imported",
  "hard/unknown-extension.tgz": "imported",
  "hard/upper-extension.GZ": "imported",
  "hard/version-latest.tar": ["BENTO_TAG_INVALID", /latest/],
  "hard/wrapped.bentomodel": ["BENTO_ARCHIVE_INVALID", /the folder "badly-v1"/],
  "hard/wrapped.zip": ["BENTO_ARCHIVE_INVALID", /the folder "badly-v1"/],
  "hard/write-through-link.tar": ["BENTO_ARCHIVE_UNSAFE", /"\.\/out"/],
  "hard/xz-as-gz.gz": "imported",
  "hard/yaml-is-folder.tar": ["BENTO_ARCHIVE_INVALID", /"model\.yaml" is no file/],
  "hard/zip-as-native.bentomodel": "imported",
};

test("there is a verdict on every hard archive", () => {
  expect(Object.keys(verdicts).toSorted()).toEqual(archivesIn("hard").toSorted());
});

describe("hard archives come in as Python takes them, or are refused by name", () => {
  test.each(Object.entries(verdicts))("%s", async (name, verdict) => {
    await using folder = await temporaryFolder();
    // Nothing may be written beside the home, however often a name climbs.
    const home = join(folder.path, "a/b/c/home");
    await mkdir(home, { recursive: true });
    const store = new FileModelStore(home);
    if (verdict === "imported") {
      const model = await importModel(archivePath(name), { store });
      const expected = pythonImport(name);
      if (expected !== undefined) expect(await digests(model)).toEqual(digestsOf(expected));
      expect(await store.listTags()).toHaveLength(1);
    } else {
      const [code, message] = verdict;
      const error: unknown = await importModel(archivePath(name), { store }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code, message: expect.stringMatching(message) as string });
      expect(Object.keys(snapshot(home)).filter((path) => path !== "models" && path !== "tmp")).toEqual([]);
    }
    expect(Object.keys(snapshot(folder.path)).filter((path) => !path.startsWith("a/b/c/home/"))).toEqual([
      "a",
      "a/b",
      "a/b/c",
      "a/b/c/home",
    ]);
  });
});

test("links before and behind their files are those files, also where Python fails", async () => {
  const model = await importModel(archivePath("hard/hardlink-before.tar"), { store: new MemoryModelStore() });
  const found = await digests(model);
  expect(found["hard"]).toBe(found["f"]);
});

test("a name that Python reads wrong and then cannot write is read right", async () => {
  const model = await importModel(archivePath("hard/infozip-long-name.zip"), { store: new MemoryModelStore() });
  const names = (await model.files()).map(({ path }) => path);
  expect(names).toContainEqual(expect.stringMatching(/^long-\u00e9+\.txt$/));
});

test("an archive comes in once; the same again is there already, or is refused", async () => {
  const store = new MemoryModelStore();
  const path = archivePath("hard/twice.bentomodel");
  const first = importModel(path, { store });
  await first;
  expect(first.outcome).toBe("imported");
  await expect(importModel(path, { store })).rejects.toThrow(expect.objectContaining({ code: "BENTO_MODEL_EXISTS" }));
  const again = importModel(path, { store, existing: "skip" });
  expect(String((await again).tag)).toBe("badly:v1");
  expect(again.outcome).toBe("skipped");
});

test("a format that the bytes contradict is refused, and the error says what it is", async () => {
  const store = new MemoryModelStore();
  const path = archivePath("python/many-files-v1.gz");
  const error = await importModel(path, { store, format: "zip" }).catch((thrown: unknown) => thrown as BentoError);
  expect(error).toMatchObject({
    code: "BENTO_ARCHIVE_INVALID",
    message: expect.stringContaining(`${basename(path)}" is a gz archive, not a zip`) as string,
  });
  expect(await importModel(path, { store, format: "gz" })).toHaveProperty("tag");
  expect(sha256(Buffer.alloc(0))).toMatch(/^e3b0/);
});
