import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { exportBento, FileBentoStore, FileModelStore, importBento } from "@bento/store";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCommand } from "../support/run-command.js";
import { pythonCommands, pythonEnvironment } from "./support/python.js";
import { type FolderContent, readFolder } from "./support/read-folder.js";
import { temporaryHome, type TemporaryHome } from "./support/temporary-home.js";

const fixture = fileURLToPath(new URL("../../packages/store/test/fixtures/home.tar", import.meta.url));
const formats = ["bento", "gz", "tar", "zip"] as const;
/** Two bentos that share two models; the second one brings a third. */
const bentos = ["iris_scorer:v0-spec1", "two-step:v1"] as const;
const models = ["iris-logreg:tctglrvpfkpviryb", "churn-clf:v10", "iris-onnx:hfpbidrjvoqm4d4e"];

let source: TemporaryHome;
beforeAll(async () => {
  source = await unpackedFixture();
});
afterAll(() => source[Symbol.asyncDispose]());

async function unpackedFixture(): Promise<TemporaryHome> {
  const home = await temporaryHome();
  await runCommand("tar", ["-xf", fixture, "-C", home.path, "--strip-components=1"]);
  return home;
}

async function bentoml(home: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await runCommand(join(pythonCommands, "bentoml"), args, { env: { ...pythonEnvironment, BENTOML_HOME: home } });
  return stdout;
}

/** What a home holds under a tag, our manifest aside; modes too unless Python has written it. */
async function contentOf(home: string, kind: "models" | "bentos", tag: string, { modes }: { readonly modes: boolean }): Promise<object> {
  const content: FolderContent = await readFolder(join(home, kind, tag.replace(":", "/")));
  content.delete(".manifest.json");
  return Object.fromEntries([...content].map(([path, entry]) => [path, entry.kind === "file" && !modes ? entry.sha256 : entry]));
}

async function expectSameItems(home: string, options: { readonly modes: boolean }): Promise<void> {
  for (const tag of bentos)
    expect(await contentOf(home, "bentos", tag, options), tag).toEqual(await contentOf(source.path, "bentos", tag, options));
  for (const tag of models)
    expect(await contentOf(home, "models", tag, options), tag).toEqual(await contentOf(source.path, "models", tag, options));
}

test.each(formats)("Python imports the bentos that we export as %s, with their models", async (format) => {
  await using target = await temporaryHome();
  const [store, stored] = [new FileBentoStore(source.path), new FileModelStore(source.path)];
  for (const tag of bentos) {
    const path = await exportBento(tag, join(target.path, `${tag.replace(":", "-")}.${format}`), { store, models: stored, format });
    expect(await bentoml(target.path, "import", path)).toContain("imported");
  }
  await expectSameItems(target.path, { modes: false });
  expect(JSON.parse(await bentoml(target.path, "list", "-o", "json"))).toHaveLength(bentos.length);
});

test.each(formats)("we import the bentos that Python exports as %s, with their models", async (format) => {
  await using target = await temporaryHome();
  // Python's export writes into the home that it exports from.
  await using python = await unpackedFixture();
  const [store, stored] = [new FileBentoStore(target.path), new FileModelStore(target.path)];
  for (const tag of bentos) {
    const path = join(target.path, `${tag.replace(":", "-")}.${format}`);
    await bentoml(python.path, "export", tag, path);
    expect(String((await importBento(path, { store, models: stored })).tag)).toBe(tag);
  }
  await expectSameItems(target.path, { modes: true });
  expect(JSON.parse(await bentoml(target.path, "list", "-o", "json"))).toHaveLength(bentos.length);
});
