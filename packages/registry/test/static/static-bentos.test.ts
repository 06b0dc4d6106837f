import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FileBentoStore, FileModelStore } from "@bento/store";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { Registry } from "../../src/index.js";
import { exportStatic } from "../../src/static/index.js";
import { serveFiles } from "../support/file-server.js";
import { filesOf } from "../support/tree-files.js";

let folder: string;
let out: string;
/** What Python's BentoML has made: the bento `summ:b1` needs `tiny:v1` and `fancy:v1`, and not `tiny:v2`. */
let home: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bento-static-bentos-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  [home, out] = [join(folder, "home"), join(folder, "out")];
  execFileSync("mkdir", [home]);
  execFileSync("tar", ["-xzf", fileURLToPath(new URL("../fixtures/registry/home.tar.gz", import.meta.url)), "-C", home]);
});

const tagsOf = (items: readonly { readonly tag: unknown }[]): string[] => items.map(({ tag }) => String(tag)).toSorted();

async function registryOf(target: string): Promise<Registry> {
  const server = await serveFiles(out);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return new Registry({ endpoint: `static+${server.url}`, home: join(folder, target), env: {}, retry: { retries: 0 } });
}

test("a bento goes with the models that it needs, and comes back with them", async () => {
  const first = await exportStatic(out, { home, bentos: ["summ"] });
  expect([tagsOf(first.bentos), tagsOf(first.models), first.missing]).toEqual([["summ:b1"], ["fancy:v1", "tiny:v1"], []]);
  const registry = await registryOf("target");
  expect(tagsOf(await registry.bentos.list())).toEqual(["summ:b1"]);
  expect(await registry.bentos.get("summ")).toMatchObject({ status: "success", manifest: { models: ["fancy:v1", "tiny:v1"] } });
  const { bento, outcome, verified, models } = await registry.bentos.pull("summ");
  expect([String(bento.tag), outcome, verified, tagsOf(models.map(({ model }) => model))]).toEqual([
    "summ:b1",
    "pulled",
    "digests",
    ["fancy:v1", "tiny:v1"],
  ]);
  for (const path of ["bentos/summ/b1", "models/tiny/v1", "models/fancy/v1"]) {
    // Models of Python's get a manifest where they come in.
    const { ".manifest.json": manifest, ...files } = filesOf(join(folder, "target", path));
    expect([manifest !== undefined, files]).toEqual([path.startsWith("models"), filesOf(join(home, path))]);
  }
  expect((await registry.bentos.pull("summ:b1")).outcome).toBe("present");
  await expect(registry.bentos.pull("other")).rejects.toMatchObject({ code: "BENTO_BENTO_NOT_FOUND" });
});

test("where nothing is named all models and bentos go, and what is there is not written again", async () => {
  const first = await exportStatic(out, { home });
  expect([tagsOf(first.bentos), tagsOf(first.models)]).toEqual([["summ:b1"], ["fancy:v1", "tiny:v1", "tiny:v2"]]);
  const files = filesOf(out);
  const again = await exportStatic(out, { home });
  expect([again.bytes.written, again.bentos[0]?.outcome]).toEqual([0, "present"]);
  expect(filesOf(out)).toEqual(files);
  const models = await exportStatic(join(folder, "models-alone"), { home, tags: ["tiny"] });
  expect([tagsOf(models.bentos), tagsOf(models.models)]).toEqual([[], ["tiny:v1", "tiny:v2"]]);
});

test("a bento that the home no longer has is taken out, and its models stay as long as they are there", async () => {
  await exportStatic(out, { home });
  await new FileBentoStore(home).delete("summ:b1");
  const { removed, bytes } = await exportStatic(out, { home, prune: true });
  expect([tagsOf(removed.bentos.map((tag) => ({ tag }))), removed.models]).toEqual([["summ:b1"], []]);
  expect(bytes.removed).toBeGreaterThan(0);
  await exportStatic(join(folder, "fresh"), { home });
  expect(filesOf(out)).toEqual(filesOf(join(folder, "fresh")));
});

test("models that are nowhere are named, and those of a hub stay there", async () => {
  await exportStatic(out, { home, tags: ["fancy"] });
  const store = new FileModelStore(home);
  for (const tag of ["fancy:v1", "tiny:v1"]) await store.delete(tag);
  const yaml = join(home, "bentos/summ/b1/bento.yaml");
  const hub = "- tag: org--x:0123\n  module: ''\n  creation_time: '2026-01-02T03:04:05+00:00'\n  registry: huggingface";
  writeFileSync(yaml, readFileSync(yaml, "utf8").replace("\nmodels: []\n", `\nmodels:\n${hub}\n`));
  expect((await new FileBentoStore(home).get("summ")).models).toHaveLength(3);
  const { missing, bentos } = await exportStatic(out, { home, bentos: ["summ:b1"] });
  // The folder has the other one from before.
  expect([missing.map(String), tagsOf(bentos)]).toEqual([["tiny:v1"], ["summ:b1"]]);
  const error = await (await registryOf("target")).bentos.pull("summ").then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: "BENTO_MODEL_NOT_FOUND", message: expect.stringContaining("tiny:v1") });
});
