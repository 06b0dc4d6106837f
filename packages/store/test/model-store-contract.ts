import { mkdir, mkdtemp, rm, symlink, writeFile, readFile, stat, chmod } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BentoError, type BentoErrorCode, Tag } from "@bento/core";
import { describe, expect, test } from "vitest";
import type { FileContent, ModelDraft, ModelInfo, ModelStore, ModelStoreOptions, SkippedEntry, StoredModel, Tree } from "../src/index.js";
import { makeModelInfo } from "../src/model/model-input.js";
import { formatModelYaml } from "../src/model/model-yaml.js";

/** A store of its own for one test, and what cleans up after it. */
export interface OpenedStore extends AsyncDisposable {
  readonly store: ModelStore;
  /** What is left of unfinished work, by name: must be nothing after every failure. */
  leftovers(): Promise<readonly string[]>;
}

/** How the contract gets a store. */
export type OpenStore = (options?: ModelStoreOptions) => Promise<OpenedStore>;

/** The code of the BentoError that a promise is rejected with. */
export async function codeOf(work: Promise<unknown> | (() => unknown)): Promise<BentoErrorCode> {
  return (await errorOf(work)).code;
}

/** The BentoError that a promise is rejected with or a function throws. */
export async function errorOf(work: Promise<unknown> | (() => unknown)): Promise<BentoError> {
  const error: unknown = await (typeof work === "function" ? Promise.resolve().then(work) : work).then(
    (value) => new Error(`it did not fail, but gave ${String(value)}`),
    (thrown: unknown) => thrown,
  );
  if (BentoError.is(error)) return error;
  throw error as Error;
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const inFuture = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** What every model store promises. */
export function describeModelStore(name: string, openStore: OpenStore): void {
  describe(`${name}: creating`, () => {
    test("a model with its files, info and a generated version", async () => {
      await using opened = await openStore();
      const model = await opened.store.create("Digits", { labels: { team: "vision" }, metadata: { accuracy: 0.5 } }, async (draft) => {
        await draft.write("a.txt", "é");
        await draft.write("deep/er/b.bin", bytes(1, 2, 3));
      });
      expect(model.tag.name).toBe("digits");
      expect(model.tag.version).toMatch(/^[a-z2-7]{16}$/);
      expect(model.info).toMatchObject({ labels: { team: "vision" }, module: "", apiVersion: "v1" });
      expect(model.info.metadata).toMatchObject({ accuracy: 0.5 });
      expect(model.info.tag.equals(model.tag)).toBe(true);
      expect((await model.files()).map(({ path, size }) => [path, size])).toEqual([
        ["a.txt", 2],
        ["deep/er/b.bin", 3],
        ["model.yaml", (await model.read("model.yaml")).length],
      ]);
      expect(await opened.leftovers()).toEqual([]);
    });

    test("without input, and with a tag object", async () => {
      await using opened = await openStore();
      const model = await opened.store.create(new Tag("clf", "v1"), (draft) => draft.write("w", "1"));
      expect(String(model.tag)).toBe("clf:v1");
      expect(await model.text("w")).toBe("1");
    });

    test.each<[string, () => FileContent]>([
      ["text", () => "abc"],
      ["Uint8Array", () => bytes(97, 98, 99)],
      ["a view into a larger buffer", () => bytes(0, 97, 98, 99, 0).subarray(1, 4)],
      ["Buffer", () => Buffer.from("abc")],
      ["ArrayBuffer", () => bytes(97, 98, 99).buffer as ArrayBuffer],
      ["Blob", () => new Blob(["a", "bc"])],
      ["ReadableStream", () => new Blob(["abc"]).stream()],
      ["Iterable", () => [bytes(97), bytes(98, 99)]],
      [
        "AsyncIterable that uses its memory again",
        async function* () {
          const piece = new Uint8Array(1);
          for (const value of [97, 98, 99]) {
            piece[0] = value;
            yield piece;
          }
        },
      ],
    ])("content given as %s", async (_, content) => {
      await using opened = await openStore();
      const model = await opened.store.create("clf:v1", (draft) => draft.write("f", content()));
      expect(await model.text("f")).toBe("abc");
      expect((await model.verify()).status).toBe("ok");
    });

    test.each<[string, unknown]>([
      ["null", null],
      ["a number", 1],
      ["an object", {}],
      ["an iterable of text", ["abc"]],
      ["an iterable of numbers", [1, 2]],
      ["a stream that is being read", lockedStream()],
    ])("content that is %s is refused", async (_, content) => {
      await using opened = await openStore();
      const error = await errorOf(opened.store.create("clf:v1", (draft) => draft.write("f", content as FileContent)));
      expect(error.code).toBe("BENTO_MODEL_INVALID");
      expect(error.message).toContain('"f"');
      expect(await opened.leftovers()).toEqual([]);
      expect(await opened.store.listTags()).toEqual([]);
    });

    test("a path written twice keeps the last content", async () => {
      await using opened = await openStore();
      const model = await opened.store.create("clf:v1", async (draft) => {
        await draft.write("f", "longer text");
        await draft.write("f", "2");
      });
      expect(await model.text("f")).toBe("2");
      expect((await model.verify()).status).toBe("ok");
    });

    test("many writes at once, of the same paths too, leave a model that agrees with its manifest", async () => {
      await using opened = await openStore();
      const model = await opened.store.create("clf:v1", (draft) =>
        Promise.all(Array.from({ length: 60 }, (_, index) => draft.write(`d${index % 3}/f${index % 20}`, "x".repeat(index * 1000)))),
      );
      expect(await model.files()).toHaveLength(61);
      expect((await model.verify()).status).toBe("ok");
    });

    test("a write that nobody waited for is part of the model", async () => {
      await using opened = await openStore();
      const model = await opened.store.create("clf:v1", (draft) => {
        void draft.write("f", slowly("abc"));
      });
      expect(await model.text("f")).toBe("abc");
    });

    test("a failed write leaves the earlier content, and the draft usable", async () => {
      await using opened = await openStore();
      const model = await opened.store.create("clf:v1", async (draft) => {
        await draft.write("f", "first");
        await expect(draft.write("f", failing())).rejects.toThrow("the source broke");
      });
      expect(await model.text("f")).toBe("first");
      expect((await model.files()).map(({ path }) => path)).toEqual(["f", "model.yaml"]);
    });

    test("folders, empty ones too", async () => {
      await using opened = await openStore();
      const model = await opened.store.create("clf:v1", async (draft) => {
        await draft.mkdir("empty/inner");
        await draft.write("full/f", "1");
      });
      expect((await stat(model.resolvePath("empty/inner"))).isDirectory()).toBe(true);
      expect((await stat(model.resolvePath("full"))).isDirectory()).toBe(true);
    });

    test("a file cannot stand where a folder is, nor a folder where a file is", async () => {
      await using opened = await openStore();
      await opened.store.create("clf:v1", async (draft) => {
        await draft.write("file", "1");
        await draft.mkdir("folder/inner");
        expect(await codeOf(draft.write("file/below", "1"))).toBe("BENTO_MODEL_INVALID");
        expect(await codeOf(draft.write("folder", "1"))).toBe("BENTO_MODEL_INVALID");
        expect(await codeOf(draft.mkdir("file"))).toBe("BENTO_MODEL_INVALID");
        expect(await codeOf(draft.mkdir("file/below"))).toBe("BENTO_MODEL_INVALID");
      });
      expect((await (await opened.store.get("clf:v1")).files()).map(({ path }) => path)).toEqual(["file", "model.yaml"]);
    });

    test.each([
      "/abs",
      "../up",
      "a/../b",
      "a/./b",
      ".",
      "..",
      "",
      "a//b",
      "a/",
      "a\\b",
      "c:/x",
      "nul\0",
      "new\nline",
      "tab\t",
      "\u007f",
      "\u2028",
      "\ud800",
      "x".repeat(256),
      "é".repeat(128),
      "model.yaml",
      "MODEL.yaml",
      ".manifest.json",
      ".Manifest.JSON",
      "custom_objects.pkl",
      "custom_objects/x.json",
      "model.yaml/x",
    ])("the path %j is refused and quoted", async (path) => {
      await using opened = await openStore();
      await using draft = await opened.store.draft("clf:v1");
      for (const work of [() => draft.write(path, "1"), () => draft.mkdir(path), () => draft.copy(import.meta.filename, path)]) {
        const error = await errorOf(work);
        expect(error.code).toBe("BENTO_MODEL_INVALID");
        expect(error.message).toContain(JSON.stringify(path));
      }
    });

    test.each([
      "model.yaml.bak",
      "sub/model.yaml",
      "latest",
      "sub/.manifest.json",
      "..x",
      "...",
      "a:b",
      " lead",
      "con",
      "~",
      "$HOME",
      "😀",
    ])("the path %j is taken as it is", async (path) => {
      await using opened = await openStore();
      const model = await opened.store.create("clf:v1", (draft) => draft.write(path, "1"));
      expect(await model.text(path)).toBe("1");
      expect((await model.files()).map((file) => file.path)).toContain(path);
      expect((await model.verify()).status).toBe("ok");
    });

    test("an existing tag is refused before and after writing", async () => {
      await using opened = await openStore();
      await using late = await opened.store.draft("clf:v1");
      await opened.store.create("clf:v1", (draft) => draft.write("f", "first"));
      let called = false;
      const early = await errorOf(opened.store.create("clf:V1", () => (called = true)));
      expect(early.code).toBe("BENTO_MODEL_EXISTS");
      expect(early.message).toContain('"clf:v1"');
      expect(called).toBe(false);
      await late.write("f", "second");
      expect(await codeOf(late.commit())).toBe("BENTO_MODEL_EXISTS");
      expect(await (await opened.store.get("clf:v1")).text("f")).toBe("first");
      expect(await opened.leftovers()).toEqual([]);
    });

    test("of many creators of one tag exactly one wins", async () => {
      await using opened = await openStore();
      const outcomes = await Promise.allSettled(
        Array.from({ length: 12 }, (_, index) => opened.store.create("clf:v1", (draft) => draft.write("f", String(index)))),
      );
      const winners = outcomes.flatMap((outcome, index) => (outcome.status === "fulfilled" ? [index] : []));
      expect(winners).toHaveLength(1);
      for (const outcome of outcomes)
        if (outcome.status === "rejected") expect(await codeOf(Promise.reject(outcome.reason as Error))).toBe("BENTO_MODEL_EXISTS");
      const model = await opened.store.get("clf");
      expect(await model.text("f")).toBe(String(winners[0]));
      expect((await model.verify()).status).toBe("ok");
      expect(await opened.leftovers()).toEqual([]);
    });

    test.each(["", "a b", "_a", "a:", ":v", "a:b:c", "../x", "a:..", "a\n", "a:v\n", "x".repeat(64), "clf:latest", "clf:LATEST"])(
      "the tag %j is refused",
      async (tag) => {
        await using opened = await openStore();
        const error = await errorOf(opened.store.create(tag, (draft) => draft.write("f", "1")));
        expect(error.code).toBe("BENTO_TAG_INVALID");
        expect(error.hint).toBeTruthy();
        expect(await opened.leftovers()).toEqual([]);
        expect(await opened.store.list()).toEqual([]);
      },
    );

    test.each<[string, object]>([
      ["null in metadata", { metadata: { a: null } }],
      ["a function in metadata", { metadata: { a: () => 1 } }],
      ["metadata that holds itself", { metadata: circular() }],
      ["a class instance in metadata", { metadata: { a: new URL("http://x/") } }],
      ["labels that are no map", { labels: ["a"] }],
      ["a custom object that JSON would lose", { customObjects: { x: new Map([[1, 2]]) } }],
      ["a custom object that is a function", { customObjects: { x: () => 1 } }],
      ["a custom object that holds itself", { customObjects: { x: circular() } }],
      ["a custom object with NaN", { customObjects: { x: [Number.NaN] } }],
      ["a custom object with an impossible name", { customObjects: { "../x": 1 } }],
    ])("%s is refused before anything is written", async (_, input) => {
      await using opened = await openStore();
      let called = false;
      expect(await codeOf(opened.store.create("clf:v1", input, () => (called = true)))).toBe("BENTO_MODEL_INVALID");
      expect(called).toBe(false);
      expect(await opened.leftovers()).toEqual([]);
      expect(await opened.store.listTags()).toEqual([]);
    });

    test("what the callback throws is thrown, and nothing remains", async () => {
      await using opened = await openStore();
      const create = opened.store.create("clf:v1", async (draft) => {
        await draft.write("f", "1");
        throw new RangeError("mine");
      });
      await expect(create).rejects.toThrow(new RangeError("mine"));
      await expect(opened.store.create("clf:v1", (draft) => draft.write("f", failing()))).rejects.toThrow("the source broke");
      expect(await opened.leftovers()).toEqual([]);
      expect(await opened.store.listTags()).toEqual([]);
      expect(await codeOf(opened.store.get("clf:v1"))).toBe("BENTO_MODEL_NOT_FOUND");
      await opened.store.create("clf:v1", (draft) => draft.write("f", "2"));
    });

    test("module, api version, signatures, options, context and custom objects are kept", async () => {
      await using opened = await openStore();
      await opened.store.create(
        "clf:v1",
        {
          module: "bentoml.onnx",
          apiVersion: "v2",
          signatures: { run: { batchable: true, batchDim: 0 } },
          options: { providers: ["cpu"] },
          context: { frameworkName: "onnx", frameworkVersions: { onnx: "1.23.2" } },
          customObjects: { vocab: { a: 1, b: [true, null, "é"] }, raw: bytes(0, 255), "a.json": bytes(1), a: "json" },
        },
        (draft) => draft.write("f", "1"),
      );
      const model = await opened.store.get("clf:v1");
      expect(model.info).toMatchObject({
        module: "bentoml.onnx",
        apiVersion: "v2",
        signatures: { run: { batchable: true, batchDim: [0, 0] } },
        options: { providers: ["cpu"] },
        context: { frameworkName: "onnx", frameworkVersions: { onnx: "1.23.2" } },
      });
      expect(await model.customObject("vocab")).toEqual({ a: 1, b: [true, null, "é"] });
      expect(await model.customObject("raw")).toEqual(bytes(0, 255));
      expect(await model.customObject("a.json")).toEqual(bytes(1));
      expect(await model.customObject("a")).toBe("json");
      expect(await codeOf(model.customObject("none"))).toBe("BENTO_FILE_NOT_FOUND");
      expect((await model.files()).map(({ path }) => path)).not.toContain("custom_objects.pkl");
      expect((await model.verify()).status).toBe("ok");
    });
  });

  describe(`${name}: drafts`, () => {
    test("await using without commit leaves nothing", async () => {
      await using opened = await openStore();
      {
        await using draft = await opened.store.draft("clf:v1");
        await draft.write("f", "1");
        expect(await opened.store.listTags()).toEqual([]);
        expect(await codeOf(opened.store.get("clf"))).toBe("BENTO_MODEL_NOT_FOUND");
      }
      expect(await opened.leftovers()).toEqual([]);
    });

    test("a committed draft refuses everything, also after its block", async () => {
      await using opened = await openStore();
      let kept: ModelDraft | undefined;
      {
        await using draft = await opened.store.draft("clf:v1");
        kept = draft;
        await draft.write("f", "1");
        const model = await draft.commit();
        expect(String(model.tag)).toBe(String(draft.tag));
      }
      const late = kept;
      for (const work of [() => late.write("f", "2"), () => late.mkdir("d"), () => late.copy(import.meta.filename), () => late.commit()]) {
        expect(await codeOf(work)).toBe("BENTO_MODEL_SEALED");
      }
      await kept.discard();
      const model = await opened.store.get("clf:v1");
      expect((await model.files()).map(({ path }) => path)).toEqual(["f", "model.yaml"]);
      expect((await model.verify()).status).toBe("ok");
    });

    test("a discarded draft refuses everything, and discarding ends writes that hang", async () => {
      await using opened = await openStore();
      const draft = await opened.store.draft("clf:v1");
      const source = hanging();
      const writing = codeOf(draft.write("f", source.content));
      await source.reached;
      await draft.discard();
      await draft.discard();
      expect(await writing).toBe("BENTO_MODEL_SEALED");
      expect(await source.stopped).toBe(true);
      expect(await codeOf(draft.write("g", "1"))).toBe("BENTO_MODEL_SEALED");
      expect(await codeOf(draft.commit())).toBe("BENTO_MODEL_SEALED");
      expect(await opened.leftovers()).toEqual([]);
    });

    test("closing the store discards open drafts", async () => {
      const opened = await openStore();
      const draft = await opened.store.draft("clf:v1");
      await draft.write("f", "1");
      await opened.store[Symbol.asyncDispose]();
      expect(await codeOf(draft.commit())).toBe("BENTO_MODEL_SEALED");
      expect(await opened.leftovers()).toEqual([]);
      await opened[Symbol.asyncDispose]();
    });

    test("a signal stops one write and nothing else", async () => {
      await using opened = await openStore();
      const controller = new AbortController();
      const source = hanging();
      const model = await opened.store.create("clf:v1", async (draft) => {
        const writing = codeOf(draft.write("f", source.content, { signal: controller.signal }));
        await source.reached;
        controller.abort();
        expect(await writing).toBe("BENTO_CANCELLED");
        expect(await codeOf(draft.write("f", "1", { signal: controller.signal }))).toBe("BENTO_CANCELLED");
        await draft.write("g", "1");
      });
      expect(await source.stopped).toBe(true);
      expect((await model.files()).map(({ path }) => path)).toEqual(["g", "model.yaml"]);
      expect((await model.verify()).status).toBe("ok");
    });

    test("the draft's signal discards all of it at any moment", async () => {
      await using opened = await openStore();
      expect(await codeOf(opened.store.draft("clf:v1", { signal: AbortSignal.abort() }))).toBe("BENTO_CANCELLED");
      const controller = new AbortController();
      const source = hanging();
      const creating = codeOf(opened.store.create("clf:v1", { signal: controller.signal }, (draft) => draft.write("f", source.content)));
      await source.reached;
      controller.abort(new Error("enough"));
      expect(await creating).toBe("BENTO_CANCELLED");
      const idle = new AbortController();
      const draft = await opened.store.draft("clf:v1", { signal: idle.signal });
      await draft.write("f", "1");
      idle.abort();
      expect(await codeOf(draft.commit())).toBe("BENTO_CANCELLED");
      const late = new AbortController();
      const committing = await opened.store.draft("clf:v1", { signal: late.signal });
      await committing.write("f", "1");
      const ended = codeOf(committing.commit());
      late.abort();
      expect(await ended).toBe("BENTO_CANCELLED");
      expect(await opened.store.listTags()).toEqual([]);
      expect(await opened.leftovers()).toEqual([]);
    });

    test("a signal aborted after commit changes nothing", async () => {
      await using opened = await openStore();
      const controller = new AbortController();
      const draft = await opened.store.draft("clf:v1", { signal: controller.signal });
      await draft.write("f", "1");
      await draft.commit();
      controller.abort();
      await draft.discard();
      expect(await (await opened.store.get("clf")).text("f")).toBe("1");
    });
  });

  describe(`${name}: copying from disk`, () => {
    test("a file, under its own or another name, with its executable bit", async () => {
      await using source = await sourceFolder();
      await using opened = await openStore();
      const model = await opened.store.create("clf:v1", async (draft) => {
        await draft.copy(join(source.path, "run.sh"));
        await draft.copy(new URL(`file://${source.path}/a.txt`), "other/b.txt");
      });
      expect((await model.files()).map(({ path }) => path)).toEqual(["model.yaml", "other/b.txt", "run.sh"]);
      expect((await stat(model.resolvePath("run.sh"))).mode & 0o777).toBe(0o755);
      expect((await stat(model.resolvePath("other/b.txt"))).mode & 0o777).toBe(0o644);
    });

    test("says how many bytes it has read", async () => {
      await using source = await sourceFolder();
      await using opened = await openStore();
      let read = 0;
      const model = await opened.store.create("clf:v1", (draft) => draft.copy(source.path, "all", { onBytes: (count) => (read += count) }));
      const files = (await model.files()).filter(({ path }) => path !== "model.yaml");
      expect(read).toBe(files.reduce((sum, { size }) => sum + size, 0));
      expect(read).toBeGreaterThan(0);
    });

    test("a folder's content, to the top or below a target, links inside as files", async () => {
      await using source = await sourceFolder();
      await symlink("a.txt", join(source.path, "link.txt"));
      await symlink("sub", join(source.path, "linked-sub"));
      await symlink(join(source.path, "sub", "c.txt"), join(source.path, "sub", "absolute.txt"));
      await using opened = await openStore();
      const model = await opened.store.create("clf:v1", async (draft) => {
        await draft.copy(source.path);
        await draft.copy(source.path, "assets");
      });
      const top = ["a.txt", "link.txt", "linked-sub/absolute.txt", "linked-sub/c.txt", "run.sh", "sub/absolute.txt", "sub/c.txt"];
      expect((await model.files()).map(({ path }) => path)).toEqual(
        [...top, ...top.map((path) => `assets/${path}`), "model.yaml"].toSorted((a, b) => (a < b ? -1 : 1)),
      );
      expect(await model.text("link.txt")).toBe("a");
      expect((await stat(model.resolvePath("assets/empty"))).isDirectory()).toBe(true);
      expect((await model.verify()).status).toBe("ok");
    });

    test("links that lead out, nowhere or in circles, and reserved names, are refused", async () => {
      await using opened = await openStore();
      const cases: readonly (readonly [string, (path: string) => Promise<void>])[] = [
        ["leads out of the source", (path) => symlink("/etc/hostname", join(path, "sub", "out"))],
        ["leads out of the source", (path) => symlink("../..", join(path, "sub", "up"))],
        ["leads nowhere", (path) => symlink("gone", join(path, "dangling"))],
        ["leads nowhere", (path) => symlink("self", join(path, "self"))],
        ["holds it", (path) => symlink(".", join(path, "sub", "round"))],
        ["reserved", (path) => writeFile(join(path, "model.yaml"), "name: x")],
        ["control character", (path) => writeFile(join(path, "a\nb"), "x")],
      ];
      for (const [reason, prepare] of cases) {
        await using source = await sourceFolder();
        await prepare(source.path);
        const error = await errorOf(opened.store.create("clf:v1", (draft) => draft.copy(source.path)));
        expect(error.code).toBe("BENTO_MODEL_INVALID");
        expect(error.message).toContain(reason);
      }
      expect(await opened.leftovers()).toEqual([]);
      expect(await opened.store.listTags()).toEqual([]);
    });

    test("a source that is not there is named", async () => {
      await using opened = await openStore();
      const error = await errorOf(opened.store.create("clf:v1", (draft) => draft.copy("/nowhere/at/all")));
      expect(error.code).toBe("BENTO_FILE_NOT_FOUND");
      expect(error.message).toContain("/nowhere/at/all");
      expect(error.hint).toContain("mistake in the path");
    });

    test("a later change of the source does not change the model", async () => {
      await using source = await sourceFolder();
      await using opened = await openStore();
      const model = await opened.store.create("clf:v1", (draft) => draft.copy(source.path));
      await writeFile(join(source.path, "a.txt"), "changed");
      expect(await model.text("a.txt")).toBe("a");
    });
  });

  describe(`${name}: reading`, () => {
    test("bytes, text, JSON, streams and ranges", async () => {
      await using opened = await openStore();
      const large = Uint8Array.from({ length: 1_000_003 }, (_, index) => index % 251);
      const model = await opened.store.create("clf:v1", async (draft) => {
        await draft.write("large", large);
        await draft.write("empty", "");
        await draft.write("labels.json", '\ufeff{"a": [1]}');
        await draft.write("broken.json", "{");
      });
      expect(isSame(await model.read("large"), large)).toBe(true);
      expect(await model.read("empty")).toEqual(new Uint8Array());
      expect(await model.json("labels.json")).toEqual({ a: [1] });
      const broken = await errorOf(model.json("broken.json"));
      expect([broken.code, broken.message]).toEqual(["BENTO_MODEL_INVALID", expect.stringContaining('"broken.json"')]);
      const read = async (options?: object): Promise<Uint8Array> =>
        new Uint8Array(await new Response(model.stream("large", options)).arrayBuffer());
      expect(isSame(await read(), large)).toBe(true);
      expect(await read({ start: 10, end: 20 })).toEqual(large.slice(10, 20));
      expect(await read({ start: 1_000_000 })).toEqual(large.slice(1_000_000));
      expect(isSame(await read({ end: 300_000 }), large.slice(0, 300_000))).toBe(true);
      expect(await read({ start: 5, end: 5 })).toEqual(new Uint8Array());
      expect(await read({ start: 2_000_000, end: 3_000_000 })).toEqual(new Uint8Array());
      expect(await new Response(model.stream("empty")).text()).toBe("");
      expect(await codeOf(() => model.stream("large", { start: 2, end: 1 }))).toBe("BENTO_BAD_REQUEST");
      expect(await codeOf(() => model.stream("large", { start: -1 }))).toBe("BENTO_BAD_REQUEST");
      expect(await codeOf(() => model.stream("large", { start: 0.5 }))).toBe("BENTO_BAD_REQUEST");
    });

    test("a file that is not there is named by every way of reading", async () => {
      await using opened = await openStore();
      const model = await opened.store.create("clf:v1", (draft) => draft.write("d/f", "1"));
      for (const path of ["gone", "d", "d/f/x", "../v1/d/f", "/etc/hostname", "d/../d/f", "d//f", "", "a\0b"]) {
        const ways = [
          () => model.read(path),
          () => model.text(path),
          () => model.json(path),
          () => new Response(model.stream(path)).text(),
        ];
        for (const read of ways) {
          const error = await errorOf(read);
          expect(error.code).toBe("BENTO_FILE_NOT_FOUND");
          expect(error.message).toContain(JSON.stringify(path));
        }
      }
      for (const path of ["gone", "d/f/x", "../v1/d/f", "/etc/hostname", "d/../d/f"]) {
        expect(await codeOf(() => model.resolvePath(path))).toBe("BENTO_FILE_NOT_FOUND");
      }
    });

    test("signals stop reading", async () => {
      await using opened = await openStore();
      const model = await opened.store.create("clf:v1", (draft) => draft.write("f", new Uint8Array(2_000_000)));
      const signal = AbortSignal.abort();
      expect(await codeOf(model.read("f", { signal }))).toBe("BENTO_CANCELLED");
      expect(await codeOf(model.files({ signal }))).toBe("BENTO_CANCELLED");
      expect(await codeOf(model.verify({ signal }))).toBe("BENTO_CANCELLED");
      expect(await codeOf(new Response(model.stream("f", { signal })).text())).toBe("BENTO_CANCELLED");
      expect(await codeOf(opened.store.list({ signal }))).toBe("BENTO_CANCELLED");
      expect(await codeOf(opened.store.listTags({ signal }))).toBe("BENTO_CANCELLED");
      const controller = new AbortController();
      const reader = model.stream("f", { signal: controller.signal }).getReader();
      await reader.read();
      controller.abort();
      expect(await codeOf(reader.read())).toBe("BENTO_CANCELLED");
      const left = model.stream("f").getReader();
      await left.read();
      await left.cancel();
    });

    test("path and resolvePath lead to real files beside each other", async () => {
      await using opened = await openStore();
      const model = await opened.store.create("clf:v1", async (draft) => {
        await draft.write("model.onnx", "onnx");
        await draft.write("data/external.bin", "data");
        await draft.write("run", "#!", { executable: true });
      });
      expect(model.resolvePath("model.onnx")).toBe(join(model.path, "model.onnx"));
      expect(await readFile(join(model.path, "data", "external.bin"), "utf8")).toBe("data");
      expect((await stat(join(model.path, "run"))).mode & 0o777).toBe(0o755);
      expect((await stat(join(model.path, "model.onnx"))).mode & 0o777).toBe(0o644);
      expect(model.resolvePath(".")).toBe(model.path);
      expect(await readFile(join(model.path, "model.yaml"), "utf8")).toBe(await model.text("model.yaml"));
      expect((await opened.store.get("clf")).path).toBe(model.path);
    });

    test("size counts everything, the manifest too, which files() hides", async () => {
      await using opened = await openStore();
      const model = await opened.store.create("clf:v1", (draft) => draft.write("f", "12345"));
      const manifest = await model.read(".manifest.json");
      const listed = (await model.files()).reduce((total, { size }) => total + size, 0);
      expect(model.size).toBe(listed + manifest.length);
      expect((await opened.store.get("clf")).size).toBe(model.size);
    });

    test("what is returned cannot change the model", async () => {
      await using opened = await openStore();
      const content = bytes(1, 2, 3);
      const labels = { a: "b" };
      const model = await opened.store.create("clf:v1", { labels, metadata: { list: [1, { deep: "x" }] } }, (draft) =>
        draft.write("f", content),
      );
      content.fill(9);
      labels.a = "changed";
      (await model.read("f")).fill(9);
      expect(await model.read("f")).toEqual(bytes(1, 2, 3));
      expect(model.info.labels).toEqual({ a: "b" });
      for (const frozen of [
        model.info,
        model.info.labels,
        model.info.metadata,
        model.info.metadata.list,
        model.info.context,
        model.info.signatures,
      ]) {
        expect(Object.isFrozen(frozen)).toBe(true);
      }
      expect(() => Object.assign(model.info.labels, { x: "y" })).toThrow(TypeError);
      expect("write" in model).toBe(false);
    });
  });

  describe(`${name}: the tree of a model`, () => {
    const paths = async (tree: Tree): Promise<readonly string[]> => (await tree.entries()).map(({ path }) => path);

    test("has every file and folder in the order of an archive, the manifest too", async () => {
      await using opened = await openStore();
      const model = await opened.store.create("clf:v1", async (draft) => {
        await draft.write("a.b", "12");
        await draft.write("a/z", "1", { executable: true });
        await draft.mkdir("empty/inner");
        for (const letter of ["\uffee", "😀", "Z", "é"]) await draft.write(`names/${letter}`, letter);
      });
      const tree = model.tree();
      expect(await tree.entries()).toEqual([
        { kind: "file", path: ".manifest.json", size: (await model.read(".manifest.json")).length, executable: false },
        { kind: "folder", path: "a" },
        { kind: "file", path: "a/z", size: 1, executable: true },
        { kind: "file", path: "a.b", size: 2, executable: false },
        { kind: "folder", path: "empty" },
        { kind: "folder", path: "empty/inner" },
        { kind: "file", path: "model.yaml", size: (await model.read("model.yaml")).length, executable: false },
        { kind: "folder", path: "names" },
        { kind: "file", path: "names/Z", size: 1, executable: false },
        { kind: "file", path: "names/é", size: 2, executable: false },
        { kind: "file", path: "names/\uffee", size: 3, executable: false },
        { kind: "file", path: "names/😀", size: 4, executable: false },
      ]);
      expect(await tree.read("names/😀")).toEqual(new TextEncoder().encode("😀"));
    });

    test("gives bytes that are the caller's, whole and in fresh chunks of a mebibyte", async () => {
      await using opened = await openStore();
      const content = new Uint8Array(2_500_000).map((_, index) => index % 251);
      await using source = await sourceFolder();
      await writeFile(join(source.path, "large.bin"), content);
      const tree = (await opened.store.create("clf:v1", (draft) => draft.copy(source.path))).tree();
      expect(await paths(tree)).toEqual([".manifest.json", "a.txt", "empty", "large.bin", "model.yaml", "run.sh", "sub", "sub/c.txt"]);
      const chunks: Uint8Array[] = [];
      for await (const chunk of tree.stream("large.bin")) chunks.push(chunk);
      expect(chunks.map(({ length }) => length)).toEqual([1_048_576, 1_048_576, 2_500_000 - 2 * 1_048_576]);
      expect(isSame(Buffer.concat(chunks), content)).toBe(true);
      for (const taken of [await tree.read("large.bin"), await tree.read("a.txt"), ...chunks]) taken.fill(0);
      expect(isSame(await tree.read("large.bin"), content)).toBe(true);
      expect(await tree.read("a.txt")).toEqual(bytes(97));
      for await (const chunk of tree.stream("large.bin")) {
        expect(chunk[1]).toBe(1);
        break;
      }
    });

    test("says what it has not, and stops at a signal", async () => {
      await using opened = await openStore();
      const tree = (await opened.store.create("clf:v1", (draft) => draft.write("d/f", new Uint8Array(3_000_000)))).tree();
      for (const path of ["gone", "d/f/x", "../v1/d/f", "/etc/hostname", "", "a\0b"]) {
        expect(await codeOf(tree.read(path))).toBe("BENTO_FILE_NOT_FOUND");
        expect(await codeOf(tree.stream(path)[Symbol.asyncIterator]().next())).toBe("BENTO_FILE_NOT_FOUND");
      }
      const controller = new AbortController();
      const { signal } = controller;
      const chunks = tree.stream("d/f", { signal })[Symbol.asyncIterator]();
      await chunks.next();
      controller.abort();
      expect(await codeOf(chunks.next())).toBe("BENTO_CANCELLED");
      expect(await codeOf(tree.entries({ signal }))).toBe("BENTO_CANCELLED");
      expect(await codeOf(tree.read("d/f", { signal }))).toBe("BENTO_CANCELLED");
    });
  });

  describe(`${name}: getting`, () => {
    test("latest, exact, unique prefix, exact before prefix, upper case", async () => {
      await using opened = await openStore();
      for (const version of ["a", "ab", "abc1", "b20", "b21"])
        await opened.store.create(`clf:${version}`, (draft) => draft.write("f", version));
      const get = async (tag: string): Promise<string> => {
        const model = await opened.store.get(tag);
        expect(String(opened.store.getSync(tag).tag)).toBe(String(model.tag));
        return String(model.tag.version);
      };
      expect(await get("clf")).toBe("b21");
      expect(await get("CLF:Latest")).toBe("b21");
      expect(await get("clf:a")).toBe("a");
      expect(await get("clf:ab")).toBe("ab");
      expect(await get("clf:abc")).toBe("abc1");
      expect(await get("clf:B20")).toBe("b20");
      const ambiguous = await errorOf(opened.store.get("clf:b"));
      expect([ambiguous.code, ambiguous.message]).toEqual(["BENTO_MODEL_AMBIGUOUS", expect.stringContaining("clf:b20, clf:b21")]);
    });

    test("what is not there, with the way to what is", async () => {
      await using opened = await openStore();
      await opened.store.create("churn-clf:v1", (draft) => draft.write("f", "1"));
      const version = await errorOf(opened.store.get("churn-clf:v9"));
      expect([version.code, version.message]).toEqual(["BENTO_MODEL_NOT_FOUND", expect.stringContaining('"churn-clf:v9"')]);
      expect(version.hint).toMatch(/churn-clf:v1.*models list churn-clf/);
      const unknown = await errorOf(opened.store.get("churn-clv"));
      expect([unknown.code, unknown.message]).toEqual(["BENTO_MODEL_NOT_FOUND", expect.stringContaining('"churn-clv"')]);
      expect(unknown.hint).toMatch(/"churn-clf".*models list/);
      expect((await errorOf(opened.store.get("zzz:v1"))).hint).not.toContain("churn");
      expect(await codeOf(() => opened.store.getSync("churn-clf:v9"))).toBe("BENTO_MODEL_NOT_FOUND");
      for (const tag of ["", "a b", "a:", "a:b:c", "../x"]) {
        expect(await codeOf(opened.store.get(tag))).toBe("BENTO_TAG_INVALID");
        expect(await codeOf(() => opened.store.getSync(tag))).toBe("BENTO_TAG_INVALID");
        expect(await codeOf(opened.store.delete(tag))).toBe("BENTO_TAG_INVALID");
      }
    });

    test("aliases stand for tags in get alone, by exact text", async () => {
      await using opened = await openStore({ aliases: { "My Model": "clf:v1", clf: "other:v2", broken: "a b" } });
      await opened.store.create("clf:v1", (draft) => draft.write("f", "1"));
      await opened.store.create("other:v2", (draft) => draft.write("f", "2"));
      expect(String((await opened.store.get("My Model")).tag)).toBe("clf:v1");
      expect(String(opened.store.getSync("clf").tag)).toBe("other:v2");
      expect(String((await opened.store.get(new Tag("clf"))).tag)).toBe("clf:v1");
      expect(String((await opened.store.get("clf:v1")).tag)).toBe("clf:v1");
      expect(await codeOf(opened.store.get("my model"))).toBe("BENTO_TAG_INVALID");
      expect(await codeOf(opened.store.get("broken"))).toBe("BENTO_TAG_INVALID");
      expect(await codeOf(opened.store.get("toString"))).toBe("BENTO_MODEL_NOT_FOUND");
      expect((await opened.store.list({ name: "clf" })).map((model) => String(model.tag))).toEqual(["clf:v1"]);
      await opened.store.delete("clf");
      expect((await opened.store.listTags()).map(String)).toEqual(["other:v2"]);
    });
  });

  describe(`${name}: listing`, () => {
    test("in order, by name, by labels, and without reading", async () => {
      await using opened = await openStore();
      expect(await opened.store.list()).toEqual([]);
      expect(await opened.store.listTags()).toEqual([]);
      const tags = ["b:2", "b:10", "a.b:1", "a:1"];
      for (const tag of tags)
        await opened.store.create(tag, { labels: { tag, team: tag.startsWith("b") ? "x" : "y" } }, (draft) => draft.write("f", tag));
      const listed = async (options?: object): Promise<string[]> => (await opened.store.list(options)).map((model) => String(model.tag));
      expect(await listed()).toEqual(["a:1", "a.b:1", "b:10", "b:2"]);
      expect((await opened.store.listTags()).map(String)).toEqual(await listed());
      expect(await listed({ name: "b" })).toEqual(["b:10", "b:2"]);
      expect(await listed({ name: "B:2" })).toEqual(["b:2"]);
      expect(await listed({ name: "b:1" })).toEqual([]);
      expect(await listed({ name: "b:latest" })).toEqual([]);
      expect(await listed({ name: "c:1" })).toEqual([]);
      expect(await listed({ name: "" })).toHaveLength(4);
      expect(await codeOf(opened.store.list({ name: "c" }))).toBe("BENTO_MODEL_NOT_FOUND");
      expect(await codeOf(opened.store.listTags({ name: "c" }))).toBe("BENTO_MODEL_NOT_FOUND");
      expect(await codeOf(opened.store.list({ name: "a b" }))).toBe("BENTO_TAG_INVALID");
      expect(await listed({ labels: { team: "x" } })).toEqual(["b:10", "b:2"]);
      expect(await listed({ labels: { team: "x", tag: "b:2" } })).toEqual(["b:2"]);
      expect(await listed({ labels: { toString: "x" } })).toEqual([]);
      expect(await listed({ name: "a", labels: { team: "x" } })).toEqual([]);
      const skipped: SkippedEntry[] = [];
      const models = await opened.store.list({ onSkipped: (entry) => skipped.push(entry) });
      expect(skipped).toEqual([]);
      expect(models.map((model) => model.info.labels.tag)).toEqual(await listed());
    });
  });

  describe(`${name}: deleting and latest`, () => {
    test("latest moves to newer and equal times, and back when it is deleted", async () => {
      await using opened = await openStore();
      const latest = async (): Promise<string | undefined> => (await opened.store.get("clf")).tag.version;
      const older = await opened.store.draft("clf:older");
      await inFuture(3);
      const newer = await opened.store.draft("clf:newer");
      await newer.commit();
      expect(await latest()).toBe("newer");
      await older.commit();
      expect(await latest()).toBe("newer");
      await inFuture(3);
      await opened.store.create("clf:newest", () => {});
      expect(await latest()).toBe("newest");
      await opened.store.delete("clf:latest");
      expect(await latest()).toBe("newer");
      await opened.store.delete("clf:older");
      expect(await latest()).toBe("newer");
      await opened.store.delete("clf:newer");
      expect(await codeOf(opened.store.get("clf"))).toBe("BENTO_MODEL_NOT_FOUND");
      expect(await codeOf(opened.store.list({ name: "clf" }))).toBe("BENTO_MODEL_NOT_FOUND");
      expect(await opened.leftovers()).toEqual([]);
    });

    test("one version exactly, or a whole name", async () => {
      await using opened = await openStore();
      for (const tag of ["clf:v1", "clf:v2", "clf:v10", "other:v1"]) await opened.store.create(tag, (draft) => draft.write("f", tag));
      for (const tag of ["clf:v", "clf:v11", "nothing", "nothing:v1", "nothing:latest"]) {
        const error = await errorOf(opened.store.delete(tag));
        expect([error.code, error.hint]).toEqual(["BENTO_MODEL_NOT_FOUND", expect.stringContaining("models list")]);
      }
      await opened.store.delete(new Tag("clf", "V1"));
      expect((await opened.store.listTags()).map(String)).toEqual(["clf:v10", "clf:v2", "other:v1"]);
      await opened.store.delete("clf");
      expect((await opened.store.listTags()).map(String)).toEqual(["other:v1"]);
      await opened.store.create("clf:v1", (draft) => draft.write("f", "again"));
      expect(await (await opened.store.get("clf")).text("f")).toBe("again");
      expect(await opened.leftovers()).toEqual([]);
    });
  });

  describe(`${name}: importing`, () => {
    test("a model that comes with its own files, tag known at the end; visible at once and only then", async () => {
      await using opened = await openStore();
      const { store } = opened;
      const model = await importModel(store, "clf:v1", { minute: 1 }, async (draft) => {
        await Promise.all([
          draft.write("small", bytes(1, 2), { executable: false }),
          draft.write("bin/run", bytes(3), { executable: true }),
          draft.write("bin/deep/streamed", slowly("abc"), { executable: false }),
          draft.write("large", new Uint8Array(1_500_000).fill(7), { executable: false }),
          draft.write("nothing", bytes(), { executable: false }),
        ]);
        await draft.mkdir("empty/inner");
        await draft.mkdir("bin");
        await draft.mkdir("bin");
        expect(await joined(draft.read("bin/deep/streamed"))).toEqual(new TextEncoder().encode("abc"));
        expect(await store.listTags()).toEqual([]);
      });
      expect(String(model.tag)).toBe("clf:v1");
      expect(model.info).toMatchObject({ labels: { minute: "1" }, creationTimeText: "2026-01-01T00:01:00+00:00" });
      const again = await store.get("clf");
      expect(
        (await again.tree().entries()).map((entry) => [entry.path, entry.kind === "file" ? [entry.size, entry.executable] : "folder"]),
      ).toEqual([
        ["bin", "folder"],
        ["bin/deep", "folder"],
        ["bin/deep/streamed", [3, false]],
        ["bin/run", [1, true]],
        ["empty", "folder"],
        ["empty/inner", "folder"],
        ["large", [1_500_000, false]],
        ["model.yaml", [(await again.read("model.yaml")).length, false]],
        ["nothing", [0, false]],
        ["small", [2, false]],
      ]);
      expect(isSame(await again.read("large"), new Uint8Array(1_500_000).fill(7))).toBe(true);
      expect(again.info).toEqual(model.info);
      expect((await stat(again.resolvePath("bin/run"))).mode & 0o777).toBe(0o755);
      expect((await stat(again.resolvePath("bin/deep"))).mode & 0o777).toBe(0o755);
      expect((await stat(again.resolvePath("bin/deep/streamed"))).mode & 0o777).toBe(0o644);
      expect(await opened.leftovers()).toEqual([]);
      expect(await again.verify()).toMatchObject({ status: "no manifest" });
      expect(await again.verify({ write: true })).toMatchObject({ status: "ok" });
      expect((await again.json(".manifest.json")) as object).toMatchObject({ version: 1 });
      expect((await stat(join(again.path, ".manifest.json"))).isFile()).toBe(true);
      expect(await again.verify()).toMatchObject({ status: "ok" });
    });

    test("an older model does not become the latest, an equally old one does", async () => {
      await using opened = await openStore();
      const { store } = opened;
      const latest = async (): Promise<string | undefined> => (await store.get("clf")).tag.version;
      await importModel(store, "clf:new", { minute: 5 });
      await importModel(store, "clf:old", { minute: 1 });
      expect(await latest()).toBe("new");
      await importModel(store, "clf:equal", { minute: 5 });
      expect(await latest()).toBe("equal");
      await store.delete("clf:equal");
      expect(await latest()).toBe("new");
    });

    test("a tag that is taken is an error, and the first content stays", async () => {
      await using opened = await openStore();
      const { store } = opened;
      await store.create("clf:v1", (draft) => draft.write("f", "first"));
      const error = await errorOf(importModel(store, "clf:v1", { minute: 1 }));
      expect([error.code, error.message]).toEqual(["BENTO_MODEL_EXISTS", expect.stringContaining('"clf:v1"')]);
      expect(await (await store.get("clf:v1")).text("f")).toBe("first");
      expect(await opened.leftovers()).toEqual([]);
    });

    test("a tag that is taken can be replaced as a whole, and latest follows the new time", async () => {
      await using opened = await openStore();
      const { store } = opened;
      const latest = async (): Promise<string | undefined> => (await store.get("clf")).tag.version;
      await importModel(store, "clf:a", { minute: 3 }, (draft) => draft.write("only-first", bytes(1), { executable: false }));
      await importModel(store, "clf:b", { minute: 2 });
      expect(await latest()).toBe("a");
      const model = await importModel(store, "clf:a", { minute: 1, existing: "replace" });
      expect((await model.files()).map(({ path }) => path)).toEqual(["model.yaml"]);
      expect((await (await store.get("clf:a")).files()).map(({ path }) => path)).toEqual(["model.yaml"]);
      expect((await store.get("clf:a")).info.labels).toEqual({ minute: "1" });
      expect(await latest()).toBe("b");
      await importModel(store, "clf:a", { minute: 2, existing: "replace" });
      expect(await latest()).toBe("b");
      await importModel(store, "clf:a", { minute: 9, existing: "replace" });
      expect(await latest()).toBe("a");
      await importModel(store, "clf:c", { minute: 8, existing: "replace" });
      expect((await store.listTags()).map(String)).toEqual(["clf:a", "clf:b", "clf:c"]);
      expect(await latest()).toBe("a");
      expect(await opened.leftovers()).toEqual([]);
    });

    test("nothing is written twice, and nothing where something else is", async () => {
      await using opened = await openStore();
      const put = (draft: Importing, path: string): Promise<void> => draft.write(path, bytes(1), { executable: false });
      const clashes: readonly ((draft: Importing) => Promise<void>)[] = [
        (draft) => put(draft, "f"),
        (draft) => draft.write("f", slowly("x"), { executable: false }),
        (draft) => put(draft, "f/below"),
        (draft) => put(draft, "d"),
        (draft) => draft.mkdir("f"),
        (draft) => draft.mkdir("f/below"),
      ];
      for (const clash of clashes) {
        await using draft = await opened.store.importDraft();
        await put(draft, "f");
        await put(draft, "d/x");
        const error = await errorOf(clash(draft));
        expect(error.code).toBe("BENTO_MODEL_INVALID");
        expect(error.message).toMatch(/"(f|f\/below|d)"/);
      }
      expect(await opened.leftovers()).toEqual([]);
    });

    test("what is not committed leaves nothing; after the end nothing is taken", async () => {
      await using opened = await openStore();
      const { store } = opened;
      {
        await using draft = await store.importDraft();
        await draft.write("f", bytes(1), { executable: false });
      }
      const failed = await store.importDraft();
      await expect(failed.write("f", failing(), { executable: false })).rejects.toThrow("the source broke");
      await expect(failed.commit(item("clf:v1", 1), { existing: "error" })).rejects.toThrow("the source broke");
      const done = await store.importDraft();
      const { tag, info, yaml } = item("clf:v2", 1);
      await done.write("model.yaml", yaml, { executable: false });
      await done.commit({ tag, info }, { existing: "error" });
      await done.discard();
      for (const draft of [failed, done]) {
        expect(await codeOf(draft.write("g", bytes(1), { executable: false }))).toBe("BENTO_MODEL_SEALED");
        expect(await codeOf(draft.mkdir("g"))).toBe("BENTO_MODEL_SEALED");
        expect(await codeOf(draft.commit({ tag, info }, { existing: "replace" }))).toBe("BENTO_MODEL_SEALED");
      }
      expect((await store.listTags()).map(String)).toEqual(["clf:v2"]);
      expect(await opened.leftovers()).toEqual([]);
    });

    test("a signal ends it at any moment", async () => {
      await using opened = await openStore();
      const { store } = opened;
      expect(await codeOf(store.importDraft({ signal: AbortSignal.abort() }))).toBe("BENTO_CANCELLED");
      const controller = new AbortController();
      const draft = await store.importDraft({ signal: controller.signal });
      const { content, reached, stopped } = hanging();
      const writing = draft.write("f", content as AsyncIterable<Uint8Array>, { executable: false });
      const outcome = codeOf(writing);
      await reached;
      controller.abort();
      expect(await outcome).toBe("BENTO_CANCELLED");
      expect(await stopped).toBe(true);
      expect(await codeOf(draft.commit(item("clf:v1", 1), { existing: "error" }))).toBe("BENTO_CANCELLED");
      await draft.discard();
      const late = new AbortController();
      const other = await store.importDraft({ signal: late.signal });
      await other.write("model.yaml", item("clf:v1", 1).yaml, { executable: false });
      const commit = codeOf(other.commit(item("clf:v1", 1), { existing: "error" }));
      late.abort();
      expect(["BENTO_CANCELLED"]).toContain(await commit);
      expect(await store.listTags()).toEqual([]);
      expect(await opened.leftovers()).toEqual([]);
    });

    test("the version latest is none", async () => {
      await using opened = await openStore();
      expect(await codeOf(importModel(opened.store, "clf:latest", { minute: 1 }))).toBe("BENTO_TAG_INVALID");
      expect(await opened.store.listTags()).toEqual([]);
      expect(await opened.leftovers()).toEqual([]);
    });

    test("the store's end discards what is open", async () => {
      const opened = await openStore();
      const draft = await opened.store.importDraft();
      await draft.write("f", bytes(1), { executable: false });
      await opened.store[Symbol.asyncDispose]();
      expect(await opened.leftovers()).toEqual([]);
      expect(await codeOf(draft.mkdir("d"))).toBe("BENTO_MODEL_SEALED");
      await opened[Symbol.asyncDispose]();
    });
  });

  describe(`${name}: verifying`, () => {
    test("a model as it was saved", async () => {
      await using opened = await openStore();
      const model = await opened.store.create("clf:v1", (draft) => draft.write("f", "1"));
      expect(await model.verify()).toEqual({ tag: model.tag, status: "ok", added: [], changed: [], missing: [] });
      expect(await model.verify({ write: true })).toMatchObject({ status: "ok" });
      const manifest = (await model.json(".manifest.json")) as { files: { path: string; size: number; sha256: string }[] };
      expect(manifest.files.map(({ path }) => path)).toEqual(["f", "model.yaml"]);
      expect(manifest.files[0]).toEqual({ path: "f", size: 1, sha256: "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b" });
    });
  });
}

type Importing = Awaited<ReturnType<ModelStore["importDraft"]>>;

/** A model as it is elsewhere: with a tag, and a creation time so many minutes after the beginning of a year. */
function item(
  tag: string,
  minute: number,
): { readonly tag: Tag & { readonly version: string }; readonly info: ModelInfo; readonly yaml: Uint8Array } {
  const parsed = Tag.parse(tag) as Tag & { readonly version: string };
  const labels = { minute: String(minute) };
  const info = makeModelInfo(parsed, { labels }, { creationTime: new Date(Date.UTC(2026, 0, 1, 0, minute)) });
  return { tag: parsed, info, yaml: new TextEncoder().encode(formatModelYaml(info)) };
}

async function importModel(
  store: ModelStore,
  tag: string,
  { minute, existing = "error" }: { readonly minute: number; readonly existing?: "error" | "replace" },
  write: (draft: Importing) => Promise<void> = async () => {},
): Promise<StoredModel> {
  await using draft = await store.importDraft();
  await write(draft);
  const { yaml, ...known } = item(tag, minute);
  await draft.write("model.yaml", yaml, { executable: false });
  return draft.commit(known, { existing });
}

async function joined(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return new Uint8Array(Buffer.concat(all));
}

async function sourceFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "bento-source-"));
  await writeFile(join(path, "a.txt"), "a");
  await writeFile(join(path, "run.sh"), "#!/bin/sh\n");
  await chmod(join(path, "run.sh"), 0o700);
  await mkdir(join(path, "sub"));
  await writeFile(join(path, "sub", "c.txt"), "c");
  await mkdir(join(path, "empty"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Comparing large arrays item by item takes seconds. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function circular(): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  value.self = value;
  return value;
}

function lockedStream(): ReadableStream {
  const stream = new Blob(["x"]).stream();
  stream.getReader();
  return stream;
}

async function* failing(): AsyncGenerator<Uint8Array, void> {
  yield bytes(1);
  throw new Error("the source broke");
}

async function* slowly(text: string): AsyncGenerator<Uint8Array, void> {
  for (const letter of text) {
    await new Promise(setImmediate);
    yield new TextEncoder().encode(letter);
  }
}

/** Content that gives one piece and then nothing, and tells when it was asked for more and when it was told to stop. */
function hanging(): { readonly content: FileContent; readonly reached: Promise<void>; readonly stopped: Promise<boolean> } {
  let onReached!: () => void;
  let onStopped!: (value: boolean) => void;
  const reached = new Promise<void>((resolve) => (onReached = resolve));
  const stopped = new Promise<boolean>((resolve) => (onStopped = resolve));
  let given = false;
  const content = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (!given) {
          given = true;
          controller.enqueue(bytes(1));
          return undefined;
        }
        onReached();
        return new Promise(() => {});
      },
      cancel: () => onStopped(true),
    },
    { highWaterMark: 0 },
  );
  return { content, reached, stopped };
}
