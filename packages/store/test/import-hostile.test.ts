import { execFileSync } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { deflateRawSync, gzipSync } from "node:zlib";
import { BentoError } from "@bento/core";
import { describe, expect, test, vi } from "vitest";
import { FileModelStore, type ImportSource, importModel, type StoredModel } from "../src/index.js";
import { FolderTree } from "../src/disk/folder-tree.js";
import { loadCodec } from "../src/archive/codec/load-codec.js";
import { snapshot } from "./support/fixture-home.js";
import { clashingNames, hostileArchives, type Verdict } from "./support/hostile-archives.js";
import { modelYaml, tarOf } from "./support/model-archive.js";
import { rawTar, tarHeader, tarMember } from "./support/raw-tar.js";
import { rawZip } from "./support/raw-zip.js";
import { temporaryFolder } from "./support/temporary-folder.js";

/** Imports into a home deep in a folder of its own, and looks at what lies around it afterwards. */
async function importInto(source: ImportSource, options: Parameters<typeof importModel>[1] = {}): Promise<Outcome> {
  await using folder = await temporaryFolder();
  const home = join(folder.path, "a/b/c/home");
  await mkdir(home, { recursive: true });
  const before = around(folder.path);
  const store = new FileModelStore(home);
  let outcome: Outcome;
  try {
    outcome = { names: await namesOf(await importModel(source, { store, ...options })) };
    expect(Object.values(snapshot(join(home, "models"))).filter((line) => !/^(?:folder 755|file (?:644|755) )/.test(line))).toEqual([]);
  } catch (error) {
    if (!BentoError.is(error)) throw error;
    outcome = { error };
    expect(Object.keys(snapshot(home)).filter((path) => path !== "models" && path !== "tmp")).toEqual([]);
  }
  expect(around(folder.path)).toEqual(before);
  return outcome;
}

interface Outcome {
  readonly error?: BentoError;
  readonly names?: readonly string[];
}

/** Everything but the home. */
function around(folder: string): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(snapshot(folder)).filter(([path]) => !path.startsWith("a/b/c/home/")));
}

async function namesOf(model: StoredModel): Promise<readonly string[]> {
  return (await model.files()).map(({ path }) => path);
}

function expectVerdict({ error, names }: Outcome, verdict: Verdict): void {
  if ("harmless" in verdict) expect(names).toEqual(expect.arrayContaining([...verdict.harmless, "model.yaml"]));
  else expect(error).toMatchObject({ code: verdict[0], message: expect.stringMatching(verdict[1]) as string });
  expect(error?.message.length ?? 0).toBeLessThan(1500);
}

async function compressed(codec: "zstd" | "xz", bytes: Uint8Array): Promise<Uint8Array> {
  const input = (async function* () {
    yield bytes;
  })();
  const chunks: Uint8Array[] = [];
  const options = { compression: "fast", maxMemory: 2 ** 28, signal: new AbortController().signal } as const;
  for await (const chunk of (await loadCodec(codec)).compress(input, options)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const tars = hostileArchives.filter(({ container }) => container === "tar");

describe("tar", () => {
  test.each(tars)("$about", async ({ bytes, verdict }) => expectVerdict(await importInto(bytes()), verdict));
});

describe("tar in gzip", () => {
  test.each(tars)("$about", async ({ bytes, verdict }) => expectVerdict(await importInto(gzipSync(bytes())), verdict));
});

describe("tar in zstd", () => {
  test.each(tars)("$about", async ({ bytes, verdict }) => expectVerdict(await importInto(await compressed("zstd", bytes())), verdict));
});

describe("zip", () => {
  test.each(hostileArchives.filter(({ container }) => container === "zip"))("$about", async ({ bytes, verdict }) => {
    expectVerdict(await importInto(bytes()), verdict);
  });
});

describe("folder", () => {
  const makers: readonly [string, (folder: string) => void, Verdict][] = [
    ["a link out", (folder) => symlinkSync("/etc/passwd", join(folder, "l")), ["BENTO_ARCHIVE_UNSAFE", /"l"/]],
    ["a relative link out", (folder) => symlinkSync("../../outside", join(folder, "l")), ["BENTO_ARCHIVE_UNSAFE", /"l"/]],
    ["a link to a folder outside", (folder) => symlinkSync("/etc", join(folder, "l")), ["BENTO_ARCHIVE_UNSAFE", /"l"/]],
    ["a link to nothing", (folder) => symlinkSync("gone", join(folder, "l")), ["BENTO_ARCHIVE_UNSAFE", /"l"/]],
    ["a link to itself", (folder) => symlinkSync("l", join(folder, "l")), ["BENTO_ARCHIVE_UNSAFE", /"l"/]],
    ["a link to the folder itself", (folder) => symlinkSync(".", join(folder, "l")), ["BENTO_ARCHIVE_UNSAFE", /"l/]],
    ["a FIFO", (folder) => void execFileSync("mkfifo", [join(folder, "pipe")]), ["BENTO_ARCHIVE_UNSAFE", /"pipe"/]],
    [
      "a name that is no UTF-8",
      (folder) => writeFileSync(Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.from([0xe9])]), ""),
      ["BENTO_ARCHIVE_UNSAFE", /caf/],
    ],
    ["a link to a file inside", (folder) => symlinkSync("f", join(folder, "l")), { harmless: ["f", "l"] }],
  ];
  test.each(makers)("%s", async (_, make, verdict) => {
    await using source = await temporaryFolder();
    writeFileSync(join(source.path, "model.yaml"), modelYaml());
    writeFileSync(join(source.path, "f"), "hello");
    make(source.path);
    expectVerdict(await importInto(source.path), verdict);
  });
});

test.each(clashingNames)("%j and %j are two files, or the archive is refused where the disk takes them for one", async (first, second) => {
  const content = { "model.yaml": modelYaml(), [first]: "first", [second]: "second" };
  for (const bytes of [tarOf(content), rawZip(Object.entries(content).map(([name, text]) => ({ name, content: text })))]) {
    const { error, names } = await importInto(bytes);
    if (error === undefined) expect(names).toEqual(expect.arrayContaining([first, second]));
    else expect(error).toMatchObject({ code: "BENTO_ARCHIVE_UNSAFE", message: expect.stringContaining(JSON.stringify(second)) as string });
  }
});

describe("compressed streams that are not whole, or too large", () => {
  const whole = gzipSync(tarOf({ "model.yaml": modelYaml(), f: "hello" }));
  test.each<[string, Uint8Array, Verdict]>([
    ["gzip cut off", whole.subarray(0, -3), ["BENTO_ARCHIVE_INVALID", /cut off/]],
    ["gzip with bytes after its end", Buffer.concat([whole, Buffer.from("garbage")]), ["BENTO_ARCHIVE_INVALID", /./]],
    ["gzip after gzip, the second a whole tar", Buffer.concat([whole, whole]), ["BENTO_ARCHIVE_INVALID", /./]],
    ["gzip in two members", twoMembers(tarOf({ "model.yaml": modelYaml(), f: "hello" })), { harmless: ["f"] }],
    ["zstd with a window of 2 GiB", Buffer.from("28b52ffd00a8010000", "hex"), ["BENTO_ARCHIVE_INVALID", /./]],
    ["gzip of what is no tar", gzipSync(Buffer.alloc(5000, "text ")), ["BENTO_ARCHIVE_INVALID", /./]],
    ["deflate without a header", deflateRawSync(tarOf({ f: "" })), ["BENTO_ARCHIVE_INVALID", /./]],
  ])("%s", async (_, bytes, verdict) => expectVerdict(await importInto(bytes), verdict));
});

function twoMembers(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([gzipSync(bytes.subarray(0, 700)), gzipSync(bytes.subarray(700))]);
}

/** One MiB of zeros in a gzip member of its own: a thousandth of that. */
const zeros = gzipSync(Buffer.alloc(2 ** 20), { level: 9 });

/** A gzip of a tar with a file of zeros, made as it is read: a thousand times smaller than what it unpacks to. */
async function* bomb(mebibytes: number, read: (bytes: number) => void): AsyncGenerator<Uint8Array, void> {
  const size = Buffer.alloc(12);
  size[0] = 0x80;
  size.writeBigUInt64BE(BigInt(mebibytes) * 2n ** 20n, 4);
  yield gzipSync(
    Buffer.concat([rawTar([{ name: "model.yaml", content: modelYaml() }], { end: false }), tarHeader({ name: "zeros", size }, 0)]),
  );
  for (let count = 0; count < mebibytes; count += 1) {
    read(zeros.length);
    yield zeros.slice();
  }
  yield gzipSync(Buffer.alloc(1024));
}

test("10 GiB of zeros in 10 MB are stopped by the limit of bytes, long before they fill anything", async () => {
  let read = 0;
  const { error } = await importInto(
    bomb(10_240, (bytes) => (read += bytes)),
    { limits: { maxBytes: 64 * 2 ** 20 } },
  );
  expect(error).toMatchObject({ code: "BENTO_ARCHIVE_UNSAFE", message: expect.stringContaining("maxBytes") as string });
  expect(read).toBeLessThan(1_000_000);
});

test("a million empty files are stopped by the limit of entries", async () => {
  let given = 0;
  const members = async function* (): AsyncGenerator<Uint8Array, void> {
    yield* tarMember({ name: "model.yaml", content: modelYaml() });
    for (; given < 1_000_000; given += 1) yield* tarMember({ name: `f${given}` });
  };
  const { error } = await importInto(members(), { limits: { maxEntries: 1000 } });
  expect(error).toMatchObject({ code: "BENTO_ARCHIVE_UNSAFE", message: expect.stringContaining("maxEntries") as string });
  expect(given).toBeLessThan(5000);
});

test("a link to a large file is counted as that file", async () => {
  const links = Array.from({ length: 50 }, (_, index) => ({ name: `l${index}`, type: "1", link: "big" }));
  const bytes = rawTar([{ name: "model.yaml", content: modelYaml() }, { name: "big", content: Buffer.alloc(100_000) }, ...links]);
  const { error } = await importInto(bytes, { limits: { maxBytes: 1_000_000 } });
  expect(error).toMatchObject({ code: "BENTO_ARCHIVE_UNSAFE", message: expect.stringContaining("maxBytes") as string });
});

test("a folder whose links would make a million files of a thousand ends at the limit", async () => {
  await using folder = await temporaryFolder();
  await mkdir(join(folder.path, "in/big"), { recursive: true });
  for (let index = 0; index < 50; index += 1) {
    writeFileSync(join(folder.path, "in/big", `f${index}`), "");
    symlinkSync("big", join(folder.path, `in/l${index}`));
  }
  const tree = new FolderTree(join(folder.path, "in"), { invalid: "BENTO_ARCHIVE_UNSAFE", failed: "BENTO_TRANSFER_FAILED" });
  expect(await tree.entries()).toHaveLength(51 * 51);
  const walk = vi.spyOn(FolderTree.prototype, "entries");
  try {
    const { error } = await importInto(join(folder.path, "in"), { limits: { maxEntries: 100 } });
    expect(error).toMatchObject({ code: "BENTO_ARCHIVE_UNSAFE", message: expect.stringMatching(/maxEntries is 100/) as string });
    expect(walk.mock.settledResults.map(({ type }) => type)).toEqual(["rejected"]);
  } finally {
    walk.mockRestore();
  }
});
