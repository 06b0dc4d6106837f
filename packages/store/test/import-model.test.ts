import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, openAsBlob, readdirSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { BentoError } from "@bento/core";
import { describe, expect, test } from "vitest";
import {
  FileModelStore,
  importModel,
  type ImportSource,
  inspectArchive,
  MemoryModelStore,
  type ModelStore,
  type Progress,
} from "../src/index.js";
import { snapshot } from "./support/fixture-home.js";
import { modelYaml, tarOf, withManifest } from "./support/model-archive.js";
import { rawTar } from "./support/raw-tar.js";
import { rawZip } from "./support/raw-zip.js";
import { temporaryFolder } from "./support/temporary-folder.js";

const yaml = modelYaml();
const files = { "model.yaml": yaml, f: "hello", "d/g": "more" };

async function failure(work: PromiseLike<unknown>): Promise<BentoError> {
  try {
    await work;
  } catch (error) {
    if (BentoError.is(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("where a model comes from", () => {
  const bytes = new Uint8Array(tarOf(files));
  const sources: readonly [string, (folder: string) => ImportSource][] = [
    ["a path", (folder) => join(folder, "x.tar")],
    ["a file: URL", (folder) => pathToFileURL(join(folder, "x.tar"))],
    ["the text of a file: URL", (folder) => pathToFileURL(join(folder, "x.tar")).href],
    ["bytes", () => bytes],
    ["a Blob", () => new Blob([bytes])],
    ["a File", () => new File([bytes], "x.tar")],
    ["a web stream", () => new Blob([bytes]).stream()],
    ["a Node stream", () => Readable.from([bytes.subarray(0, 700), bytes.subarray(700)])],
    ["a generator", () => pieces(bytes, 100)],
    ["an archive without a known name", (folder) => join(folder, "unnamed")],
    ["a folder", (folder) => join(folder, "unpacked")],
  ];
  test.each(sources)("%s", async (_, sourceIn) => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, "x.tar"), bytes);
    await writeFile(join(folder.path, "unnamed"), bytes);
    mkdirSync(join(folder.path, "unpacked"));
    execFileSync("tar", ["-xf", join(folder.path, "x.tar"), "-C", join(folder.path, "unpacked")]);
    const store = new MemoryModelStore();
    const model = await importModel(sourceIn(folder.path), { store });
    expect(String(model.tag)).toBe("clf:v1");
    expect((await model.files()).map(({ path }) => path)).toEqual(["d/g", "f", "model.yaml"]);
    expect(await model.text("model.yaml")).toBe(yaml);
    expect(await model.verify()).toMatchObject({ status: "ok" });
  });

  test("a zip from a stream, for which a file without a name is used", async () => {
    const before = readdirSync(tmpdir()).filter((name) => name.endsWith(".zip"));
    const zip = rawZip(Object.entries(files).map(([name, content]) => ({ name, content })));
    const model = await importModel(pieces(zip, 10), { store: new MemoryModelStore() });
    expect(await model.text("d/g")).toBe("more");
    const cut = await failure(importModel(pieces(zip.subarray(0, 200), 10), { store: new MemoryModelStore() }));
    expect(cut.code).toBe("BENTO_ARCHIVE_INVALID");
    const long = await failure(importModel(pieces(zip, 10), { store: new MemoryModelStore(), limits: { maxBytes: 100 } }));
    expect(long).toMatchObject({ code: "BENTO_ARCHIVE_UNSAFE", message: expect.stringContaining("maxBytes") as string });
    expect(readdirSync(tmpdir()).filter((name) => name.endsWith(".zip"))).toEqual(before);
  });

  test("a pipe, which only can be read in order", async () => {
    await using folder = await temporaryFolder();
    const pipe = join(folder.path, "pipe");
    execFileSync("mkfifo", [pipe]);
    const importing = importModel(pipe, { store: new MemoryModelStore() });
    await writeFile(pipe, bytes);
    expect(String((await importing).tag)).toBe("clf:v1");
  });

  test.each<[string, ImportSource, string]>([
    ["nothing there", "/nowhere/at/all.tar", "BENTO_TRANSFER_FAILED"],
    ["a URL that nothing can reach", "vault://key:secret@bucket/x.tar", "BENTO_BAD_REQUEST"],
    ["a number", 5 as never, "BENTO_BAD_REQUEST"],
    ["null", null as never, "BENTO_BAD_REQUEST"],
    ["a stream of text", Readable.from(["text"]) as never, "BENTO_TRANSFER_FAILED"],
    ["no bytes", new Uint8Array(), "BENTO_ARCHIVE_INVALID"],
  ])("%s: %s", async (_, source, code) => {
    const error = await failure(importModel(source, { store: new MemoryModelStore() }));
    expect(error.code).toBe(code);
    expect(error.message).not.toContain("secret");
  });

  test("what is wrong with an archive names it, wherever it comes from, and keeps its code and hint", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "x.tar.gz");
    const whole = gzipSync(tarOf(files));
    const cut = whole.subarray(0, whole.length / 2);
    await writeFile(path, cut);
    const damaged = (source: ImportSource): Promise<BentoError> => failure(importModel(source, { store: new MemoryModelStore() }));
    for (const [source, name] of [
      [path, JSON.stringify(path)],
      [new Blob([cut]).stream(), "the stream"],
      [cut, "the bytes"],
    ] as const) {
      const error = await damaged(source);
      expect(error).toMatchObject({ code: "BENTO_ARCHIVE_INVALID", message: expect.stringMatching(/^In .*cut off/) as string });
      expect(error.message).toContain(name);
      expect((await inspectArchive(path)).problems).toMatchObject([{ message: expect.stringContaining(JSON.stringify(path)) as string }]);
    }
    await writeFile(path, tarOf({ f: "no model" }));
    expect(await damaged(path)).toMatchObject({
      message: expect.stringMatching(/^In ".*x\.tar\.gz": This is no archive of a model/) as string,
      hint: expect.stringContaining("at its top") as string,
    });
    await writeFile(path, tarOf({ "model.yaml": "{" }));
    expect(await damaged(path)).toMatchObject({
      code: "BENTO_MODEL_INVALID",
      message: expect.stringMatching(/^In ".*x\.tar\.gz": "model\.yaml" is no model/) as string,
    });
  });

  test("what a source throws is the cause of what is thrown", async () => {
    const broken = new Error("the line is dead");
    const error = await failure(importModel(failing(bytes.subarray(0, 1000), broken), { store: new MemoryModelStore() }));
    expect(error).toMatchObject({ code: "BENTO_TRANSFER_FAILED", cause: broken });
  });

  test("a stream that somebody else reads is refused, and one that is not wanted to its end is cancelled", async () => {
    const taken = new Blob([bytes]).stream();
    taken.getReader();
    expect((await failure(importModel(taken, { store: new MemoryModelStore() }))).code).toBe("BENTO_BAD_REQUEST");
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(1000).fill(7)),
      cancel: () => void (cancelled = true),
    });
    expect((await failure(importModel(endless, { store: new MemoryModelStore() }))).code).toBe("BENTO_ARCHIVE_INVALID");
    expect(cancelled).toBe(true);
  });

  test("an unusable option is named", async () => {
    const store = new MemoryModelStore();
    expect((await failure(importModel(bytes, { store, format: "tar.gz" as never }))).message).toContain("tar.gz");
    expect((await failure(importModel(bytes, { store, limits: { maxByte: 1 } as never }))).message).toContain("maxByte");
  });
});

const stores: readonly [string, (folder: string) => ModelStore][] = [
  ["disk", (folder) => new FileModelStore(folder)],
  ["memory", () => new MemoryModelStore()],
];

describe.each(stores)("into a store on %s", (_kind, open) => {
  test("a manifest that agrees stays as it is; where there is none one is made", async () => {
    await using folder = await temporaryFolder();
    await using store = open(folder.path);
    const given = withManifest(files);
    const spaced = { ...given, ".manifest.json": `${String(given[".manifest.json"])} \n` };
    const model = await importModel(tarOf(spaced), { store });
    expect(await model.text(".manifest.json")).toBe(spaced[".manifest.json"]);
    const other = await importModel(tarOf({ ...files, "model.yaml": modelYaml("clf", "v2") }), { store });
    expect(await other.json(".manifest.json")).toMatchObject({ version: 1 });
    expect(await other.verify()).toMatchObject({ status: "ok" });
  });

  test.each([
    ["changed", { ...withManifest(files), f: "HELLO" }, /changed "f"/],
    ["cut", { ...withManifest(files), f: "hell" }, /changed "f"/],
    ["added", { ...withManifest(files), extra: "" }, /added "extra"/],
    ["missing", without(withManifest(files), "d/g"), /missing "d\/g"/],
    ["all of it", { ...without(withManifest(files), "d/g"), f: "x", extra: "" }, /changed "f"; added "extra"; missing "d\/g"/],
    ["unreadable", { ...files, ".manifest.json": "{" }, /cannot be read/],
    [
      "much too long",
      { ...files, ".manifest.json": `${String(withManifest(files)[".manifest.json"])}${" ".repeat(5 << 20)}` },
      /cannot be read/,
    ],
    [
      "a digest that is none",
      { ...files, ".manifest.json": '{"version":1,"files":[{"path":"f","size":5,"sha256":"../x"}]}' },
      /cannot be read/,
    ],
    ["more files than a message can name", { ...withManifest(files), ...manyFiles(30) }, /and 20 more/],
  ])("a model that its manifest does not fit is refused, unless that is meant: %s", async (_, changed, message) => {
    await using folder = await temporaryFolder();
    await using store = open(folder.path);
    const error = await failure(importModel(tarOf(changed), { store }));
    expect(error).toMatchObject({ code: "BENTO_INTEGRITY_FAILED", message: expect.stringMatching(message) as string });
    expect(await store.listTags()).toEqual([]);
    const model = await importModel(tarOf(changed), { store, acceptChanges: true });
    expect(await model.verify()).toMatchObject({ status: "ok" });
  });

  test("under another name and version only these two change", async () => {
    await using folder = await temporaryFolder();
    await using store = open(folder.path);
    const text = `# mine\n${yaml.replace("version: v1", "version: v1  # first")}unknown: {keys: [stay]}\n`;
    const given = withManifest({ ...files, "model.yaml": text });
    const model = await importModel(tarOf(given), { store, name: "other", version: "2" });
    expect(String(model.tag)).toBe("other:2");
    expect(await model.text("model.yaml")).toBe(text.replace("name: clf", "name: other").replace("version: v1 ", "version: '2' "));
    expect(await model.verify()).toMatchObject({ status: "ok" });
    expect(String((await importModel(tarOf(given), { store, version: "v3" })).tag)).toBe("clf:v3");
    const changed = { ...given, f: "x" };
    expect((await failure(importModel(tarOf(changed), { store, version: "v4" }))).code).toBe("BENTO_INTEGRITY_FAILED");
    expect((await failure(importModel(tarOf(given), { store, version: "latest" }))).code).toBe("BENTO_TAG_INVALID");
    expect(await failure(importModel(tarOf(given), { store, name: "a b" }))).toMatchObject({
      code: "BENTO_TAG_INVALID",
      message: expect.stringMatching(/^The name "a b"/),
    });
    const versionless = tarOf({ "model.yaml": yaml.replace("version: v1", "version: null") });
    expect((await failure(importModel(versionless, { store }))).code).toBe("BENTO_TAG_INVALID");
    expect(String((await importModel(versionless, { store, version: "v9" })).tag)).toBe("clf:v9");
  });

  test("what is there already is an error, is skipped if it is the same, or is replaced", async () => {
    await using folder = await temporaryFolder();
    await using store = open(folder.path);
    await importModel(tarOf(files), { store });
    expect((await failure(importModel(tarOf(files), { store }))).code).toBe("BENTO_MODEL_EXISTS");
    const same = importModel(tarOf(withManifest(files)), { store, existing: "skip" });
    expect(await (await same).text("f")).toBe("hello");
    expect(same.outcome).toBe("skipped");
    for (const other of [{ ...files, f: "HELLO" }, { ...files, extra: "" }, without(files, "f")]) {
      const error = await failure(importModel(tarOf(other), { store, existing: "skip" }));
      expect(error).toMatchObject({
        code: "BENTO_MODEL_EXISTS",
        message: expect.stringMatching(/changed "f"|added "extra"|missing "f"/) as string,
      });
    }
    expect(await (await store.get("clf:v1")).text("f")).toBe("hello");
    const replacing = importModel(tarOf({ ...files, f: "HELLO" }), { store, existing: "replace" });
    expect(await (await replacing).text("f")).toBe("HELLO");
    expect(replacing.outcome).toBe("replaced");
    expect(await (await store.get("clf:v1")).text("f")).toBe("HELLO");
    const fresh = importModel(tarOf({ "model.yaml": modelYaml("clf", "v1x") }), { store, existing: "skip" });
    await fresh;
    expect(fresh.outcome).toBe("imported");
  });

  test("a tag that is the beginning of another is its own", async () => {
    await using folder = await temporaryFolder();
    await using store = open(folder.path);
    await importModel(tarOf({ "model.yaml": modelYaml("clf", "v11") }), { store });
    await importModel(tarOf({ "model.yaml": modelYaml("clf", "v1") }), { store, existing: "skip" });
    expect((await store.listTags()).map(String)).toEqual(["clf:v1", "clf:v11"]);
  });

  test("an older version does not become latest, a newer one does", async () => {
    await using folder = await temporaryFolder();
    await using store = open(folder.path);
    for (const [version, year] of [
      ["b", 2025],
      ["a", 2024],
      ["c", 2023],
    ] as const) {
      await importModel(tarOf({ "model.yaml": modelYaml("clf", version, `${year}-01-01T00:00:00+00:00`) }), { store });
      expect((await store.get("clf")).tag.version).toBe("b");
    }
    await importModel(tarOf({ "model.yaml": modelYaml("clf", "d", "2026-01-01T00:00:00+00:00") }), { store });
    expect((await store.get("clf")).tag.version).toBe("d");
  });

  test("links become files, rights to execute stay, other modes go, empty folders come along", async () => {
    await using folder = await temporaryFolder();
    await using store = open(folder.path);
    const archive = rawTar([
      { name: "link", type: "2", link: "sub/run.sh" },
      { name: "model.yaml", type: "1", link: "real.yaml" },
      { name: "real.yaml", content: yaml },
      { name: "sub/run.sh", content: "#!/bin/sh\n", mode: 0o6755 },
      { name: "secret", content: "x", mode: 0o600 },
      { name: "void/inner", type: "5", mode: 0o1777 },
      { name: "hard", type: "1", link: "link" },
    ]);
    const model = await importModel(archive, { store });
    const entries = await model.tree().entries();
    expect(entries.flatMap((entry) => (entry.kind === "file" && entry.executable ? [entry.path] : []))).toEqual([
      "hard",
      "link",
      "sub/run.sh",
    ]);
    expect(entries.filter(({ kind }) => kind === "folder").map(({ path }) => path)).toEqual(["sub", "void", "void/inner"]);
    expect(await model.text("hard")).toBe("#!/bin/sh\n");
    if (store instanceof FileModelStore) {
      const modes = Object.values(snapshot(join(folder.path, "models"))).map((line) => line.split(" ")[1]);
      expect(new Set(modes)).toEqual(new Set(["755", "644"]));
    }
  });

  test("many small files, and one that is none, come in at once", async () => {
    await using folder = await temporaryFolder();
    await using store = open(folder.path);
    const big = Buffer.alloc(5_000_000, "model");
    const model = await importModel(gzipSync(tarOf({ ...manyFiles(500), "model.yaml": yaml, "z/big": big })), { store });
    expect(await model.files()).toHaveLength(502);
    expect(await model.verify()).toMatchObject({ status: "ok" });
    expect(Buffer.compare(await model.read("z/big"), big)).toBe(0);
  });
});

test("what cannot be read under the tag is in the way, and is replaced", async () => {
  await using folder = await temporaryFolder();
  const store = new FileModelStore(folder.path);
  await importModel(tarOf(files), { store });
  writeFileSync(join(folder.path, "models/clf/v1/model.yaml"), "[");
  for (const existing of ["error", "skip"] as const) {
    await expect(importModel(tarOf(files), { store, existing })).rejects.toMatchObject({ code: "BENTO_MODEL_EXISTS" });
    expect((await inspectArchive(tarOf(files), { store, existing })).problems).toMatchObject([{ code: "BENTO_MODEL_EXISTS" }]);
  }
  const replacing = importModel(tarOf(files), { store, existing: "replace" });
  expect(await (await replacing).text("f")).toBe("hello");
  expect(replacing.outcome).toBe("replaced");
});

test("progress tells bytes of the archive, and the end", async () => {
  const bytes = tarOf({ ...files, big: Buffer.alloc(3_000_000) });
  const seen: Progress[] = [];
  for await (const progress of importModel(bytes, { store: new MemoryModelStore() })) seen.push(progress);
  expect(seen.at(-1)).toEqual({ phase: "finish", bytes: bytes.length, total: bytes.length });
  expect(seen.every(({ bytes: done }, index) => index === 0 || done >= (seen[index - 1]?.bytes ?? 0))).toBe(true);
});

describe("a folder that stands for an archive", () => {
  test("was changed by hand: it is refused by name", async () => {
    await using folder = await temporaryFolder();
    for (const [path, content] of Object.entries(withManifest({ "model.yaml": yaml, f: "hello" })))
      writeFileSync(join(folder.path, path), content);
    writeFileSync(join(folder.path, "f"), "changed");
    chmodSync(join(folder.path, "f"), 0o755);
    const store = new MemoryModelStore();
    expect(await failure(importModel(folder.path, { store }))).toMatchObject({ code: "BENTO_INTEGRITY_FAILED" });
    const model = await importModel(folder.path, { store, acceptChanges: true, format: "folder" });
    expect(await model.text("f")).toBe("changed");
  });

  test("is no archive, and an archive is no folder", async () => {
    await using folder = await temporaryFolder();
    writeFileSync(join(folder.path, "x.tar"), tarOf(files));
    const store = new MemoryModelStore();
    expect(await failure(importModel(folder.path, { store, format: "gz" }))).toMatchObject({ code: "BENTO_ARCHIVE_INVALID" });
    expect(await failure(importModel(join(folder.path, "x.tar"), { store, format: "folder" }))).toMatchObject({
      code: "BENTO_ARCHIVE_INVALID",
    });
    expect(await failure(importModel(folder.path, { store }))).toMatchObject({
      message: expect.stringContaining('it holds "x.tar"') as string,
    });
  });
});

test("limits are counted on what really comes, and can be raised", async () => {
  const store = new MemoryModelStore();
  const bytes = gzipSync(tarOf({ ...files, big: Buffer.alloc(200_000) }));
  for (const limits of [{ maxEntries: 3 }, { maxBytes: 100_000 }, { maxPathBytes: 2 }, { maxDepth: 0 }]) {
    const error = await failure(importModel(bytes, { store, limits }));
    const [name] = Object.keys(limits) as [string];
    expect(error).toMatchObject({
      code: "BENTO_ARCHIVE_UNSAFE",
      message: expect.stringContaining(name) as string,
      hint: expect.stringContaining(name) as string,
    });
  }
  await importModel(bytes, { store, limits: { maxEntries: 5, maxBytes: 300_000, maxPathBytes: 10, maxDepth: 1 } });
});

test("zeros behind the end of a tar that never stop are given up", async () => {
  async function* endless(): AsyncGenerator<Uint8Array, void> {
    yield tarOf(files);
    for (;;) yield new Uint8Array(4096);
  }
  const limits = { maxBytes: 100_000, maxEntries: 10 };
  expect(await failure(importModel(endless(), { store: new MemoryModelStore(), limits }))).toMatchObject({
    code: "BENTO_ARCHIVE_UNSAFE",
    message: expect.stringMatching(/does not end.*maxBytes/) as string,
  });
});

test.each([0, -1, Number.NaN])("memory that is none is refused: %d", async (maxMemory) => {
  expect((await failure(importModel(tarOf(files), { store: new MemoryModelStore(), maxMemory }))).code).toBe("BENTO_BAD_REQUEST");
});

test("a blob that can no longer be read is a failed transfer", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "a.tar");
  writeFileSync(path, tarOf(files));
  const blob = await openAsBlob(path);
  writeFileSync(path, "other");
  expect((await failure(importModel(blob, { store: new MemoryModelStore() }))).code).toBe("BENTO_TRANSFER_FAILED");
});

function without<T extends Readonly<Record<string, unknown>>>(record: T, key: string): T {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== key)) as T;
}

function manyFiles(count: number): Readonly<Record<string, string>> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`many/${index % 10}/file-${index}`, `content ${index}`]));
}

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.slice(start, start + size);
}

async function* failing(bytes: Uint8Array, error: Error): AsyncGenerator<Uint8Array, void> {
  yield bytes;
  throw error;
}
