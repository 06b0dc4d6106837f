import { chmod, mkdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ArchiveFormat, exportModel, FileModelStore, importModel } from "@bento/store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommand } from "../support/run-command.js";
import { type FolderContent, readFolder } from "./support/read-folder.js";
import { PythonSession } from "./support/python-session.js";
import { temporaryHome, type TemporaryHome } from "./support/temporary-home.js";

/** Every format that Python knows. */
const formats: readonly ArchiveFormat[] = ["bentomodel", "xz", "gz", "bz2", "tar", "zip", "folder"];
const fixture = fileURLToPath(new URL("../../packages/store/test/fixtures/home.tar", import.meta.url));

let python: PythonSession;
/** The home that Python itself made: 49 models of every kind. */
let source: TemporaryHome;
let tags: readonly string[];

beforeAll(async () => {
  python = await PythonSession.start();
  source = await temporaryHome();
  await runCommand("tar", ["-xf", fixture, "-C", source.path, "--strip-components=1"]);
  tags = (await python.listModels(source.path)).map(({ tag }) => tag);
  expect(tags.length).toBeGreaterThan(40);
});
afterAll(async () => {
  await python[Symbol.asyncDispose]();
  await source[Symbol.asyncDispose]();
});

/** The content of a model's folder, byte for byte, without our manifest. */
async function contentOf(home: string, tag: string): Promise<FolderContent> {
  const content = await readFolder(join(home, "models", tag.replace(":", "/")));
  content.delete(".manifest.json");
  return content;
}

/** Without the modes, which Python's import loses. */
function withoutModes(content: FolderContent): object {
  return Object.fromEntries([...content].map(([path, entry]) => [path, entry.kind === "file" ? entry.sha256 : entry.kind]));
}

async function outOf(folder: string, tag: string, format: ArchiveFormat): Promise<string> {
  const out = join(folder, format);
  await mkdir(out, { recursive: true });
  return join(out, `${tag.replace(":", "-")}${format === "folder" ? "" : `.${format}`}`);
}

describe.each(formats)("%s", (format) => {
  test("Python imports what we export, every byte of every model", async () => {
    await using target = await temporaryHome();
    const store = new FileModelStore(source.path);
    for (const tag of tags) {
      const path = await exportModel(tag, await outOf(target.path, tag, format), { store, format });
      expect(await python.importModel(target.path, path, format)).toBe(tag);
      expect(withoutModes(await contentOf(target.path, tag)), tag).toEqual(withoutModes(await contentOf(source.path, tag)));
    }
    expect((await python.listModels(target.path)).map(({ tag }) => tag)).toEqual(tags);
  });

  test("we import what Python exports, every byte of every model", async () => {
    await using target = await temporaryHome();
    const store = new FileModelStore(target.path);
    for (const tag of tags) {
      const path = await python.exportModel(source.path, tag, await outOf(target.path, tag, format), format);
      expect(String((await importModel(path, { store })).tag)).toBe(tag);
      const [ours, theirs] = [await contentOf(target.path, tag), await contentOf(source.path, tag)];
      // Python's folder is a copy that has lost the modes already.
      if (format === "folder") expect(withoutModes(ours), tag).toEqual(withoutModes(theirs));
      else expect(Object.fromEntries(ours), tag).toEqual(Object.fromEntries(theirs));
    }
    // The newest of each name is the same, whatever the order in which they came; who wrote by hand chose differently.
    for (const name of new Set(tags.map((tag) => tag.split(":")[0] as string).filter((one) => !["by-hand", "tied.times"].includes(one)))) {
      expect(await python.getTag(target.path, name)).toBe(await python.getTag(source.path, name));
    }
  });
});

test("what goes out of Python, through us, and back into Python has the same model.yaml", async () => {
  await using home = await temporaryHome();
  const store = new FileModelStore(home.path);
  for (const tag of tags) {
    const first = await python.exportModel(source.path, tag, join(home.path, "first.bentomodel"));
    await importModel(first, { store });
    const second = await exportModel(tag, join(home.path, "second.bentomodel"), { store });
    await using back = await temporaryHome();
    await python.importModel(back.path, second);
    const yaml = (folder: string): Promise<Buffer> => readFile(join(folder, "models", tag.replace(":", "/"), "model.yaml"));
    expect(await yaml(back.path)).toEqual(await yaml(source.path));
  }
});

test("names that differ from ours in every way that an archive can spoil come through both, with their modes", async () => {
  await using home = await temporaryHome();
  const names = [
    "déjà/vu.txt",
    "日本語/模型.bin",
    "a b/c?d#e%20f.txt",
    `${"long".repeat(60)}/${"name".repeat(50)}.txt`,
    "-rf",
    "~",
    "emoji 🍱",
  ];
  await python.createModel(home.path, {
    tag: "names:v1",
    files: names.map((path) => ({ path, base64: Buffer.from(path).toString("base64"), executable: path === "-rf" })),
    directories: ["empty/inside", "leer"],
  });
  const store = new FileModelStore(home.path);
  await chmod(join(home.path, "models/names/v1/~"), 0o600);
  for (const format of formats) {
    await using target = await temporaryHome();
    const path = await exportModel("names:v1", join(target.path, `out.${format}`), { store, format });
    await python.importModel(target.path, path, format);
    expect(withoutModes(await contentOf(target.path, "names:v1")), format).toEqual(withoutModes(await contentOf(home.path, "names:v1")));
    await using again = await temporaryHome();
    const back = await importModel(path, { store: new FileModelStore(again.path) });
    expect((await stat(join(back.path, "-rf"))).mode & 0o777, format).toBe(0o755);
    expect((await stat(join(back.path, "~"))).mode & 0o777, format).toBe(0o644);
  }
});
