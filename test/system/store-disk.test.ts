import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BentoError } from "@bento/core";
import { FileModelStore } from "@bento/store";
import { describe, expect, test } from "vitest";
import { temporaryHome } from "./support/temporary-home.js";

const megabyte = 1024 * 1024;

/** A file system of its own in memory, of so many bytes. Mounting needs root. */
async function mounted(bytes: number): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await temporaryHome();
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${bytes},mode=755`, "tmpfs", folder.path]);
  return {
    path: folder.path,
    [Symbol.asyncDispose]: async () => {
      execFileSync("umount", [folder.path]);
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function failureOf(work: Promise<unknown>): Promise<BentoError> {
  const thrown: unknown = await work.then(
    () => new Error("it did not fail"),
    (error: unknown) => error,
  );
  if (BentoError.is(thrown)) return thrown;
  throw thrown;
}

function namesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder).toSorted() : [];
}

describe("a full disk", () => {
  test("stops a save, which leaves nothing, and the store goes on", async () => {
    await using disk = await mounted(8 * megabyte);
    const store = new FileModelStore(disk.path);
    await store.create("clf:v1", (draft) => draft.write("f", "1"));
    const piece = new Uint8Array(megabyte);
    const error = await failureOf(
      store.create("clf:v2", async (draft) => {
        for (let index = 0; index < 20; index += 1) await draft.write(`part-${index}`, piece);
      }),
    );
    expect(error.code).toBe("BENTO_STORE_FAILED");
    expect(error.message).toMatch(/the disk is full \(ENOSPC\)/);
    expect(error.message).toContain(disk.path);
    expect(error.hint).toContain("BENTOML_HOME");
    expect(namesIn(join(disk.path, "tmp"))).toEqual([]);
    expect(namesIn(join(disk.path, "models", "clf"))).toEqual(["latest", "v1"]);
    expect((await store.get("clf")).tag.version).toBe("v1");
    await store.create("clf:v3", (draft) => draft.write("f", piece));
    expect((await store.get("clf")).tag.version).toBe("v3");
  });

  test("no room for a single file more: saving fails, deleting makes room", async () => {
    await using disk = await mounted(4 * megabyte);
    const store = new FileModelStore(disk.path);
    await store.create("clf:v1", (draft) => draft.write("f", new Uint8Array(megabyte)));
    await store.create("clf:v2", (draft) => draft.write("f", "2"));
    let filler = 0;
    try {
      for (;;) writeFileSync(join(disk.path, `filler-${(filler += 1)}`), new Uint8Array(64 * 1024));
    } catch {
      // Full.
    }
    const error = await failureOf(store.create("clf:v3", (draft) => draft.write("f", new Uint8Array(megabyte))));
    expect(error.code).toBe("BENTO_STORE_FAILED");
    expect(namesIn(join(disk.path, "tmp"))).toEqual([]);
    await store.delete("clf:v1");
    expect((await store.listTags()).map(String)).toEqual(["clf:v2"]);
    expect(readFileSync(join(disk.path, "models", "clf", "latest"), "utf8")).toBe("v2");
    await store.create("clf:v3", (draft) => draft.write("f", "3"));
    expect((await store.get("clf")).tag.version).toBe("v3");
  });
});

describe("a read-only disk", () => {
  test("everything can be read, and every write fails without a trace", async () => {
    await using disk = await mounted(4 * megabyte);
    const writable = new FileModelStore(disk.path);
    await writable.create("clf:v1", (draft) => draft.write("f", "1"));
    await writable.create("clf:v2", (draft) => draft.write("f", "2"));
    // What get() would repair if it could.
    writeFileSync(join(disk.path, "models", "clf", "latest"), "gone");
    execFileSync("mount", ["-o", "remount,ro", disk.path]);
    const store = new FileModelStore(disk.path);
    expect((await store.list()).map((model) => String(model.tag))).toEqual(["clf:v1", "clf:v2"]);
    const model = await store.get("clf");
    expect(await model.text("f")).toBe("2");
    expect(await model.verify()).toMatchObject({ status: "ok" });
    for (const work of [
      () => store.create("clf:v3", (draft) => draft.write("f", "3")),
      () => store.draft("other"),
      () => store.delete("clf:v1"),
      () => store.delete("clf"),
    ]) {
      const error = await failureOf(work());
      expect(error.code).toBe("BENTO_STORE_FAILED");
      expect(error.message).toMatch(/the disk is read-only \(EROFS\)/);
      expect(error.message).toContain(disk.path);
    }
    execFileSync("mount", ["-o", "remount,rw", disk.path]);
    expect(namesIn(join(disk.path, "tmp"))).toEqual([]);
    expect(namesIn(join(disk.path, "models", "clf"))).toEqual(["latest", "v1", "v2"]);
  });
});

describe("a home that lies on several file systems", () => {
  test("tmp elsewhere: models are staged beside it", async () => {
    await using home = await temporaryHome();
    await using disk = await mounted(4 * megabyte);
    mkdirSync(join(home.path, "tmp"));
    execFileSync("mount", ["--bind", disk.path, join(home.path, "tmp")]);
    try {
      const store = new FileModelStore(home.path);
      await using draft = await store.draft("clf:v1");
      await draft.write("f", "1");
      expect(namesIn(join(home.path, "tmp"))).toEqual([]);
      expect(namesIn(join(home.path, ".staging"))).toHaveLength(1);
      await draft.commit();
      await store.create("clf:v2", (next) => next.write("f", "2"));
      await store.delete("clf:v2");
      expect(namesIn(join(home.path, ".staging"))).toEqual([]);
      expect(await (await store.get("clf")).verify()).toMatchObject({ status: "ok" });
    } finally {
      execFileSync("umount", [join(home.path, "tmp")]);
    }
  });

  test("models alone elsewhere: saving says what is wrong, reading works", async () => {
    await using home = await temporaryHome();
    await using disk = await mounted(4 * megabyte);
    const store = new FileModelStore(home.path);
    mkdirSync(join(home.path, "models"));
    execFileSync("mount", ["--bind", disk.path, join(home.path, "models")]);
    try {
      const error = await failureOf(store.create("clf:v1", (draft) => draft.write("f", "1")));
      expect([error.code, error.message]).toEqual(["BENTO_STORE_FAILED", expect.stringContaining("another file system")]);
      expect(error.hint).toContain("mount the home itself");
      expect(await store.list()).toEqual([]);
      expect(namesIn(join(home.path, "models"))).toEqual([]);
    } finally {
      execFileSync("umount", [join(home.path, "models")]);
    }
  });
});
