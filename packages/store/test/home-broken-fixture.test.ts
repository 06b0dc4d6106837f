import { readFile } from "node:fs/promises";
import { cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { BentoError } from "@bento/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FileModelStore, type SkippedEntry } from "../src/index.js";
import { expectedOf, snapshot, unpackHome } from "./support/fixture-home.js";
import { temporaryFolder } from "./support/temporary-folder.js";

interface PythonAnswer {
  readonly tag?: string;
  readonly tags?: readonly string[];
  readonly error?: { readonly class: string; readonly message: string };
  readonly "latest rewritten to"?: string;
}

interface BrokenCase {
  readonly id: string;
  readonly about: string;
  readonly name: string | null;
  readonly paths: readonly string[];
  readonly list: PythonAnswer;
  readonly "list name"?: PythonAnswer;
  readonly get: Readonly<Record<string, PythonAnswer>>;
}

/** Where ours answers otherwise than Python, and how: Python's answers there are defects that are not copied. */
interface Difference {
  /** The versions that we list; Python's own otherwise, or all whose folder is sound where Python's listing fails. */
  readonly versions?: readonly string[];
  /** What we answer to a question: a tag or the code of an error. */
  readonly get?: Readonly<Record<string, string>>;
}

const notFound = "BENTO_MODEL_NOT_FOUND";
const tagInvalid = "BENTO_TAG_INVALID";
/** A model is known by where it lies, not by what its model.yaml calls it. */
const byFolder = (name: string): Difference => ({ versions: ["v0", "v1"], get: { [`${name}:v1`]: `${name}:v1` } });
/** `latest` is worthless there, and the newest by creation time is meant. */
const healed = (name: string): Difference => ({ get: { [name]: `${name}:v1`, [`${name}:latest`]: `${name}:v1` } });

const differences: Readonly<Record<string, Difference>> = {
  "null-version": byFolder("c-null-version"),
  "other-name": byFolder("c-other-name"),
  "other-version": byFolder("c-other-version"),
  // Name and version are text however they are written.
  "version-number": byFolder("c-version-number"),
  "name-bool": byFolder("c-name-bool"),
  // A file is no version, whatever its name.
  "version-is-file": { get: { "c-version-is-file:v2": notFound } },
  "latest-empty": healed("c-latest-empty"),
  "latest-blank": healed("c-latest-blank"),
  "latest-traversal": healed("c-latest-traversal"),
  "latest-self": healed("c-latest-self"),
  "latest-not-utf8": healed("c-latest-not-utf8"),
  "latest-folder": { versions: ["v1", "v2"], ...healed("c-latest-folder") },
  // Links to folders are models under the name that they have.
  "link-version": { versions: ["v1", "v2"], get: { "c-link-version:v2": "c-link-version:v2" } },
  "link-name": { versions: ["v1"], get: { "c-link-name": "c-link-name:v1", "c-link-name:v1": "c-link-name:v1" } },
  // Not even Python's latest finds it in the end; here upper case folders are no versions at all.
  "upper-version": { versions: [], get: { "c-upper-version": notFound } },
  "long-name": { get: { ["l".repeat(64)]: tagInvalid, [`${"l".repeat(64)}:v1`]: tagInvalid } },
};

const { cases, healthy } = expectedOf("home-broken") as { readonly cases: readonly BrokenCase[]; readonly healthy: readonly string[] };
const healthyTags = ["alpha:v1", "alpha:v2", "omega:v1", "omega:v2"];

let everything: Awaited<ReturnType<typeof unpackHome>>;
beforeAll(async () => void (everything = await unpackHome("home-broken")));
afterAll(() => everything[Symbol.asyncDispose]());

/** A home with the healthy names and one case, as the one that Python was asked about. */
async function homeOf({ paths }: BrokenCase): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await temporaryFolder();
  const wanted = new Set([...healthy.map((name) => `models/${name}`), ...paths.map((path) => path.split("/").slice(0, 2).join("/"))]);
  for (const path of wanted) cpSync(join(everything.path, path), join(folder.path, path), { recursive: true, verbatimSymlinks: true });
  return folder;
}

/** A name that can be asked for; `undefined` where the folder's own name cannot be a tag. */
function askableName({ name }: BrokenCase): string | undefined {
  return name !== null && /^[a-z0-9.-]{1,63}$/.test(name) ? name : undefined;
}

/** The versions that ours lists: Python's, unless it fails or is wrong. */
function versionsOf(broken: BrokenCase): readonly string[] {
  const name = askableName(broken);
  if (name === undefined) return [];
  const listed = differences[broken.id]?.versions ?? broken["list name"]?.tags?.map((tag) => tag.split(":")[1] as string);
  if (listed !== undefined) return listed;
  // Python's listing fails as a whole: each version that it can get by itself is listed by ours.
  const sound = Object.values(broken.get).flatMap(({ tag }) => (tag?.startsWith(`${name}:`) ? [tag.slice(name.length + 1)] : []));
  return [...new Set(sound)].toSorted();
}

async function answerOf(store: FileModelStore, question: string): Promise<string> {
  try {
    return String((await store.get(question)).tag);
  } catch (error) {
    if (BentoError.is(error)) return error.code;
    throw error;
  }
}

/** The answer that ours must give. */
function answerFor(broken: BrokenCase, question: string, answer: PythonAnswer): string {
  const different = differences[broken.id]?.get?.[question];
  if (different !== undefined) return different;
  if (answer.tag !== undefined) return answer.tag;
  if (answer.error?.message.startsWith("Multiple ")) return "BENTO_MODEL_AMBIGUOUS";
  if (answer.error?.class === "NotFound") return notFound;
  return "BENTO_MODEL_INVALID";
}

test("there are 90 cases", () => {
  expect(cases).toHaveLength(90);
  for (const id of Object.keys(differences)) expect(cases.map((each) => each.id)).toContain(id);
});

describe.each(cases)("$id: $about", (broken) => {
  test("list shows the sound models and says why it passed over the rest", async () => {
    await using home = await homeOf(broken);
    const before = snapshot(home.path);
    const store = new FileModelStore(home.path);
    const skipped: SkippedEntry[] = [];
    const models = await store.list({ onSkipped: (entry) => skipped.push(entry) });
    const own = versionsOf(broken).map((version) => `${broken.name}:${version}`);
    const others = broken.id === "link-name" ? ["c-link-name-real:v1"] : [];
    expect(models.map((model) => String(model.tag)).toSorted()).toEqual([...healthyTags, ...own, ...others].toSorted());
    for (const model of models) expect(model.info.labels).toBeTypeOf("object");
    // Whatever is in the store is either listed or reported, with its path and a sentence.
    const shown = new Set([...models.map((model) => model.path), ...skipped.map((entry) => entry.path)]);
    for (const path of entriesOf(home.path)) expect(shown, path).toContain(path);
    for (const { reason } of skipped) expect(reason).toMatch(/^[A-Z"].{10}/s);
    expect(skipped.filter(({ path }) => path.includes("alpha") || path.includes("omega"))).toEqual([]);
    const name = askableName(broken);
    if (name !== undefined && broken["list name"]?.error?.class !== "NotFound") {
      expect((await store.list({ name })).map((model) => String(model.tag))).toEqual(own);
    }
    expect(snapshot(home.path)).toEqual(before);
  });

  test.each(Object.entries(broken.get))("get(%j)", async (question, answer) => {
    await using home = await homeOf(broken);
    const store = new FileModelStore(home.path);
    expect(await answerOf(store, question)).toBe(answerFor(broken, question, answer));
    // Asked again, after what may have been repaired, it is the same.
    expect(await answerOf(new FileModelStore(home.path), question)).toBe(answerFor(broken, question, answer));
    if (answer["latest rewritten to"] !== undefined) {
      expect(await readFile(join(home.path, "models", question.split(":")[0] as string, "latest"), "utf8")).toBe(
        answer["latest rewritten to"],
      );
    }
  });

  test("a model can be saved beside it, and deleted", async () => {
    await using home = await homeOf(broken);
    const store = new FileModelStore(home.path);
    const name = askableName(broken) ?? "alpha";
    if (broken.id === "name-is-file") {
      await expect(store.create(`${name}:new`, () => {})).rejects.toMatchObject({ code: "BENTO_STORE_FAILED" });
      return;
    }
    const model = await store.create(`${name}:new`, (draft) => draft.write("f", "1"));
    expect(await model.verify()).toMatchObject({ status: "ok" });
    expect(String((await store.get(name)).tag)).toBe(`${name}:new`);
    if (broken.id !== "latest-folder") expect(await readFile(join(home.path, "models", name, "latest"), "utf8")).toBe("new");
    await store.delete(`${name}:new`);
    expect(await answerOf(store, `${name}:new`)).toBe(notFound);
    expect(readdirSync(join(home.path, "tmp"))).toEqual([]);
  });
});

test("all of it at once: every sound model is listed, everything else reported", async () => {
  const store = new FileModelStore(everything.path);
  const skipped: SkippedEntry[] = [];
  const models = await store.list({ onSkipped: (entry) => skipped.push(entry) });
  const expected = new Set(cases.flatMap((each) => versionsOf(each).map((version) => `${each.name}:${version}`)));
  expect(models.map((model) => String(model.tag)).toSorted()).toEqual([...expected, ...healthyTags, "c-link-name-real:v1"].toSorted());
  const shown = new Set([...models.map((model) => model.path), ...skipped.map((entry) => entry.path)]);
  for (const path of entriesOf(everything.path)) expect(shown, path).toContain(path);
});

test("links among a model's files: those inside count as files, the others do not exist", async () => {
  const model = await new FileModelStore(everything.path).get("c-link-inside:v1");
  expect((await model.files()).map(({ path }) => path)).toEqual(["alias.bin", "model.yaml", "sub/x", "weights.bin"]);
  expect(await model.read("alias.bin")).toEqual(await model.read("weights.bin"));
  for (const path of ["dangling.bin", "up", "up/models/alpha/v1/model.yaml", "up/elsewhere"]) {
    await expect(model.read(path)).rejects.toMatchObject({ code: "BENTO_FILE_NOT_FOUND" });
    expect(() => model.resolvePath(path)).toThrow(expect.objectContaining({ code: "BENTO_FILE_NOT_FOUND" }) as Error);
  }
});

/** The things that a listing must account for: what is not a folder of a name, and everything in those but `latest`. */
function entriesOf(home: string): readonly string[] {
  const models = join(home, "models");
  return readdirSync(models, { withFileTypes: true }).flatMap((entry) => {
    const path = join(models, entry.name);
    if (!entry.isDirectory() || !/^[a-z0-9][a-z0-9.-]{0,62}$/.test(entry.name)) return entry.isSymbolicLink() ? [] : [path];
    const inside = readdirSync(path, { withFileTypes: true }).filter((version) => version.name !== "latest" || version.isDirectory());
    return inside.length === 0 ? [path] : inside.map((version) => join(path, version.name));
  });
}
