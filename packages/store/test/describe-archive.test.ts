import { randomBytes } from "node:crypto";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { describeArchive, exportModel, MemoryModelStore, registerRemote } from "../src/index.js";
import { failureOf } from "./support/failure-of.js";
import { hostileArchives } from "./support/hostile-archives.js";
import { madeZip } from "./support/made-zip.js";
import { modelYaml, tarOf } from "./support/model-archive.js";
import { temporaryFolder } from "./support/temporary-folder.js";

const yaml = modelYaml();

async function storeWithModel(): Promise<MemoryModelStore> {
  const store = new MemoryModelStore();
  await store.create("clf:v1", { labels: { team: "vision" }, metadata: { accuracy: 0.98 } }, async (draft) => {
    await draft.write("weights.bin", randomBytes(3_000_000));
    await draft.write("assets/labels.txt", "cat\ndog\n");
  });
  return store;
}

const listed = [
  { path: "assets/labels.txt", size: 8 },
  { path: "model.yaml", size: expect.any(Number) },
  { path: "weights.bin", size: 3_000_000 },
];

test.each(["zip", "folder"] as const)("of a %s the files are known, and little of it is read", async (format) => {
  await using folder = await temporaryFolder();
  const path = await exportModel("clf", join(folder.path, "out"), { store: await storeWithModel(), format });
  const found = await describeArchive(path);
  expect(String(found.tag)).toBe("clf:v1");
  expect(found).toMatchObject({ format, files: listed, info: { labels: { team: "vision" }, metadata: { accuracy: 0.98 } } });
  expect(found.size).toBeGreaterThan(3_000_008);
  expect(found.bytesRead).toBeGreaterThan(0);
  expect(found.bytesRead).toBeLessThan(70_000);
  expect(found.archiveSize === undefined).toBe(format === "folder");
});

test.each(["tar", "gz", "bz2", "xz", "zst", "bentomodel"] as const)("of a tar in %s only what it is, without its files", async (format) => {
  await using folder = await temporaryFolder();
  const path = await exportModel("clf", join(folder.path, "out"), { store: await storeWithModel(), format });
  const found = await describeArchive(path);
  expect(found).toMatchObject({ format: format === "xz" ? "bentomodel" : format, files: undefined, size: undefined });
  expect(String(found.tag)).toBe("clf:v1");
  expect(found.archiveSize).toBeGreaterThan(3_000_000);
});

test("a tar is read up to its model.yaml, and its sender told that no more is wanted", async () => {
  const tar = tarOf({ "a.bin": randomBytes(2_000_000), "model.yaml": yaml, "z.bin": randomBytes(2_000_000) });
  let isEnded = false;
  async function* stream(): AsyncGenerator<Uint8Array, void> {
    try {
      for (let at = 0; at < tar.length; at += 10_000) {
        if (at > 2_100_000) throw new Error("It was read too far.");
        yield tar.slice(at, at + 10_000);
      }
    } finally {
      isEnded = true;
    }
  }
  const found = await describeArchive(stream());
  expect(String(found.tag)).toBe("clf:v1");
  expect(found.bytesRead).toBeGreaterThan(2_000_000);
  expect(isEnded).toBe(true);
});

test("a zip of gigabytes costs kilobytes", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "large.zip");
  // The middle of a member, which nothing reads, is a hole in the file.
  const [hole, header] = [4_000_000_000, 30 + "weights.bin".length];
  const sizes = { packed: hole, size: hole };
  const directoryAt = header + 30 + "model.yaml".length + yaml.length + hole;
  const zip = madeZip(
    [
      { name: "weights.bin", method: 0, local: sizes, central: sizes },
      { name: "model.yaml", method: 0, content: yaml, central: { offset: header + hole } },
    ],
    { offset: directoryAt },
  );
  const file = await open(path, "w");
  await file.write(zip.subarray(0, header), 0, header, 0);
  await file.write(zip.subarray(header), 0, zip.length - header, header + hole);
  await file.close();
  const found = await describeArchive(path);
  expect(found).toMatchObject({ format: "zip", size: hole + yaml.length, archiveSize: zip.length + hole });
  expect(found.bytesRead).toBeLessThan(70_000);
});

test("a remote is asked for the end of a zip and for its model.yaml, and for nothing else", async () => {
  await using folder = await temporaryFolder();
  const zip = await readFile(await exportModel("clf", join(folder.path, "out.zip"), { store: await storeWithModel() }));
  const asked: number[] = [];
  registerRemote("described", {
    open: async () => ({
      name: "described://box/",
      traits: { ranges: true, lanes: 4 },
      stat: async (path) => ({ kind: "file", path, size: zip.length, version: "1" }),
      async *read(_path, { start = 0, end = zip.length } = {}) {
        asked.push(end - start);
        yield zip.subarray(start, end);
      },
      write: () => Promise.reject(new Error("Nothing is written.")),
      async *list() {},
      delete: () => Promise.reject(new Error("Nothing is deleted.")),
      [Symbol.asyncDispose]: async () => {},
    }),
  });
  const found = await describeArchive("described://box/out.zip");
  expect(found).toMatchObject({ format: "zip", files: listed, archiveSize: zip.length });
  expect(asked).toHaveLength(3);
  expect(asked.reduce((sum, count) => sum + count)).toBeLessThan(70_000);
});

describe("what is hostile is refused as an import refuses it", () => {
  const refused = hostileArchives.filter(({ container, verdict }) => container === "zip" && "length" in verdict);
  const ofContent = /link|local header|than the content/;

  test.each(refused.filter(({ about }) => !ofContent.test(about)))("a zip: $about", async ({ bytes }) => {
    expect(["BENTO_ARCHIVE_UNSAFE", "BENTO_ARCHIVE_INVALID"]).toContain((await failureOf(describeArchive(bytes()))).code);
  });

  test("but what only the content of other files tells is left to the import", async () => {
    const left = refused.filter(({ about }) => ofContent.test(about));
    expect(left.length).toBeGreaterThan(3);
    for (const { bytes } of left) expect(String((await describeArchive(bytes())).tag)).toBe("bad:v1");
  });

  test.each<[string, Uint8Array]>([
    ["of 20 MiB", madeZip([{ name: "model.yaml", content: Buffer.alloc(20 * 2 ** 20, "#") }])],
    [
      "that is a link",
      madeZip([
        { name: "model.yaml", content: "f", mode: 0o120777 },
        { name: "f", content: yaml },
      ]),
    ],
    ["of 20 MiB in a tar", tarOf({ "model.yaml": Buffer.alloc(20 * 2 ** 20, "#") })],
  ])("a model.yaml %s", async (_, bytes) => {
    expect(await failureOf(describeArchive(bytes))).toMatchObject({
      code: "BENTO_ARCHIVE_UNSAFE",
      message: expect.stringContaining('"model.yaml"'),
    });
  });

  test("more files than the limits allow", async () => {
    const zip = madeZip(Array.from({ length: 11 }, (_, index) => ({ name: `f${index}` })));
    for (const limits of [{ maxEntries: 10 }, { maxBytes: -0 }]) {
      const full = "maxBytes" in limits ? madeZip([{ name: "f", content: "x" }]) : zip;
      expect(await failureOf(describeArchive(full, { limits }))).toMatchObject({ code: "BENTO_ARCHIVE_UNSAFE" });
    }
  });
});

test("what holds no model says what it holds instead, and names the archive", async () => {
  const zip = new File([new Uint8Array(madeZip([{ name: "bento.yaml", content: "x" }]))], "some.zip");
  const error = await failureOf(describeArchive(zip));
  expect(error).toMatchObject({ code: "BENTO_ARCHIVE_INVALID", message: expect.stringMatching(/^In the blob: .*it holds a bento/) });
  await using folder = await temporaryFolder();
  expect(await failureOf(describeArchive(folder.path))).toMatchObject({ code: "BENTO_ARCHIVE_INVALID" });
});

test("a signal stops it", async () => {
  const signal = AbortSignal.abort();
  expect(await failureOf(describeArchive(tarOf({ "model.yaml": yaml }), { signal }))).toMatchObject({ code: "BENTO_CANCELLED" });
});
