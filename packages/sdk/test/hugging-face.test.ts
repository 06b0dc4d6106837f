import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BentoModel, HuggingFaceModel, instantiate, Model, service } from "@bento/sdk";
import { construct, createBinding, resolveModels, runWithContext, specOf } from "@bento/sdk/runtime";
import { MemoryModelStore } from "@bento/store";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { HubServer } from "../../../test/support/hub-server.js";

let hub: HubServer;
let cache: string;

beforeEach(async () => {
  hub = await HubServer.start();
  cache = await mkdtemp(join(tmpdir(), "bento-hub-"));
  for (const name of ["HF_TOKEN", "HF_HUB_CACHE", "BENTOML_HF_CACHE_DIR", "HF_HUB_OFFLINE"]) vi.stubEnv(name, undefined);
  vi.stubEnv("HF_HOME", cache);
  vi.stubEnv("HF_ENDPOINT", hub.url);
});
afterEach(async () => {
  await hub[Symbol.asyncDispose]();
  await rm(cache, { recursive: true, force: true });
});

const files = { "config.json": '{"a":1}', "onnx/model.onnx": { content: "weights", lfs: true }, "README.md": "# Tiny" };
const store = new MemoryModelStore();

@service()
class Tiny {
  model = new HuggingFaceModel("Org/Tiny", { exclude: "*.md" });
}

describe("a reference in a field", () => {
  test("asks nobody until it is resolved, then pins the commit and has its files", async () => {
    const commit = hub.commit("Org/Tiny", files);
    const made = construct(specOf(Tiny), { store });
    const { model } = made.instance as Tiny;
    expect(hub.requests).toEqual([]);
    expect(() => model.path).toThrow(
      expect.objectContaining({ code: "BENTO_MODEL_NOT_FOUND", hint: expect.stringContaining("resolve()") as string }),
    );
    await resolveModels(made);
    expect(model.commit).toBe(commit);
    expect(model.files).toEqual(["config.json", "onnx/model.onnx"]);
    expect(await readFile(model.resolvePath("onnx/model.onnx"), "utf8")).toBe("weights");
    expect(model.resolvePath("onnx")).toBe(join(model.path, "onnx"));
    expect(() => model.resolvePath("README.md")).toThrow(expect.objectContaining({ code: "BENTO_FILE_NOT_FOUND" }));
    expect(String(model)).toBe("Org/Tiny:main");
  });

  test("keeps its commit while the branch moves, and so do equal references of the instance", async () => {
    const commit = hub.commit("Org/Tiny", files);
    const { model } = instantiate(Tiny, { store });
    await model.resolve();
    const newer = hub.commit("Org/Tiny", { ...files, "config.json": "{}" });
    expect((await model.resolve()).commit).toBe(commit);
    expect(await model.findPin()).toBe(commit);
    expect((await instantiate(Tiny, { store }).model.resolve()).commit).toBe(newer);
  });

  test("is held to the commit that others resolved before", async () => {
    const commit = hub.commit("Org/Tiny", files);
    hub.commit("Org/Tiny", { "config.json": "{}" });
    const binding = createBinding(store);
    binding.pins?.set(new HuggingFaceModel("Org/Tiny", { exclude: ["*.md"] }).key, commit);
    const made = construct(specOf(Tiny), { store }, binding);
    const { model } = made.instance as Tiny;
    expect(await runWithContext(undefined, binding, () => model.findPin())).toBe(commit);
    expect(hub.requests).toEqual([]);
    await resolveModels(made);
    expect(model.commit).toBe(commit);
  });

  test("is equal to another by id, revision, endpoint and patterns", () => {
    const model = new HuggingFaceModel("org/a", { include: "*.json" });
    expect(model.equals(new HuggingFaceModel("org/a", { include: ["*.json"], revision: "main" }))).toBe(true);
    for (const other of [
      new HuggingFaceModel("org/b", { include: "*.json" }),
      new HuggingFaceModel("org/a"),
      new HuggingFaceModel("org/a", { include: "*.json", revision: "v1" }),
      new HuggingFaceModel("org/a", { include: "*.json", endpoint: "https://hub.example" }),
      new BentoModel("org:a"),
    ])
      expect(model.equals(other)).toBe(false);
    expect(Model.is(model)).toBe(true);
  });

  test("an optional one may be missing; what cannot be asked for stops the start", async () => {
    @service()
    class Maybe {
      model = new HuggingFaceModel("org/none", { optional: true });
    }
    await resolveModels(construct(specOf(Maybe), { store }));
    await expect(resolveModels(construct(specOf(Tiny), { store }))).rejects.toMatchObject({
      code: "BENTO_MODEL_NOT_FOUND",
      message: expect.stringContaining('"Org/Tiny" (revision "main")') as string,
    });
    hub.fail(/revision/, { status: 200, body: "no JSON" });
    await expect(resolveModels(construct(specOf(Maybe), { store }))).rejects.toMatchObject({ code: "BENTO_REGISTRY_FAILED" });
  });

  test("refuses an id that is none where it is written", () => {
    expect(() => new HuggingFaceModel("../evil")).toThrow(expect.objectContaining({ code: "BENTO_TAG_INVALID" }));
    expect(() => new HuggingFaceModel("a/b/c")).toThrow(/"a\/b\/c" is no id/);
  });

  test("tells who starts the service of a download, and nothing when all is there", async () => {
    hub.commit("Org/Tiny", files);
    const lines: string[] = [];
    const logger = { info: (_: object, line: string) => void lines.push(line), warn: (_: object, line: string) => void lines.push(line) };
    const start = async () => resolveModels(construct(specOf(Tiny), { store }, createBinding(store, { logger })));
    await start();
    expect(lines).toEqual([
      "Downloading Org/Tiny from the Hugging Face hub",
      expect.stringMatching(/^Downloaded Org\/Tiny at [0-9a-f]{40}: 14 B in .* checked against its hashes$/),
    ]);
    await start();
    expect(lines).toHaveLength(2);
  });

  test("stops when nobody waits for the service any more", async () => {
    hub.commit("Org/Tiny", files);
    const stop = new AbortController();
    hub.fail(/resolve-cache/, { onStall: () => stop.abort() });
    const binding = createBinding(store, { signal: stop.signal });
    await expect(resolveModels(construct(specOf(Tiny), { store }, binding))).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
  });
});

describe("what a bento says of it", () => {
  test("toInfo gives the commit and Python's tag, and downloads nothing", async () => {
    const commit = hub.commit("Org/Tiny", files);
    const info = await new HuggingFaceModel("Org/Tiny", { exclude: "*.md" }).toInfo("tiny");
    expect(info).toMatchObject({
      tag: expect.stringMatching(/^org--tiny:[0-9a-f]{32}$/) as string,
      module: null,
      alias: "tiny",
      registry: "huggingface",
      metadata: { model_id: "org/tiny", repo_id: "Org/Tiny", revision: commit, endpoint: hub.url, include: null, exclude: ["*.md"] },
    });
    expect(hub.requests).toHaveLength(1);
    const back = HuggingFaceModel.fromInfo(info);
    expect([back.modelId, back.revision]).toEqual(["Org/Tiny", commit]);
    expect((await back.toInfo()).tag).toBe(info.tag);
    expect((await back.resolve()).files).toEqual(["config.json", "onnx/model.onnx"]);
  });

  test("toCreateSchema registers the commit with the size of the wanted files", async () => {
    const commit = hub.commit("Org/Tiny", files);
    const model = new HuggingFaceModel("Org/Tiny", { exclude: "*.md" });
    const body = await model.toCreateSchema();
    expect(`org--tiny:${body.version}`).toBe((await model.toInfo()).tag);
    expect(body.manifest).toMatchObject({
      size_bytes: 14,
      metadata: { registry: "huggingface", revision: commit, url: `${hub.url}/Org/Tiny/tree/${commit}` },
    });
    expect(body.build_at).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/);
  });

  test.each([
    { registry: "huggingface" },
    { registry: "huggingface", metadata: { model_id: 1, revision: "main" } },
    { registry: "huggingface", metadata: { model_id: "org/a" } },
  ])("fromInfo refuses %j", (more) => {
    const info = { tag: "org--a:1", module: null, creation_time: new Date(), ...more };
    expect(() => HuggingFaceModel.fromInfo(info)).toThrow(expect.objectContaining({ code: "BENTO_BENTO_INVALID" }));
  });
});
