import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, existsSync, openSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { BentoError } from "@bento/core";
import { describe, expect, test } from "vitest";
import { FileModelStore, importModel } from "../src/index.js";
import { snapshot } from "./support/fixture-home.js";
import { modelYaml, tarOf } from "./support/model-archive.js";
import { rawZip } from "./support/raw-zip.js";
import { temporaryFolder } from "./support/temporary-folder.js";

const files = {
  "model.yaml": modelYaml("clf", "v2"),
  ...Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`small/${index}`, `content ${index}`])),
  "weights.bin": Buffer.alloc(3_000_000, "weights and more "),
};
const tar = tarOf(files);
const archives: readonly [string, Uint8Array][] = [
  ["tar", tar],
  ["gz", gzipSync(tar)],
  ["zip", rawZip(Object.entries(files).map(([name, content]) => ({ name, content, stored: true })))],
];

/** A home with one model, and what is in it. */
async function homeWithModel(): Promise<AsyncDisposable & { readonly path: string; readonly store: FileModelStore; check: () => void }> {
  const folder = await temporaryFolder();
  const store = new FileModelStore(folder.path);
  await importModel(tarOf({ "model.yaml": modelYaml("clf", "v1"), f: "x" }), { store });
  const before = snapshot(join(folder.path, "models"));
  const check = (): void => {
    expect(snapshot(join(folder.path, "models"))).toEqual(before);
    expect(leftovers(folder.path)).toEqual([]);
  };
  return { path: folder.path, store, check, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

function leftovers(home: string): readonly string[] {
  return ["tmp", ".staging"].flatMap((name) => (existsSync(join(home, name)) ? readdirSync(join(home, name)) : []));
}

async function codeOf(work: PromiseLike<unknown>): Promise<string> {
  return work.then(
    () => "nothing was thrown",
    (error: unknown) => (BentoError.is(error) ? error.code : String(error)),
  );
}

describe.each(archives)("an import of a %s that is stopped leaves the store as it was", (_, bytes) => {
  test("after whichever piece of the source", async () => {
    await using home = await homeWithModel();
    const size = Math.ceil(bytes.length / 12);
    for (let stopAt = 0; stopAt <= 12; stopAt += 1) {
      const stop = new AbortController();
      const source = async function* (): AsyncGenerator<Uint8Array, void> {
        for (let index = 0; index < 12; index += 1) {
          if (index === stopAt) stop.abort();
          yield bytes.slice(index * size, (index + 1) * size);
        }
        stop.abort();
      };
      expect(await codeOf(importModel(source(), { store: home.store, signal: stop.signal }))).toBe("BENTO_CANCELLED");
      home.check();
    }
  });

  test("after however many turns of the event loop", async () => {
    await using home = await homeWithModel();
    const codes = new Set<string>();
    for (let turns = 0; turns < 60; turns = Math.ceil((turns + 1) * 1.3)) {
      const stop = new AbortController();
      const importing = codeOf(importModel(bytes, { store: home.store, signal: stop.signal }));
      for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
      stop.abort();
      const code = await importing;
      codes.add(code);
      // It may have been faster.
      if (code === "nothing was thrown") await home.store.delete("clf:v2");
      home.check();
    }
    expect([...codes].filter((code) => code !== "nothing was thrown")).toEqual(["BENTO_CANCELLED"]);
  });
});

test("a signal that was aborted before anything began is honoured, and its reason told", async () => {
  await using home = await homeWithModel();
  const reason = new Error("enough");
  const work = importModel(tar, { store: home.store, signal: AbortSignal.abort(reason) });
  await expect(work).rejects.toMatchObject({ code: "BENTO_CANCELLED", cause: reason });
  home.check();
});

test("a source that hangs does not hold up the end", async () => {
  await using home = await homeWithModel();
  let isEnded = false;
  for (const given of [0, 1500, tar.length - 600]) {
    const stop = new AbortController();
    const source = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(tar.slice(0, given)),
      pull: () => {
        setImmediate(() => stop.abort());
        return new Promise<void>(() => {});
      },
      cancel: () => void (isEnded = true),
    });
    expect(await codeOf(importModel(source, { store: home.store, signal: stop.signal }))).toBe("BENTO_CANCELLED");
    expect(isEnded).toBe(true);
    home.check();
  }
});

test("a source that breaks leaves the store as it was, wherever it does", async () => {
  await using home = await homeWithModel();
  for (let given = 0; given < tar.length; given += 250_000) {
    const source = async function* (): AsyncGenerator<Uint8Array, void> {
      yield tar.slice(0, given);
      throw new Error("the line is dead");
    };
    expect(await codeOf(importModel(source(), { store: home.store }))).toBe("BENTO_TRANSFER_FAILED");
    home.check();
  }
});

test("a stream of Node.js that hangs is destroyed, by an import and by a draft", async () => {
  await using home = await homeWithModel();
  for (const start of [
    (source: Readable, signal: AbortSignal) => importModel(source, { store: home.store, signal }),
    async (source: Readable, signal: AbortSignal) => {
      await home.store.create("other:v1", {}, (draft) => draft.write("f", source, { signal }));
    },
  ]) {
    const source = new Readable({
      read() {
        this.emit("asked");
      },
    });
    const asked = once(source, "asked");
    const stop = new AbortController();
    const work = codeOf(start(source, stop.signal));
    await asked;
    stop.abort();
    expect(await work).toBe("BENTO_CANCELLED");
    expect(source.destroyed).toBe(true);
  }
  home.check();
});

test.runIf(process.platform === "linux")("a pipe that nobody writes to is let go of", async () => {
  await using home = await homeWithModel();
  const pipe = join(home.path, "pipe");
  execFileSync("mkfifo", [pipe]);
  const stop = new AbortController();
  const work = codeOf(importModel(pipe, { store: home.store, signal: stop.signal }));
  const hasReader = (): boolean => {
    try {
      closeSync(openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK));
      return true;
    } catch {
      return false;
    }
  };
  await new Promise(setImmediate);
  stop.abort();
  expect(await work).toBe("BENTO_CANCELLED");
  await new Promise(setImmediate);
  expect(hasReader()).toBe(false);
  home.check();
});
