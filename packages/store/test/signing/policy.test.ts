import { cp, mkdir, readdir, readFile, rename, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Tag } from "@bento/core";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { defaultStore, FileModelStore, importModel, inspectArchive, MemoryModelStore, type SignaturePolicy } from "../../src/index.js";
import { formatManifest } from "../../src/model/manifest.js";
import { createKeyPair, stampOf } from "../../src/signing.js";
import { failureOf } from "../support/failure-of.js";
import { modelYaml } from "../support/model-archive.js";
import { sha256 } from "../support/fixture-home.js";
import { temporaryFolder } from "../support/temporary-folder.js";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
/** The folder of a model that is signed, and never touched. */
let signed: string;
let policy: SignaturePolicy;
let privateKey: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  const pair = createKeyPair();
  privateKey = join(folder.path, "key.pem");
  await writeFile(privateKey, pair.privateKey);
  policy = { require: true, keys: [pair.publicKey] };
  const store = new FileModelStore(join(folder.path, "source"));
  const model = await store.create("clf:v1", { labels: { team: "vision" } }, async (draft) => {
    await draft.write("weights.bin", new Uint8Array([1, 2, 3, 4]));
    await draft.write("deep/labels.json", '["a"]');
  });
  await model.sign({ key: privateKey });
  signed = model.path;
});
afterAll(() => folder[Symbol.asyncDispose]());

let copies = 0;

/** A home that holds a copy of the signed model, and a store on it that requires signatures. */
async function copied(tag = "clf:v1"): Promise<{ readonly home: string; readonly path: string; readonly store: FileModelStore }> {
  const home = join(folder.path, `copy-${(copies += 1)}`);
  const path = join(home, "models", tag.replace(":", "/"));
  await mkdir(join(path, ".."), { recursive: true });
  await cp(signed, path, { recursive: true });
  return { home, path, store: new FileModelStore(home, { signatures: policy }) };
}

/** What all three doors of a store say of the model in a folder: `get`, `getSync` and an import. */
async function answers({ path, store }: Awaited<ReturnType<typeof copied>>, tag = "clf:v1"): Promise<readonly string[]> {
  const into = new MemoryModelStore({ signatures: policy });
  const doors = [() => store.get(tag), () => store.getSync(tag), () => importModel(path, { store: into, format: "folder", expected: tag })];
  const said: string[] = [];
  for (const door of doors) {
    try {
      await door();
      said.push("taken");
    } catch (error) {
      said.push((error as { code?: string }).code ?? String(error));
    }
  }
  expect(await into.list()).toHaveLength(said[2] === "taken" ? 1 : 0);
  return said;
}

const allTaken = ["taken", "taken", "taken"];
const refused = "BENTO_SIGNATURE_INVALID";

test("what is signed goes through every door", async () => {
  expect(await answers(await copied())).toEqual(allTaken);
});

test("any single change of any byte of any file is refused at every door", async () => {
  const files = ["model.yaml", "weights.bin", "deep/labels.json", ".manifest.json", ".signature.json"];
  const contents = new Map(await Promise.all(files.map(async (path) => [path, await readFile(join(signed, path))] as const)));
  const place = await copied();
  const change = fc.constantFrom(...files).chain((path) => {
    const { length } = contents.get(path) as Buffer;
    return fc.record({ path: fc.constant(path), at: fc.nat(length - 1), by: fc.integer({ min: 1, max: 255 }) });
  });
  await fc.assert(
    fc.asyncProperty(change, async ({ path, at, by }) => {
      const bytes = Buffer.from(contents.get(path) as Buffer);
      bytes[at] = (bytes[at] as number) ^ by;
      await writeFile(join(place.path, path), bytes);
      const said = await answers(place);
      await writeFile(join(place.path, path), contents.get(path) as Buffer);
      // Some changes leave no model.yaml that can be read, or another tag in it, which is told first.
      expect(said, `${path} at ${at}`).not.toContain("taken");
      if (path !== "model.yaml") expect(new Set(said.slice(0, 2))).toEqual(new Set([refused]));
    }),
    { numRuns: 150 },
  );
  expect(await answers(place)).toEqual(allTaken);
}, 60_000);

test("any byte added to or taken from the end of any file is refused", async () => {
  for (const path of ["weights.bin", "deep/labels.json", ".manifest.json", ".signature.json"]) {
    for (const change of [(bytes: Buffer) => Buffer.concat([bytes, Buffer.from(" ")]), (bytes: Buffer) => bytes.subarray(0, -1)]) {
      const place = await copied();
      await writeFile(join(place.path, path), change(await readFile(join(place.path, path))));
      expect(await answers(place), path).not.toContain("taken");
    }
  }
});

test("any change of the tag is refused", async () => {
  const part = fc.stringMatching(/^[a-z0-9]{1,4}$/);
  const tag = fc.tuple(part, part).map(([name, version]) => `${name}:${version}`);
  await fc.assert(
    fc.asyncProperty(
      tag.filter((one) => one !== "clf:v1" && !one.endsWith(":latest")),
      async (other) => {
        const place = await copied(other);
        const error = await failureOf(place.store.get(other));
        expect(error).toMatchObject({ code: refused, message: `${other} is refused: its signature is for "clf:v1".` });
        expect(await failureOf(() => place.store.getSync(other))).toMatchObject({ code: refused });
      },
    ),
    { numRuns: 20 },
  );
});

describe("whoever has the store, but not the key", () => {
  const attacks: Record<string, (path: string) => Promise<unknown>> = {
    "strips the signature": (path) => rm(join(path, ".signature.json")),
    "adds a file": (path) => writeFile(join(path, "extra.py"), "print()"),
    "adds a link that leads out": (path) => symlink("/etc/hostname", join(path, "extra")),
    "adds a link to a folder": (path) => symlink("deep", join(path, "extra")),
    "removes a file": (path) => rm(join(path, "weights.bin")),
    "renames a file": (path) => rename(join(path, "weights.bin"), join(path, "weights2.bin")),
    "changes a file and writes the manifest anew": async (path) => {
      await writeFile(join(path, "weights.bin"), "evil");
      await rewriteManifest(path);
    },
    "signs everything anew with a key of their own": async (path) => {
      await writeFile(join(path, "weights.bin"), "evil");
      await rewriteManifest(path);
      await rm(join(path, ".signature.json"));
      const foreign = join(folder.path, "foreign.pem");
      await writeFile(foreign, createKeyPair().privateKey);
      const model = await new FileModelStore(join(path, "..", "..", "..")).get("clf:v1");
      await model.sign({ key: foreign });
    },
    "puts a folder where the signature was": async (path) => {
      await rm(join(path, ".signature.json"));
      await mkdir(join(path, ".signature.json"));
    },
    "puts another model's files under the tag": async (path) => {
      const store = new FileModelStore(join(path, "..", "..", ".."));
      const other = await store.create("other:v1", (draft) => draft.write("weights.bin", "evil"));
      await other.sign({ key: privateKey });
      await rm(path, { recursive: true });
      await rename(other.path, path);
    },
  };
  test.each(Object.entries(attacks))("%s: refused at every door", async (_, attack) => {
    const place = await copied();
    await attack(place.path);
    const said = await answers(place);
    expect(said.slice(0, 2)).toEqual([refused, refused]);
    expect(said[2]).not.toBe("taken");
  });
});

describe("messages", () => {
  test("say what is wrong and what to do", async () => {
    const unsigned = await copied();
    await rm(join(unsigned.path, ".signature.json"));
    const error = await failureOf(unsigned.store.get("clf"));
    expect(error.message).toBe("clf:v1 is refused: it is not signed.");
    expect(error.hint).toContain("bento models sign");
    const changed = await copied();
    await writeFile(join(changed.path, "weights.bin"), "evil");
    await writeFile(join(changed.path, "more"), "evil");
    expect((await failureOf(changed.store.get("clf"))).message).toBe(
      'clf:v1 is refused: its files are not those that were signed: changed "weights.bin"; added "more".',
    );
  });
});

test("without its manifest it is not given out; an import writes the manifest again, and it is what was signed or refused", async () => {
  const place = await copied();
  await rm(join(place.path, ".manifest.json"));
  expect(await answers(place)).toEqual([refused, refused, "taken"]);
  await writeFile(join(place.path, "weights.bin"), "evil");
  expect(await answers(place)).toEqual([refused, refused, refused]);
});

test("what was read once is not read again until something changes, even with its times set back", async () => {
  const place = await copied();
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 10_000 });
  try {
    const model = await place.store.get("clf");
    const verify = vi.spyOn(Object.getPrototypeOf(Object.getPrototypeOf(model)) as typeof model, "verify");
    await place.store.get("clf");
    expect(verify).not.toHaveBeenCalled();
    const before = await stat(join(place.path, "weights.bin"));
    await writeFile(join(place.path, "weights.bin"), new Uint8Array([1, 2, 3, 5]));
    await utimes(join(place.path, "weights.bin"), before.atime, before.mtime);
    expect(await failureOf(place.store.get("clf"))).toMatchObject({ code: refused });
    expect(verify).toHaveBeenCalledOnce();
    expect(await failureOf(() => place.store.getSync("clf"))).toMatchObject({ code: refused });
  } finally {
    vi.useRealTimers();
    vi.restoreAllMocks();
  }
});

test("what was written a moment ago is read again, as clocks of disks are coarse", async () => {
  const place = await copied();
  const tag = Tag.parse("clf:v1");
  const written = (await stat(join(place.path, "weights.bin"))).ctimeMs;
  expect(stampOf(tag, place.path, written + 100)).toBeUndefined();
  const stamp = stampOf(tag, place.path, written + 10_000);
  expect(stamp).toBeDefined();
  expect(stampOf(tag, place.path, written + 20_000)).toBe(stamp);
  await writeFile(join(place.path, "added"), "");
  expect(stampOf(tag, place.path, Date.now() + 10_000)).not.toBe(stamp);
});

test("what is refused can be listed, deleted and replaced", async () => {
  const place = await copied();
  await rm(join(place.path, ".signature.json"));
  expect((await place.store.list()).map(({ tag }) => String(tag))).toEqual(["clf:v1"]);
  const error = await failureOf(importModel(signed, { store: place.store, format: "folder" }));
  expect(error).toMatchObject({ code: "BENTO_MODEL_EXISTS" });
  await importModel(signed, { store: place.store, format: "folder", existing: "replace" });
  expect(String((await place.store.get("clf")).tag)).toBe("clf:v1");
  await place.store.delete("clf:v1");
  expect(await place.store.listTags()).toEqual([]);
});

test("what would not come in is told before anything does", async () => {
  const place = await copied();
  await rm(join(place.path, ".signature.json"));
  const store = new MemoryModelStore({ signatures: policy });
  const report = await inspectArchive(place.path, { store, format: "folder" });
  expect(report.problems).toMatchObject([{ code: refused }]);
});

test("an archive whose files and manifest were both changed is refused by its signature", async () => {
  const files = { "model.yaml": modelYaml(), f: "hello" };
  const store = new MemoryModelStore({ signatures: policy });
  const from = join(folder.path, "plain");
  await mkdir(from, { recursive: true });
  for (const [path, content] of Object.entries(files)) await writeFile(join(from, path), content);
  expect(await failureOf(importModel(from, { store, format: "folder" }))).toMatchObject({ code: refused });
  expect(await store.list()).toEqual([]);
});

test("a model that is made here is given out once it is signed", async () => {
  const store = new MemoryModelStore({ signatures: policy });
  const model = await store.create("mine:v1", (draft) => draft.write("f", "x"));
  expect(await failureOf(store.get("mine"))).toMatchObject({ code: refused });
  await model.sign({ key: privateKey });
  expect(String((await store.get("mine")).tag)).toBe("mine:v1");
});

describe("the environment", () => {
  const variables = ["BENTO_SIGNATURES", "BENTO_TRUSTED_KEYS", "BENTOML_HOME"] as const;

  /** Runs work with variables set, and puts the old ones back. */
  async function within<T>(values: Partial<Record<(typeof variables)[number], string>>, work: () => Promise<T>): Promise<T> {
    const before = variables.map((name) => [name, process.env[name]] as const);
    Object.assign(process.env, values);
    try {
      return await work();
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  }

  test("can require signatures of every store that is not told otherwise, the default one too", async () => {
    const { home, path } = await copied();
    const [publicKey] = policy.keys as readonly string[];
    const keyFile = join(folder.path, "trusted.pub");
    await writeFile(keyFile, publicKey as string);
    const before = await within({ BENTOML_HOME: home }, async () => defaultStore());
    await within({ BENTO_SIGNATURES: "require", BENTO_TRUSTED_KEYS: ` ${keyFile} , `, BENTOML_HOME: home }, async () => {
      expect(defaultStore()).not.toBe(before);
      expect(defaultStore()).toBe(defaultStore());
      expect(String((await defaultStore().get("clf")).tag)).toBe("clf:v1");
      await rm(join(path, ".signature.json"));
      expect(await failureOf(defaultStore().get("clf"))).toMatchObject({ code: refused });
      expect(await failureOf(new FileModelStore(home).get("clf"))).toMatchObject({ code: refused });
      await new FileModelStore(home, { signatures: { require: false } }).get("clf");
    });
    await new FileModelStore(home).get("clf");
  });

  test("a value that is mistyped stops, and so does a policy without keys", async () => {
    const mistyped = within({ BENTO_SIGNATURES: "required" }, async () => new FileModelStore(folder.path));
    expect(await failureOf(mistyped)).toMatchObject({ code: "BENTO_CONFIG_INVALID", message: 'BENTO_SIGNATURES is "required".' });
    const store = new FileModelStore(join(folder.path, "source"), { signatures: { require: true } });
    expect(await failureOf(store.get("clf"))).toMatchObject({ code: "BENTO_CONFIG_INVALID", message: expect.stringContaining("no key") });
  });
});

/** What somebody does who changed a file and knows of manifests. */
async function rewriteManifest(path: string): Promise<void> {
  const entries = [];
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    const relative = file.slice(path.length + 1);
    if (!entry.isFile() || relative.startsWith(".")) continue;
    const bytes = await readFile(file);
    entries.push({ path: relative, size: bytes.length, sha256: sha256(bytes) });
  }
  await writeFile(join(path, ".manifest.json"), formatManifest(entries));
}
