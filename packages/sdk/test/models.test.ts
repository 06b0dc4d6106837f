import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FileModelStore } from "@bento/store";
import { afterEach, describe, expect, test, vi } from "vitest";
import { BentoModel, instantiate, service } from "@bento/sdk";
import { construct, resolveModels, runWithContext, specOf } from "@bento/sdk/runtime";
import { countingStore, save } from "./counting-store.js";

const notFound = (message: string | RegExp, hint: string | RegExp = /./) =>
  expect.objectContaining({
    code: "BENTO_MODEL_NOT_FOUND",
    message: expect.stringMatching(message) as string,
    hint: expect.stringMatching(hint) as string,
  }) as Error;

@service()
class Classifier {
  model = new BentoModel("clf:latest");
}

describe("a reference in a field", () => {
  test("reads the store once, on first access, and never before", async () => {
    const { store, reads } = countingStore();
    await save(store, "clf:v1");
    reads.length = 0;
    const classifier = instantiate(Classifier, { store });
    expect(reads).toEqual([]);
    expect(classifier.model.tag.toString()).toBe("clf:v1");
    expect(classifier.model.info.metadata["tag"]).toBe("clf:v1");
    await expect(classifier.model.text("version.txt")).resolves.toBe("clf:v1");
    expect(reads).toEqual(["clf:latest"]);
  });

  test("reads the store once when a hundred calls race", async () => {
    const { store, reads } = countingStore();
    await save(store, "clf:v1");
    reads.length = 0;
    const { model } = instantiate(Classifier, { store });
    const all = await Promise.all(Array.from({ length: 100 }, (_, n) => (n % 2 === 0 ? model.resolve() : model.text("version.txt"))));
    expect(new Set(all).size).toBe(2);
    expect(reads).toEqual(["clf:latest"]);
  });

  test("keeps what it resolved to while newer versions are saved", async () => {
    const { store } = countingStore();
    await save(store, "clf:v1");
    const first = instantiate(Classifier, { store });
    expect(first.model.tag.version).toBe("v1");
    await save(store, "clf:v2");
    expect(first.model.tag.version).toBe("v1");
    await expect(first.model.text("version.txt")).resolves.toBe("clf:v1");
    expect(instantiate(Classifier, { store }).model.tag.version).toBe("v2");
  });

  test("gives the synchronous answer to a wait that it overtook", async () => {
    const { store } = countingStore();
    await save(store, "clf:v1");
    const { model } = instantiate(Classifier, { store });
    const waiting = model.resolve();
    const { stored } = model;
    expect(await waiting).toBe(stored);
    expect(await model.resolve()).toBe(stored);
  });

  test("offers everything of the stored model", async () => {
    const { store } = countingStore();
    await save(store, "clf:v1");
    const { model } = instantiate(Classifier, { store });
    expect(model.exists).toBe(true);
    expect(model.size).toBeGreaterThan(0);
    expect(model.resolvePath("version.txt")).toBe(join(model.path, "version.txt"));
    expect((await model.files()).map(({ path }) => path)).toContain("version.txt");
    expect(new TextDecoder().decode(await model.read("version.txt"))).toBe("clf:v1");
    expect(await new Response(model.stream("version.txt")).text()).toBe("clf:v1");
    await expect(model.json("version.txt")).rejects.toMatchObject({ code: "BENTO_MODEL_INVALID" });
    await expect(model.read("none.txt")).rejects.toMatchObject({ code: "BENTO_FILE_NOT_FOUND" });
    expect(model.requested.toString()).toBe("clf:latest");
    expect(String(model)).toBe("clf:latest");
  });

  test("refuses a tag that is none where it is written", () => {
    expect(() => new BentoModel("not a tag")).toThrow(expect.objectContaining({ code: "BENTO_TAG_INVALID" }));
  });
});

describe("a model that is not there", () => {
  test("throws on access with both ways out, and may come later", async () => {
    const { store } = countingStore();
    const { model } = instantiate(Classifier, { store });
    expect(() => model.path).toThrow(notFound(/"clf:latest".*memory/, /await this\.model\.resolve\(\).*field/));
    await expect(model.resolve()).rejects.toThrow(notFound(/"clf:latest"/));
    expect(model.exists).toBe(false);
    await save(store, "clf:v1");
    expect(model.exists).toBe(true);
    expect(model.tag.version).toBe("v1");
  });

  test("stops the start unless it is optional, naming all that are missing", async () => {
    @service()
    class Needs {
      a = new BentoModel("a:v1");
      b = new BentoModel("b:v1");
      c = new BentoModel("c:v1", { optional: true });
    }
    const { store } = countingStore();
    await expect(resolveModels(construct(specOf(Needs), { store }))).rejects.toThrow(notFound(/"a:v1".*"b:v1"/));
    await save(store, "a:v1");
    await expect(resolveModels(construct(specOf(Needs), { store }))).rejects.toThrow(notFound(/"b:v1"/));
    await save(store, "b:v1");
    const made = construct(specOf(Needs), { store });
    await resolveModels(made);
    expect((made.instance as Needs).c.exists).toBe(false);
  });

  test("a broken store stops the start even for an optional model", async () => {
    @service()
    class Maybe {
      model = new BentoModel("a:v", { optional: true });
    }
    const { store } = countingStore();
    await save(store, "a:v1");
    await save(store, "a:v2");
    await expect(resolveModels(construct(specOf(Maybe), { store }))).rejects.toMatchObject({ code: "BENTO_MODEL_AMBIGUOUS" });
  });
});

describe("wherever a reference is kept", () => {
  const shared = new BentoModel("module:latest");

  @service()
  class Everywhere {
    static model = new BentoModel("static:latest");
    static nested = { deep: [new BentoModel("static-nested:latest")] };
    static read() {
      return Everywhere.model.tag.toString();
    }
    plain = new BentoModel("plain:latest");
    #private = new BentoModel("private:latest");
    accessor tracked = new BentoModel("accessor:latest");
    list = [new BentoModel("list:latest")];
    nested = { deep: { map: new Map([["key", new BentoModel("map:latest")]]), set: new Set([new BentoModel("set:latest")]) } };
    shared = shared;
    read = new BentoModel("read:latest").tag.toString();
    constructor() {
      Object.freeze(this);
      Object.freeze(this.plain);
    }
    all() {
      const { map, set } = this.nested.deep;
      return [this.plain, this.#private, this.tracked, this.list[0], map.get("key"), ...set].map((model) => model?.tag.toString());
    }
    static twin = new BentoModel("plain:latest");
  }
  const fields = ["plain", "private", "accessor", "list", "map", "set"];
  const others = ["static", "static-nested", "module", "read"];

  const prepared = async (version: string) => {
    const counting = countingStore();
    for (const name of [...fields, ...others]) await save(counting.store, `${name}:${version}`);
    counting.reads.length = 0;
    return counting;
  };

  test("it finds the instance's store, and each model is declared once", async () => {
    const { store, reads } = await prepared("v1");
    const made = construct(specOf(Everywhere), { store });
    expect(reads, "a read in a field initialiser is an access").toEqual(["read:latest"]);
    expect(made.models.map(String).toSorted()).toEqual([...fields, ...others].map((name) => `${name}:latest`).toSorted());
    await resolveModels(made);
    expect(reads.toSorted()).toEqual([...fields, ...others].map((name) => `${name}:latest`).toSorted());
    expect((made.instance as Everywhere).all()).toEqual(fields.map((name) => `${name}:v1`));
    expect((made.instance as Everywhere).read).toBe("read:v1");
    expect(reads).toHaveLength(10);
  });

  test("static and module-level references belong to the instance whose call runs", async () => {
    const one = construct(specOf(Everywhere), { store: (await prepared("v1")).store });
    const two = construct(specOf(Everywhere), { store: (await prepared("v2")).store });
    await Promise.all([resolveModels(one), resolveModels(two)]);
    const read = () => [Everywhere.read(), Everywhere.twin.tag.toString(), shared.tag.toString()];
    expect(runWithContext(undefined, one.binding, read)).toEqual(["static:v1", "plain:v1", "module:v1"]);
    expect(runWithContext(undefined, two.binding, read)).toEqual(["static:v2", "plain:v2", "module:v2"]);
  });

  test("it is found however deep and in whatever circle", () => {
    interface Link {
      next?: Link;
      model?: BentoModel;
    }
    const last: Link = { model: shared };
    let first = last;
    for (let n = 0; n < 50_000; n++) first = { next: first };
    last.next = first;
    @service()
    class Chain {
      first = first;
    }
    expect(construct(specOf(Chain), { store: countingStore().store }).models).toEqual([shared]);
  });

  test("a constructor that throws leaves no binding behind", async () => {
    @service()
    class Throws {
      field = 1;
      constructor() {
        throw new Error("no");
      }
    }
    const { store } = countingStore();
    expect(() => instantiate(Throws, { store })).toThrow("no");
    const other = countingStore();
    await save(other.store, "clf:other");
    const later = new BentoModel("clf");
    expect(runWithContext(undefined, construct(specOf(Classifier), other).binding, () => later.tag.version)).toBe("other");
  });

  test("a service constructed within another keeps its own store", async () => {
    const inner = countingStore();
    const outer = countingStore();
    await save(inner.store, "clf:inner");
    await save(outer.store, "clf:outer");
    @service()
    class Outer {
      before = new BentoModel("clf");
      inside = instantiate(Classifier, { store: inner.store });
      after = new BentoModel("clf");
    }
    const made = instantiate(Outer, { store: outer.store });
    expect([made.before, made.inside.model, made.after].map(({ tag }) => tag.version)).toEqual(["outer", "inner", "outer"]);
  });
});

describe("outside of every service", () => {
  const homes: string[] = [];
  afterEach(async () => {
    vi.unstubAllEnvs();
    await Promise.all(homes.splice(0).map((home) => rm(home, { recursive: true })));
  });

  test("a reference asks the file store of BENTOML_HOME, once", async () => {
    const home = await mkdtemp(join(tmpdir(), "bento-sdk-"));
    homes.push(home);
    vi.stubEnv("BENTOML_HOME", home);
    const store = new FileModelStore(home);
    const model = new BentoModel("clf");
    await expect(model.resolve()).rejects.toThrow(notFound(/"clf" is not in the model store/));
    await save(store, "clf:v1");
    expect(model.tag.version).toBe("v1");
    await save(store, "clf:v2");
    expect(model.tag.version).toBe("v1");
    expect(new BentoModel("clf").tag.version, "another reference asks for itself").toBe("v2");
  });
});

describe("a reference as a value", () => {
  test("equals another to the same model", () => {
    expect(new BentoModel("clf").equals(new BentoModel("clf:latest"))).toBe(true);
    expect(new BentoModel("CLF:V1").equals(new BentoModel("clf:v1", { optional: true }))).toBe(true);
    expect(new BentoModel("clf:v1").equals(new BentoModel("clf:v2"))).toBe(false);
    expect(new BentoModel("clf:v1").equals("clf:v1")).toBe(false);
  });

  test("of equal references a required one counts", () => {
    @service()
    class Twins {
      a = new BentoModel("clf", { optional: true });
      b = new BentoModel("clf:latest");
    }
    const { store } = countingStore();
    const { models } = construct(specOf(Twins), { store });
    expect(models.map(({ key, optional }) => [key, optional])).toEqual([["bentoml:clf:latest", false]]);
  });

  test("equal references of one instance are pinned to one version", async () => {
    @service()
    class Twins {
      a = new BentoModel("clf");
      b = new BentoModel("clf:latest");
    }
    const { store, reads } = countingStore();
    await save(store, "clf:v1");
    const twins = instantiate(Twins, { store });
    expect(twins.a.tag.version).toBe("v1");
    await save(store, "clf:v2");
    expect(twins.b.tag.version).toBe("v1");
    expect(reads).toHaveLength(1);
  });

  test("describes the exact model for bento.yaml and comes back from it", async () => {
    const { store } = countingStore();
    await store.create("clf:v1", { module: "onnx" }, (draft) => draft.write("m", "x"));
    const { model } = instantiate(Classifier, { store });
    const info = await model.toInfo("classifier");
    expect(info).toEqual({
      tag: "clf:v1",
      module: "onnx",
      creation_time: model.info.creationTime,
      alias: "classifier",
      registry: "bentoml",
    });
    expect(BentoModel.fromInfo(info).requested.toString()).toBe("clf:v1");
  });

  test("describes the exact model for a registry", async () => {
    const { store } = countingStore();
    await store.create("clf:v1", { labels: { stage: "dev" }, metadata: { acc: 0.9 } }, (draft) => draft.write("m", "x"));
    const { model } = instantiate(Classifier, { store });
    const schema = await model.toCreateSchema();
    expect(schema).toMatchObject({
      description: "",
      version: "v1",
      labels: [{ key: "stage", value: "dev" }],
      manifest: { module: "", api_version: "v1", size_bytes: model.size, metadata: { acc: 0.9 }, options: {} },
    });
    expect(Object.keys(schema.manifest["context"] as object).toSorted()).toEqual([
      "bentoml_version",
      "framework_name",
      "framework_versions",
      "python_version",
    ]);
    expect(schema.build_at).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/);
    expect(new Date(`${schema.build_at.slice(0, 23).replace(" ", "T")}Z`)).toEqual(model.info.creationTime);
  });
});
