import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { exportBento, FileBentoStore, FileModelStore, MemoryModelStore, type ModelStore } from "../src/index.js";
import { formatsOf } from "../src/archive/format.js";
import { importBento } from "../src/import/import-bento.js";
import { codeOf, errorOf } from "./model-store-contract.js";
import { snapshot, unpackHome } from "./support/fixture-home.js";
import { listArchive, listFolder } from "./support/read-archive.js";
import { temporaryFolder } from "./support/temporary-folder.js";

interface Opened extends AsyncDisposable {
  readonly home: string;
  readonly out: string;
  readonly bentos: FileBentoStore;
  readonly models: FileModelStore;
  /** Writes a file of the bento `app:1`. */
  readonly put: (path: string, content: string) => void;
}

/** A home with the models that `bento.yaml` below names, and the bento `app:1` that needs the tags given. */
async function openHome(tags: readonly string[]): Promise<Opened> {
  const folder = await temporaryFolder();
  const home = join(folder.path, "home");
  const out = join(folder.path, "out");
  mkdirSync(out);
  const bento = join(home, "bentos", "app", "1");
  const put = (path: string, content: string): void => {
    mkdirSync(dirname(join(bento, path)), { recursive: true });
    writeFileSync(join(bento, path), content, { mode: path.endsWith(".sh") ? 0o755 : 0o644 });
  };
  put("bento.yaml", bentoYaml(tags));
  put("../latest", "1");
  put("src/service.py", "pass\n");
  put("env/docker/entrypoint.sh", "#!/bin/sh\n");
  const models = new FileModelStore(home);
  for (const tag of ["clf:v1", "clf:v11", "words:x"]) await models.create(tag, (draft) => draft.write("weights", `weights of ${tag}`));
  return { home, out, put, bentos: new FileBentoStore(home), models, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

/** The first tag is the bento's own, the others are its service's; all were made in the order in which they stand. */
function bentoYaml(tags: readonly string[]): string {
  const entry = (tag: string, index: number): string =>
    `{tag: '${tag}', module: null, creation_time: '2026-01-0${index + 1}T00:00:00+00:00'}`;
  const hub = "{tag: 'org--model:0123', module: null, creation_time: '2026-01-01T00:00:00+00:00', registry: huggingface}";
  const lists = tags.map(entry);
  return [
    "service: service:App",
    "name: app",
    "version: '1'",
    "bentoml_version: 1.4.39",
    "creation_time: '2026-01-02T03:04:05.678901+00:00'",
    `models: [${[hub, ...lists.slice(0, 1)].join(", ")}]`,
    `services: [{name: App, service: '', models: [${lists.join(", ")}], dependencies: [], config: {}}]`,
    "spec: 2",
    "",
  ].join("\n");
}

const bare = ["bento.yaml", "env", "env/docker", "env/docker/entrypoint.sh", "src", "src/service.py"];

test.each(formatsOf("bento"))("a bento and its models lie in the archive as in a home, as %s", { timeout: 60_000 }, async (format) => {
  await using opened = await openHome(["clf:v1", "words:x"]);
  const { home, out, bentos, models } = opened;
  const before = snapshot(home);
  const target = await exportBento("app", out, { store: bentos, models, format });
  expect(target).toBe(join(out, format === "folder" ? "app-1" : `app-1.${format}`));
  expect(snapshot(home)).toEqual(before);
  const found = format === "folder" ? listFolder(target) : await listArchive(readFileSync(target), format);
  const expected: Record<string, string> = { ...listFolder(join(home, "bentos", "app", "1")), models: "/" };
  for (const [name, version] of [
    ["clf", "v1"],
    ["words", "x"],
  ] as const) {
    expected[`models/${name}`] = "/";
    expected[`models/${name}/latest`] = version;
    expected[`models/${name}/${version}`] = "/";
    const files = Object.entries(listFolder(join(home, "models", name, version)));
    for (const [path, content] of files) expected[`models/${name}/${version}/${path}`] = content;
  }
  expect(found).toEqual(expected);
  const received = join(out, "received");
  const into = { store: new FileBentoStore(received), models: new FileModelStore(received) };
  await importBento(target, into);
  expect(listFolder(join(received, "bentos", "app", "1"))).toEqual(listFolder(join(home, "bentos", "app", "1")));
  expect(listFolder(join(received, "models", "clf", "v1"))).toEqual(listFolder(join(home, "models", "clf", "v1")));
});

describe("models", () => {
  const listed = async ({ out, bentos }: Opened, models: ModelStore, withModels = true): Promise<Readonly<Record<string, string>>> => {
    const target = await exportBento("app:1", join(out, "b.tar"), { store: bentos, models, withModels });
    return listArchive(readFileSync(target), "tar");
  };

  test("of one name: the newest is its latest", async () => {
    await using opened = await openHome(["clf:v11", "words:x", "clf:v1"]);
    const found = await listed(opened, opened.models);
    expect(found["models/clf/latest"]).toBe("v1");
    expect(Object.keys(found)).toEqual(
      expect.arrayContaining(["models/clf/v1/weights", "models/clf/v11/weights", "models/words/x/weights"]),
    );
  });

  test("can be left out, and a bento may need none", async () => {
    await using opened = await openHome(["clf:v1"]);
    expect(Object.keys(await listed(opened, opened.models, false)).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(bare);
    await using plain = await openHome([]);
    expect(Object.keys(await listed(plain, plain.models)).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(bare);
  });

  test("may lie in another store", async () => {
    await using opened = await openHome(["only:here"]);
    await using memory = new MemoryModelStore();
    await memory.create("only:here", (draft) => draft.write("w", "from memory"));
    expect((await listed(opened, memory))["models/only/here/w"]).toBe("from memory");
  });

  test.each(["gone:v1", "clf:v2", "words:x.y", "clf:v"])("%s, that is not there under exactly this tag, is named", async (tag) => {
    await using opened = await openHome(["clf:v1", tag]);
    const error = await errorOf(exportBento("app:1", opened.out, { store: opened.bentos, models: opened.models }));
    expect(error.code).toBe("BENTO_MODEL_NOT_FOUND");
    expect(error.message).toContain('"app:1"');
    expect(error.message).toContain(`"${tag}"`);
    expect(error.hint).toContain("withModels: false");
    expect(readdirSync(opened.out)).toEqual([]);
  });

  test("that a failed export of Python's left in the bento are not believed, but are better than none", async () => {
    await using opened = await openHome(["clf:v1", "old:v9"]);
    opened.put("models/clf/v1/model.yaml", "left behind\n");
    opened.put("models/clf/latest", "v1");
    opened.put("models/stray/v1/model.yaml", "left behind\n");
    expect(await codeOf(listed(opened, opened.models))).toBe("BENTO_MODEL_NOT_FOUND");
    opened.put("models/old/v9/model.yaml", "the only copy\n");
    opened.put("models/old/v9/w", "weights");
    const found = await listed(opened, opened.models);
    expect(found["models/old/v9/model.yaml"]).toBe("the only copy\n");
    expect(found["models/old/latest"]).toBe("v9");
    expect(found["models/clf/v1/model.yaml"]).toBe(readFileSync(join(opened.home, "models/clf/v1/model.yaml"), "latin1"));
    expect(Object.keys(found).filter((path) => path.startsWith("models/stray"))).toEqual([]);
    expect(Object.keys(await listed(opened, opened.models, false)).filter((path) => path.startsWith("models"))).toEqual([]);
  });
});

test("two exports of one bento at the same time give the same bytes", async () => {
  await using opened = await openHome(["clf:v1", "words:x"]);
  const { out, bentos, models } = opened;
  const targets = await Promise.all(["a.zip", "b.zip"].map((name) => exportBento("app", join(out, name), { store: bentos, models })));
  const [first, second] = targets.map((target) => readFileSync(target));
  expect(first?.equals(second as Buffer)).toBe(true);
});

test("what is no bento, and what is no format of one", async () => {
  await using opened = await openHome([]);
  const { out, bentos, models } = opened;
  expect(await codeOf(exportBento("other", out, { store: bentos, models }))).toBe("BENTO_BENTO_NOT_FOUND");
  expect(await codeOf(exportBento("app", out, { store: bentos, models, format: "bentomodel" }))).toBe("BENTO_BAD_REQUEST");
  expect(await exportBento("app", new WritableStream(), { store: bentos, models })).toBeUndefined();
});

test("every bento that Python wrote can be exported", { timeout: 60_000 }, async () => {
  await using home = await unpackHome("home");
  await using folder = await temporaryFolder();
  const bentos = new FileBentoStore(home.path);
  const tags = await bentos.listTags();
  expect(tags.length).toBeGreaterThan(0);
  for (const tag of tags) {
    const target = await exportBento(tag, join(folder.path, `${tag.name}-${tag.version}.tar`), { store: bentos, withModels: false });
    expect(await listArchive(readFileSync(target), "tar")).toEqual(listFolder((await bentos.get(tag)).path));
  }
});
