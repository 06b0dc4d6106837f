import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import { FileModelStore, MemoryModelStore } from "../src/index.js";
import { type ArchiveFormat, formatsOf } from "../src/archive/format.js";
import { exportModel } from "../src/export/export-model.js";
import { codeOf, errorOf } from "./model-store-contract.js";
import { fixedModel, writeFixedModel } from "./support/fixed-model.js";
import { listArchive, listFolder } from "./support/read-archive.js";
import { temporaryFolder } from "./support/temporary-folder.js";

const formats = formatsOf("bentomodel");
const streamed = formats.filter((format) => format !== "folder");

/** A store with the fixed model in a folder of its own, and an empty folder beside it to export to. */
async function openStore(): Promise<AsyncDisposable & { readonly store: FileModelStore; readonly model: string; readonly out: string }> {
  const folder = await temporaryFolder();
  const home = join(folder.path, "home");
  const out = join(folder.path, "out");
  mkdirSync(out);
  return {
    store: new FileModelStore(home),
    model: await writeFixedModel(home),
    out,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

describe("every format", { timeout: 60_000 }, () => {
  test.each(formats)("%s holds the model, is announced by its progress, and comes out the same again", async (format) => {
    await using opened = await openStore();
    const target = join(opened.out, `m.${format}`);
    const transfer = exportModel("fixed", target, { store: opened.store, format });
    const seen = [];
    for await (const progress of transfer) seen.push(progress);
    expect(await transfer).toBe(target);
    const total = [...fixedModel.files.values()].reduce((sum, bytes) => sum + bytes.length, 0);
    expect(seen.at(-1)).toEqual({ phase: "finish", bytes: total, total });
    expect(seen.map(({ bytes }) => bytes)).toEqual(seen.map(({ bytes }) => bytes).toSorted((a, b) => a - b));
    const found = format === "folder" ? listFolder(target) : await listArchive(readFileSync(target), format);
    expect(found).toEqual(listFolder(opened.model));
    expect(readdirSync(opened.out)).toEqual([`m.${format}`]);
    if (format === "folder") return;
    const again = await exportModel("fixed:1.0", join(opened.out, "again"), { store: opened.store, format, maxMemory: 1 });
    expect(readFileSync(again).equals(readFileSync(target))).toBe(true);
  });

  test.each(
    streamed.slice(1).flatMap((format) => (["store", "fast", "best", 0] as const).map((compression) => [format, compression] as const)),
  )("%s with compression %s", async (format, compression) => {
    await using opened = await openStore();
    const target = await exportModel("fixed", opened.out, { store: opened.store, format, compression });
    expect(await listArchive(readFileSync(target), format)).toEqual(listFolder(opened.model));
  });
});

describe("paths", { timeout: 60_000 }, () => {
  test.each<[given: string, format: ArchiveFormat | undefined, written: string]>([
    ["o1", undefined, "o1.bentomodel"],
    ["o.tar.gz", undefined, "o.tar.gz"],
    ["o.txt", undefined, "o.txt.bentomodel"],
    ["o", "gz", "o"],
    ["o.tar", "bentomodel", "o.tar.bentomodel"],
    ["", undefined, "fixed-1.0.bentomodel"],
    ["", "folder", "fixed-1.0"],
    ["/", "gz", "fixed-1.0.gz"],
    ["x.gz", undefined, "x.gz/fixed-1.0.gz"],
    ["a b%20?c#d.zip", undefined, "a b%20?c#d.zip"],
    ["new/and/deep", "folder", "new/and/deep"],
  ])("<out>/%s as %s is %s", async (given, format, written) => {
    await using opened = await openStore();
    mkdirSync(join(opened.out, "x.gz"));
    const target = given === "" ? opened.out : given === "/" ? `${opened.out}/` : join(opened.out, given);
    expect(await exportModel("fixed", target, { store: opened.store, format })).toBe(join(opened.out, written));
    expect(existsSync(join(opened.out, written))).toBe(true);
  });

  test("a URL, and a subpath", async () => {
    await using opened = await openStore();
    const { store, out } = opened;
    const path = join(out, "a b%.tar");
    expect(await exportModel("fixed", pathToFileURL(path), { store })).toBe(path);
    expect(await exportModel("fixed", pathToFileURL(path).href, { store })).toBe(path);
    expect(await exportModel("fixed", out, { store, subpath: "s.tar" })).toBe(join(out, "s.tar"));
    expect(readdirSync(out).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(["a b%.tar", "s.tar"]);
  });

  test("relative ones count from the folder that is current at the call", async () => {
    await using opened = await openStore();
    const before = process.cwd();
    process.chdir(opened.out);
    try {
      const named = exportModel("fixed", "./a.tar", { store: opened.store });
      const unnamed = exportModel("fixed", "", { store: opened.store, format: "tar" });
      process.chdir(before);
      expect(await named).toBe(join(opened.out, "a.tar"));
      expect(await unnamed).toBe(join(opened.out, "fixed-1.0.tar"));
    } finally {
      process.chdir(before);
    }
  });

  test("a file that is there is replaced, a folder never", async () => {
    await using opened = await openStore();
    const { store, out } = opened;
    writeFileSync(join(out, "f.tar"), "before");
    await exportModel("fixed", join(out, "f.tar"), { store });
    expect(readFileSync(join(out, "f.tar")).length).toBeGreaterThan(1_100_000);
    await exportModel("fixed", out, { store, format: "folder" });
    for (const target of [out, join(out, "f.tar")]) {
      expect(await codeOf(exportModel("fixed", target, { store, format: "folder" }))).toBe("BENTO_TARGET_EXISTS");
    }
    mkdirSync(join(out, "fixed-1.0.zip"));
    expect(await codeOf(exportModel("fixed", out, { store, format: "zip" }))).toBe("BENTO_TARGET_EXISTS");
    symlinkSync("nowhere", join(out, "link"));
    expect(await codeOf(exportModel("fixed", join(out, "link"), { store, format: "folder" }))).toBe("BENTO_TARGET_EXISTS");
  });

  test("a folder that is missing is not made, with a hint", async () => {
    await using opened = await openStore();
    const { store, out } = opened;
    for (const target of [join(out, "missing/x"), join(out, "missing/")]) {
      const error = await errorOf(exportModel("fixed", target, { store }));
      expect(error).toMatchObject({ code: "BENTO_TRANSFER_FAILED", hint: expect.stringContaining("Make the folder") });
    }
    expect(readdirSync(out)).toEqual([]);
  });
});

describe("what cannot be done is refused, and nothing is left", () => {
  test.each<[what: string, target: string, options: object, code: string]>([
    ["an unknown format", "x", { format: "tar.gz" }, "BENTO_BAD_REQUEST"],
    ["a bento's format", "x", { format: "bento" }, "BENTO_BAD_REQUEST"],
    ["a compression that is none", "x", { compression: "hard" }, "BENTO_BAD_REQUEST"],
    ["memory that is none", "x", { maxMemory: 0 }, "BENTO_BAD_REQUEST"],
    ["a remote that nothing can reach", "vault://bucket/x", {}, "BENTO_BAD_REQUEST"],
    ["an aborted signal", "x", { signal: AbortSignal.abort() }, "BENTO_CANCELLED"],
  ])("%s", async (_, target, options, code) => {
    await using opened = await openStore();
    const place = target.includes("://") ? target : join(opened.out, target);
    expect(await codeOf(exportModel("fixed", place, { store: opened.store, ...options }))).toBe(code);
    expect(readdirSync(opened.out)).toEqual([]);
  });

  test("a model that is not there, in a file and in a stream", async () => {
    await using opened = await openStore();
    expect(await codeOf(exportModel("other", opened.out, { store: opened.store }))).toBe("BENTO_MODEL_NOT_FOUND");
    const reasons: unknown[] = [];
    const stream = new WritableStream({ abort: (reason) => void reasons.push(reason) });
    const error = await errorOf(exportModel("other", stream, { store: opened.store }));
    expect(error.code).toBe("BENTO_MODEL_NOT_FOUND");
    expect(reasons).toEqual([error]);
  });

  test.each(formats)("a model with a link that leads out, as %s", async (format) => {
    await using opened = await openStore();
    symlinkSync("/etc/passwd", join(opened.model, "secret"));
    const error = await errorOf(exportModel("fixed", join(opened.out, "x"), { store: opened.store, format }));
    expect(error.code).toBe("BENTO_MODEL_INVALID");
    expect(error.message).toContain("secret");
    expect(readdirSync(opened.out)).toEqual([]);
  });

  test.each(formats)("a target that cannot be written, as %s", async (format) => {
    await using opened = await openStore();
    // What root may write anywhere, nobody may write in /proc.
    const folder = process.getuid?.() === 0 ? "/proc/self/fdinfo" : opened.out;
    chmodSync(opened.out, 0o555);
    const error = await errorOf(exportModel("fixed", join(folder, "x"), { store: opened.store, format }));
    chmodSync(opened.out, 0o755);
    expect(error.code).toBe("BENTO_TRANSFER_FAILED");
    expect(readdirSync(opened.out)).toEqual([]);
  });

  test("folders that were made on the way go again", async () => {
    await using opened = await openStore();
    mkdirSync(join(opened.out, "kept"));
    const controller = new AbortController();
    const transfer = exportModel("fixed", join(opened.out, "kept/a/b/c"), {
      store: opened.store,
      format: "folder",
      signal: controller.signal,
    });
    const watching = (async () => {
      for await (const { bytes } of transfer) if (bytes > 0) controller.abort();
    })();
    expect(await codeOf(transfer)).toBe("BENTO_CANCELLED");
    await watching.catch(() => {});
    expect(readdirSync(opened.out, { recursive: true })).toEqual(["kept"]);
  });
});

describe("streams", { timeout: 60_000 }, () => {
  test.each(streamed)("%s to a web stream is the same as to a file", async (format) => {
    await using opened = await openStore();
    const { store, out } = opened;
    const chunks: Uint8Array[] = [];
    const stream = new WritableStream<Uint8Array>({ write: (chunk) => void chunks.push(chunk.slice()) });
    expect(await exportModel("fixed", stream, { store, format })).toBeUndefined();
    const file = await exportModel("fixed", out, { store, format });
    expect(Buffer.concat(chunks).equals(readFileSync(file))).toBe(true);
  });

  test("to a stream of Node, in the native format", async () => {
    await using opened = await openStore();
    const chunks: Buffer[] = [];
    const stream = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        chunks.push(chunk);
        done();
      },
    });
    await exportModel("fixed", stream, { store: opened.store });
    expect(await listArchive(Buffer.concat(chunks), "bentomodel")).toEqual(listFolder(opened.model));
  });

  test("a folder is none", async () => {
    await using opened = await openStore();
    const error = await errorOf(exportModel("fixed", new WritableStream(), { store: opened.store, format: "folder" }));
    expect(error).toMatchObject({ code: "BENTO_BAD_REQUEST", hint: expect.stringContaining("Use another format") });
  });

  test("through a response to its reader, who may stop in the middle", async () => {
    await using opened = await openStore();
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const transfer = exportModel("fixed", writable, { store: opened.store, format: "tar" });
    const failed = codeOf(transfer);
    const reader = readable.getReader();
    await reader.read();
    await reader.cancel(new Error("enough"));
    expect(await failed).toBe("BENTO_TRANSFER_FAILED");
  });
});

test("a model in memory and its copy on disk give the same bytes", { timeout: 60_000 }, async () => {
  await using opened = await openStore();
  await using memory = new MemoryModelStore();
  await memory.create("copied:v1", async (draft) => {
    for (const [path, bytes] of fixedModel.files) {
      if (path !== "model.yaml") await draft.write(path, bytes, { executable: fixedModel.executables.has(path) });
    }
    await draft.mkdir(fixedModel.emptyFolder);
  });
  const home = join(opened.out, "home");
  mkdirSync(join(home, "models", "copied"), { recursive: true });
  cpSync((await memory.get("copied")).path, join(home, "models", "copied", "v1"), { recursive: true });
  for (const format of streamed) {
    const files = [];
    for (const store of [memory, new FileModelStore(home)]) {
      files.push(readFileSync(await exportModel("copied", join(opened.out, `${files.length}.${format}`), { store, format })));
    }
    expect(files[0]?.equals(files[1] as Buffer)).toBe(true);
  }
});
