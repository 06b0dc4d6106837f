import { join } from "node:path";
import { BentoError } from "@bento/core";
import { describe, expect, test } from "vitest";
import {
  FileBentoStore,
  FileModelStore,
  importBento,
  type ImportBentoOptions,
  importModel,
  type ImportOutcome,
  inspectArchive,
  type StoredModel,
} from "../src/index.js";
import { archives, archivesIn, type ExpectedImport, executableMembers, pythonImport, sourceOf } from "./support/archive-fixtures.js";
import { digests, digestsOf, executables } from "./support/item-files.js";
import { snapshot } from "./support/fixture-home.js";
import { type Files, membersOf, modelYaml, tarOf, withManifest } from "./support/model-archive.js";
import { rawTar } from "./support/raw-tar.js";
import { temporaryFolder } from "./support/temporary-folder.js";

test.each(archivesIn("python").filter((name) => archives[name]?.kind === "bento"))("a bento comes in with its models: %s", async (name) => {
  await using folder = await temporaryFolder();
  const home = join(folder.path, "home");
  const store = new FileBentoStore(home);
  const modelStore = new FileModelStore(home);
  const expected = pythonImport(name) as ExpectedImport;
  const bento = await importBento(await sourceOf(name, folder.path), { store, models: modelStore });
  expect(String(bento.tag)).toBe(expected.tag);
  expect(await digests(bento)).toEqual(digestsOf(expected));
  expect(Buffer.from(await bento.read("bento.yaml")).toString("utf8")).toBe(expected.bento_yaml);
  expect(await executables(bento)).toEqual([...executableMembers(name)]);
  const expectedModels = Object.entries(expected.models ?? {});
  expect((await modelStore.listTags()).map(String)).toEqual(expectedModels.map(([tag]) => tag).toSorted());
  for (const [tag, model] of expectedModels) {
    const stored = await modelStore.get(tag);
    expect(await digests(stored)).toEqual(digestsOf(model));
    expect(await stored.verify()).toMatchObject({ status: "ok" });
  }
});

/** A `bento.yaml`, as short as can be, of a bento that names these models. */
function bentoYaml(name: string, models: readonly string[] = ["m:v1", "n:v1"]): string {
  const head = `service: service:Svc\nname: ${name}\nversion: b1\ncreation_time: '2025-03-07T04:05:06.000007+00:00'\n`;
  return `${head}models: ${JSON.stringify(models.map((tag) => ({ tag })))}\n`;
}

function carried(tag: string, files: Files): Files {
  return Object.fromEntries(Object.entries(files).map(([path, content]) => [`models/${tag.replace(":", "/")}/${path}`, content]));
}

const shared = carried("m:v1", { "model.yaml": modelYaml("m", "v1"), w: "weights" });
const first = { "bento.yaml": bentoYaml("first"), "src/service.py": "code", "models/m/latest": "v1", ...shared };
const second = { "bento.yaml": bentoYaml("second"), ...shared };

interface Stores extends AsyncDisposable {
  readonly home: string;
  readonly store: FileBentoStore;
  readonly models: FileModelStore;
  take(files: Files, options?: ImportBentoOptions): ReturnType<typeof importBento>;
  /** The tags of all models and bentos. */
  tags(): Promise<readonly string[]>;
  failure(files: Files | Uint8Array, options?: ImportBentoOptions): Promise<BentoError>;
}

async function openStores(): Promise<Stores> {
  const folder = await temporaryFolder();
  const store = new FileBentoStore(folder.path);
  const models = new FileModelStore(folder.path);
  const take = (files: Files | Uint8Array, options?: ImportBentoOptions): ReturnType<typeof importBento> =>
    importBento(files instanceof Uint8Array ? files : tarOf(files), { store, models, ...options });
  return {
    home: folder.path,
    store,
    models,
    take,
    tags: async () => [...(await models.listTags()), ...(await store.listTags())].map(String),
    failure: async (files, options) => {
      const error: unknown = await take(files, options).catch((thrown: unknown) => thrown);
      if (BentoError.is(error)) return error;
      throw new Error("nothing was thrown", { cause: error });
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

describe("bentos that carry models", () => {
  test("share one, and come in one after the other", async () => {
    await using stores = await openStores();
    const came: string[] = [];
    const onModel = ({ tag }: StoredModel, outcome: ImportOutcome): void => void came.push(`${tag.toString()} ${outcome}`);
    await stores.take(first, { onModel });
    const bento = await stores.take(second, { onModel });
    expect(came).toEqual(["m:v1 imported", "m:v1 skipped"]);
    expect((await bento.files()).map(({ path }) => path)).toEqual(["bento.yaml"]);
    expect(await stores.tags()).toEqual(["m:v1", "first:b1", "second:b1"]);
    expect((await stores.models.get("m")).tag.version).toBe("v1");
  });

  test("bring a model whose tag is the beginning of another's", async () => {
    await using stores = await openStores();
    await importModel(tarOf({ "model.yaml": modelYaml("m", "v11") }), { store: stores.models });
    await importModel(tarOf({ "model.yaml": modelYaml("m", "v12") }), { store: stores.models });
    await stores.take(first);
    expect(await stores.tags()).toEqual(["m:v1", "m:v11", "m:v12", "first:b1"]);
  });

  test.each<[string, Files | Uint8Array, string, RegExp]>([
    ["other bytes under a tag that is taken", { ...first, "models/m/v1/w": "others!" }, "BENTO_MODEL_EXISTS", /"m:v1".*changed "w"/],
    [
      "another model than its folder says",
      { ...first, ...carried("n:v1", { "model.yaml": modelYaml("n", "v2") }) },
      "BENTO_ARCHIVE_INVALID",
      /"models\/n\/v1".*"n:v2"/,
    ],
    ["a model folder without a model", { ...first, "models/n/v1/w": "x" }, "BENTO_ARCHIVE_INVALID", /"models\/n\/v1"/],
    ["a file among the models", { ...first, "models/readme": "x" }, "BENTO_ARCHIVE_UNSAFE", /"models\/readme"/],
    ["a file among the versions", { ...first, "models/n/readme": "x" }, "BENTO_ARCHIVE_UNSAFE", /"models\/n\/readme"/],
    ["a name that no model can have", { ...first, "models/N!/v1/model.yaml": "x" }, "BENTO_ARCHIVE_UNSAFE", /"models\/N!\/v1/],
    ["a folder in the place of latest", { ...first, "models/n/latest/x": "x" }, "BENTO_ARCHIVE_UNSAFE", /"models\/n\/latest\/x"/],
    [
      "a model that its manifest does not fit",
      { ...first, ...carried("n:v1", { ...withManifest({ "model.yaml": modelYaml("n", "v1"), w: "x" }), w: "y" }) },
      "BENTO_INTEGRITY_FAILED",
      /"n:v1".*changed "w"/,
    ],
    ["no bento", { "model.yaml": modelYaml("m", "v1"), ...shared }, "BENTO_ARCHIVE_INVALID", /it holds a model/],
    [
      "a link to a file that is left out",
      rawTar([...membersOf(first), { name: "l", type: "2", link: "models/m/latest" }]),
      "BENTO_ARCHIVE_UNSAFE",
      /"l"/,
    ],
    ["a broken bento.yaml", { ...first, "bento.yaml": "[" }, "BENTO_BENTO_INVALID", /bento\.yaml/],
  ])("with %s leave everything as it was", async (_, files, code, message) => {
    await using stores = await openStores();
    await stores.take(second);
    const before = snapshot(stores.home);
    expect(await stores.failure(files)).toMatchObject({ code, message: expect.stringMatching(message) as string });
    expect(Object.keys(snapshot(stores.home))).toEqual(Object.keys(before));
    expect(await stores.tags()).toEqual(["m:v1", "second:b1"]);
  });

  const asks = (references: string): Files => ({ "bento.yaml": bentoYaml("asking", []).replace("models: []", references) });
  const onlyV1 = carried("n:v1", { "model.yaml": modelYaml("n", "v1") });
  const both = { ...onlyV1, ...carried("n:v2", { "model.yaml": modelYaml("n", "v2") }) };

  test.each<[string, string, Files]>([
    ["as plain text, as before 1.0", "models: [n:v1]", onlyV1],
    ["with an alias and a module", "models: [{tag: 'n:v1', module: bentoml.sklearn, alias: weights}]", onlyV1],
    ["in a service", "models: []\nservices: [{name: S, models: [{tag: n:v1}]}]", onlyV1],
    ["without a version", "models: [n]", onlyV1],
    ["as the latest", "models: [{tag: n:latest}]", onlyV1],
    ["by one tag and without a version", "models: [n:v1, n]", both],
  ])("bring the models that they name %s", async (_, references, models) => {
    await using stores = await openStores();
    await stores.take({ ...asks(references), ...models });
    expect(await stores.tags()).toEqual([...(models === both ? ["n:v1", "n:v2"] : ["n:v1"]), "asking:b1"]);
  });

  test.each<[string, string, Files, string]>([
    ["no model", "models: []", onlyV1, "n:v1"],
    ["nothing of models", "", onlyV1, "n:v1"],
    ["another version", "models: [n:v12, n:v]", onlyV1, "n:v1"],
    ["another model of that name", "models: [n:v1]", both, "n:v2"],
    ["one model of that name", "models: [n]", both, "n:v2"],
    ["a model of a hub", "models: [{tag: n:v1, registry: huggingface}]", onlyV1, "n:v1"],
  ])("that name %s bring no other", async (_, references, models, extra) => {
    await using stores = await openStores();
    // Before and behind the models: the archive must not get by with another order.
    const orders = [
      { ...asks(references), ...models },
      { ...models, ...asks(references) },
    ];
    for (const files of orders) {
      const { code, message } = await stores.failure(files);
      expect(code).toBe("BENTO_ARCHIVE_UNSAFE");
      expect(message).toContain(`carries the model "${extra}", which the bento does not ask for`);
      expect(await stores.tags()).toEqual([]);
      const { problems } = await inspectArchive(tarOf(files), { kind: "bento", store: stores.store, models: stores.models });
      expect(problems.map((problem) => problem.message)).toEqual([message]);
    }
  });

  test.each<[string, Files, Files, string]>([
    ["the tag of the bento", {}, { "bento.yaml": bentoYaml("first") }, "BENTO_BENTO_EXISTS"],
    [
      "the tag of its second model",
      onlyV1,
      { "bento.yaml": bentoYaml("other"), ...carried("n:v1", { "model.yaml": modelYaml("n", "v1"), w: "others" }) },
      "BENTO_MODEL_EXISTS",
    ],
  ])("leave no models behind when %s is taken while they come in", async (_, more, rival, code) => {
    await using stores = await openStores();
    const bytes = tarOf({ ...first, ...more });
    const source = async function* (): AsyncGenerator<Uint8Array, void> {
      yield bytes.slice(0, -1024);
      await stores.take(rival);
      yield bytes.slice(-1024);
    };
    const error: unknown = await importBento(source(), { store: stores.store, models: stores.models }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code });
    expect(await stores.tags()).not.toContain("m:v1");
  });

  test("come in whole when they are stopped after the first of their models", async () => {
    await using stores = await openStores();
    const stop = new AbortController();
    const models = new Proxy(stores.models, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key, target);
        if (key !== "importDraft") return typeof value === "function" ? (value.bind(target) as unknown) : value;
        return async (options: { readonly signal: AbortSignal }) => {
          const draft = await stores.models.importDraft(options);
          const commit = draft.commit.bind(draft);
          draft.commit = async (...given) => {
            const model = await commit(...given);
            stop.abort();
            return model;
          };
          return draft;
        };
      },
    });
    await importBento(tarOf({ ...first, ...onlyV1 }), { store: stores.store, models, signal: stop.signal });
    expect(await stores.tags()).toEqual(["m:v1", "n:v1", "first:b1"]);
  });

  test("whose tag is taken touch no model", async () => {
    await using stores = await openStores();
    await stores.take({ "bento.yaml": bentoYaml("first"), x: "" });
    expect((await stores.failure(first)).code).toBe("BENTO_BENTO_EXISTS");
    expect((await stores.failure(first, { existing: "skip" })).code).toBe("BENTO_BENTO_EXISTS");
    expect(await stores.tags()).toEqual(["first:b1"]);
    const replacing = stores.take(first, { existing: "replace" });
    expect((await (await replacing).files()).map(({ path }) => path)).toEqual(["bento.yaml", "src/service.py"]);
    expect(replacing.outcome).toBe("replaced");
    await stores.models.delete("m:v1");
    const again = stores.take(first, { existing: "skip" });
    await again;
    expect(again.outcome).toBe("skipped");
    expect(await stores.tags()).toEqual(["m:v1", "first:b1"]);
  });

  test("keep what only looks like a model's, and links across", async () => {
    await using stores = await openStores();
    const members = membersOf({ ...first, ".manifest.json": "mine", "src/models/readme": "x" });
    const bento = await importBento(rawTar([{ name: "src/w", type: "2", link: "../models/m/v1/w" }, ...members]), stores);
    expect(await bento.text("src/w")).toBe("weights");
    expect(await bento.text(".manifest.json")).toBe("mine");
    expect(await bento.text("src/models/readme")).toBe("x");
  });

  test("keep links to a model that is there already, or are refused with it", async () => {
    await using stores = await openStores();
    const linked = (files: Files): Uint8Array => rawTar([{ name: "src/w", type: "2", link: "../models/m/v1/w" }, ...membersOf(files)]);
    await stores.take(second);
    const bento = await importBento(linked(first), stores);
    expect((await bento.files()).map(({ path }) => path)).toEqual(["bento.yaml", "src/service.py", "src/w"]);
    expect(await bento.text("src/w")).toBe("weights");
    for (const other of [{ w: "another" }, {}]) {
      const files = { "bento.yaml": bentoYaml("third"), "models/m/v1/w": "weights" };
      await stores.models.delete("m:v1");
      await importModel(tarOf({ "model.yaml": modelYaml("m", "v1"), ...other }), { store: stores.models });
      expect((await stores.failure(linked({ ...carried("m:v1", { "model.yaml": modelYaml("m", "v1") }), ...files }))).code).toBe(
        "BENTO_MODEL_EXISTS",
      );
      expect(await stores.tags()).toEqual(["m:v1", "first:b1", "second:b1"]);
    }
  });

  test("carry a dozen models without a warning, and no crowd of them", async () => {
    await using stores = await openStores();
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on("warning", onWarning);
    try {
      const names = Array.from({ length: 12 }, (_, index) => `m${index}`);
      const models = names.map((name) => carried(`${name}:v1`, { "model.yaml": modelYaml(name, "v1") }));
      const signal = new AbortController().signal;
      await stores.take(
        Object.assign(
          {
            "bento.yaml": bentoYaml(
              "first",
              names.map((name) => `${name}:v1`),
            ),
          },
          ...models,
        ) as Files,
        { signal },
      );
      expect(await stores.tags()).toHaveLength(13);
      const crowd = Array.from({ length: 257 }, (_, index) => ({ name: `models/n${index}/v1/`, type: "5" }));
      expect(await stores.failure(rawTar(crowd))).toMatchObject({
        code: "BENTO_ARCHIVE_UNSAFE",
        message: expect.stringMatching(/256 models/) as string,
      });
      // Warnings are told in a later turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.off("warning", onWarning);
    }
    expect(warnings).toEqual([]);
  });

  test("become visible after their models", async () => {
    await using stores = await openStores();
    const seen: (readonly string[])[] = [];
    const store = new Proxy(stores.store, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key, target);
        if (key !== "importDraft") return typeof value === "function" ? (value.bind(target) as unknown) : value;
        return async () => {
          const draft = await stores.store.importDraft();
          const commit = draft.commit.bind(draft);
          draft.commit = async (...given) => {
            seen.push(await stores.tags());
            return commit(...given);
          };
          return draft;
        };
      },
    });
    await importBento(tarOf(first), { store, models: stores.models });
    expect(seen).toEqual([["m:v1"]]);
  });

  test("are stopped at any moment without a trace", async () => {
    await using stores = await openStores();
    await stores.take({ "bento.yaml": bentoYaml("other") });
    const before = Object.keys(snapshot(stores.home));
    const bytes = tarOf(first);
    for (let stopAt = 0; stopAt <= bytes.length; stopAt += 512) {
      const stop = new AbortController();
      const source = async function* (): AsyncGenerator<Uint8Array, void> {
        yield bytes.slice(0, stopAt);
        stop.abort();
        yield bytes.slice(stopAt);
      };
      const error = await importBento(source(), { store: stores.store, models: stores.models, signal: stop.signal }).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toMatchObject({ code: "BENTO_CANCELLED" });
      expect(Object.keys(snapshot(stores.home)).filter((path) => path !== "models")).toEqual(before.filter((path) => path !== "models"));
    }
  });
});
