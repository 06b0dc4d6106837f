import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FileModelStore, type ModelStore } from "../src/index.js";
import { type ArchiveFormat, formatsOf } from "../src/archive/format.js";
import { exportModel } from "../src/export/export-model.js";
import type { Tree } from "../src/tree/tree.js";
import { codeOf } from "./model-store-contract.js";
import { fixedModel, writeFixedModel } from "./support/fixed-model.js";
import { temporaryFolder } from "./support/temporary-folder.js";

const total = [...fixedModel.files.values()].reduce((sum, bytes) => sum + bytes.length, 0);
const positions = [0, 1, 70_000, Math.floor(total / 3), Math.floor(total / 2), total - 1, total];

/** A store whose models call `onPosition` when so many bytes of their files were read. */
function watchedStore(store: ModelStore, position: number, onPosition: () => void): ModelStore {
  let read = 0;
  const count = (bytes: Uint8Array): Uint8Array => {
    read += bytes.length;
    if (read >= position) onPosition();
    return bytes;
  };
  const watched = (tree: Tree): Tree => ({
    entries: async (options) => {
      const entries = await tree.entries(options);
      if (position === 0) onPosition();
      return entries;
    },
    read: async (path, options) => count(await tree.read(path, options)),
    stream: async function* stream(path, options) {
      for await (const chunk of tree.stream(path, options)) yield count(chunk);
    },
  });
  return new Proxy(store, {
    get: (_, name) => {
      if (name !== "get") return Reflect.get(store, name) as unknown;
      return async (tag: string) => {
        const model = await store.get(tag);
        return { tag: model.tag, tree: () => watched(model.tree()) };
      };
    },
  });
}

function openFilesBelow(folder: string): readonly string[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path.startsWith(folder) ? [path] : [];
    } catch {
      return [];
    }
  });
}

test.each(formatsOf("bentomodel"))(
  "an abort at any position leaves what was there, as %s",
  { timeout: 60_000 },
  async (format: ArchiveFormat) => {
    await using folder = await temporaryFolder();
    const store = new FileModelStore(join(folder.path, "home"));
    await writeFixedModel(store.location);
    const out = join(folder.path, "out");
    mkdirSync(out);
    const present = format === "folder" ? "beside" : `present.${format}`;
    writeFileSync(join(out, present), "before");
    for (const position of positions) {
      for (const name of format === "folder" ? ["absent"] : [`absent.${format}`, present]) {
        const controller = new AbortController();
        const watched = watchedStore(store, position, () => controller.abort(new Error("enough")));
        const transfer = exportModel("fixed", join(out, name), { store: watched, format, signal: controller.signal });
        expect(await codeOf(transfer)).toBe("BENTO_CANCELLED");
        expect(readdirSync(out)).toEqual([present]);
        expect(readFileSync(join(out, present), "utf8")).toBe("before");
        expect(openFilesBelow(folder.path)).toEqual([]);
      }
    }
  },
);

test.each(formatsOf("bentomodel"))(
  "an abort in any turn of the event loop leaves all or nothing, as %s",
  { timeout: 60_000 },
  async (format) => {
    await using folder = await temporaryFolder();
    const store = new FileModelStore(join(folder.path, "home"));
    await store.create("small:v1", async (draft) => {
      for (let index = 0; index < 5; index += 1) await draft.write(`f${index}`, new Uint8Array(50_000).fill(index));
    });
    let cancelled = 0;
    for (let turns = 0; turns < 40; turns += 1) {
      const target = join(folder.path, `out.${format}`);
      const controller = new AbortController();
      const transfer = exportModel("small", target, { store, format, signal: controller.signal });
      const outcome = transfer.then(
        () => "done",
        (error: unknown) => (error as { readonly code: string }).code,
      );
      for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
      controller.abort();
      const ended = await outcome;
      expect(["done", "BENTO_CANCELLED"]).toContain(ended);
      if (ended === "done") break;
      cancelled += 1;
      expect(readdirSync(folder.path)).toEqual(["home"]);
      expect(openFilesBelow(folder.path)).toEqual([]);
    }
    expect(cancelled).toBeGreaterThan(3);
  },
);

test.each(formatsOf("bentomodel").filter((format) => format !== "folder"))(
  "an abort at any position aborts the stream, as %s",
  async (format) => {
    await using folder = await temporaryFolder();
    const store = new FileModelStore(join(folder.path, "home"));
    await writeFixedModel(store.location);
    for (const position of positions) {
      const controller = new AbortController();
      const watched = watchedStore(store, position, () => controller.abort());
      const ends: unknown[] = [];
      const stream = new WritableStream({
        close: () => void ends.push("closed"),
        abort: (reason) => void ends.push((reason as { code: string }).code),
      });
      expect(await codeOf(exportModel("fixed", stream, { store: watched, format, signal: controller.signal }))).toBe("BENTO_CANCELLED");
      expect(ends).toEqual(["BENTO_CANCELLED"]);
      expect(openFilesBelow(folder.path)).toEqual([]);
    }
  },
);
