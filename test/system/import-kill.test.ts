import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FileModelStore } from "@bento/store";
import { afterAll, beforeAll, expect, test } from "vitest";
import { momentOf, Stopwatch } from "./support/kill-schedule.js";
import { Workers, type WorkerTask } from "./support/killed-worker.js";
import { PythonSession } from "./support/python-session.js";
import { temporaryHome } from "./support/temporary-home.js";

const imports = 40;
const replacements = 60;
const deathsBetween = 5;
const filesOfAnImport = 51;

let python: PythonSession;
beforeAll(async () => void (python = await PythonSession.start()));
afterAll(() => python[Symbol.asyncDispose]());

/**
 * Looks at a home after a kill, as any user would: Python and ours see the same models, each one whole.
 * @returns the stamp in the files of the version that was imported, or `undefined` when it is not there
 */
async function inspect(home: string, version: string): Promise<number | undefined> {
  // Opened anew each time: a process that starts after the kill knows nothing of what happened.
  await using store = new FileModelStore(home);
  const skipped: unknown[] = [];
  const models = await store.list({ onSkipped: (entry) => skipped.push(entry) });
  const tags = models.map((model) => String(model.tag)).toSorted();
  expect(skipped).toEqual([]);
  expect((await python.listModels(home)).map((model) => model.tag).toSorted()).toEqual(tags);
  expect(tags.filter((tag) => tag !== `clf:${version}`)).toEqual(["clf:base"]);
  const model = models.find(({ tag }) => tag.version === version);
  // All are of one time, and then the last one to come becomes the latest.
  expect(String((await store.get("clf")).tag)).toBe(model === undefined ? "clf:base" : `clf:${version}`);
  expect(await python.getTag(home, "clf")).toBe(model === undefined ? "clf:base" : `clf:${version}`);
  if (model === undefined) return undefined;
  const files = await model.files();
  expect(files).toHaveLength(filesOfAnImport);
  const stamps = new Set<number>();
  for (const { path, size } of files.filter((file) => file.path !== "model.yaml")) {
    const index = Number(/-(\d+)\.bin$/.exec(path)?.[1]);
    expect(size).toBe(index % 2 === 0 ? 100_000 : 400_000);
    stamps.add(Buffer.from(await model.read(path)).readUInt32LE(0));
  }
  expect(stamps.size).toBe(1);
  return [...stamps][0];
}

async function homeWithBase(): Promise<Awaited<ReturnType<typeof temporaryHome>>> {
  const home = await temporaryHome();
  await using store = new FileModelStore(home.path);
  await store.create("clf:base", (draft) => draft.write("f", "base"));
  return home;
}

function report(what: string, outcomes: readonly boolean[]): void {
  const done = outcomes.filter(Boolean).length;
  process.stdout.write(`${what}: ${outcomes.length} kills, done before the kill ${done}, not done ${outcomes.length - done}\n`);
}

test(`${imports} kills of a process that imports 51 files and 12 MB leave all or nothing`, { timeout: 600_000 }, async () => {
  await using home = await homeWithBase();
  await using store = new FileModelStore(home.path);
  await using workers = new Workers("import-worker.mjs");
  const folderOf = (version: string): string => join(home.path, "models", "clf", version);
  const taskFor = (version: string, stamp: number): WorkerTask => ({ action: "import", home: home.path, tag: `clf:${version}`, stamp });
  const stopwatch = new Stopwatch(async (index) => {
    const times = await workers.time(taskFor(`m${index}`, index), folderOf(`m${index}`));
    await store.delete(`clf:m${index}`);
    return times;
  });
  const outcomes: boolean[] = [];
  for (let kill = 0; kill < imports; kill += 1) {
    const version = `v${kill}`;
    await workers.kill(taskFor(version, kill), folderOf(version), momentOf(kill, imports, await stopwatch.times(kill)));
    const stamp = await inspect(home.path, version);
    outcomes.push(stamp !== undefined);
    if (stamp === undefined) continue;
    expect(stamp).toBe(kill);
    await store.delete(`clf:${version}`);
  }
  report("import", outcomes);
  expect(new Set(outcomes)).toEqual(new Set([true, false]));
  await store.create("clf:end", () => {});
  expect(readdirSync(join(home.path, "tmp"))).toEqual([]);
});

test(`${replacements} kills of a process that replaces such a model leave the old one or the new one`, { timeout: 600_000 }, async () => {
  await using home = await homeWithBase();
  await using store = new FileModelStore(home.path);
  await using workers = new Workers("import-worker.mjs");
  const folder = join(home.path, "models", "clf", "v1");
  let stamp = 0;
  const nextTask = (): WorkerTask => ({ action: "import", home: home.path, tag: "clf:v1", stamp: (stamp += 1) });
  await workers.time(nextTask(), folder);
  let held = stamp;
  const stopwatch = new Stopwatch(async () => {
    const times = await workers.time(nextTask(), folder);
    held = stamp;
    return times;
  });
  const outcomes: boolean[] = [];
  for (let kill = 0; kill < replacements; kill += 1) {
    const moment = momentOf(kill, replacements, await stopwatch.times(kill));
    await workers.kill(nextTask(), folder, moment);
    const found = await inspect(home.path, "v1");
    expect([held, stamp]).toContain(found);
    outcomes.push(found === stamp);
    held = found as number;
  }
  report("replace", outcomes);
  expect(new Set(outcomes)).toEqual(new Set([true, false]));
  await store.create("other:end", () => {});
  expect(readdirSync(join(home.path, "tmp"))).toEqual([]);
});

test(`${deathsBetween} deaths between the two renames of a replacement bring the old version back`, { timeout: 120_000 }, async () => {
  await using home = await homeWithBase();
  await using workers = new Workers("import-worker.mjs");
  const folder = join(home.path, "models", "clf", "v1");
  await workers.time({ action: "import", home: home.path, tag: "clf:v1", stamp: 7 }, folder);
  for (let death = 0; death < deathsBetween; death += 1) {
    await workers.letDie({ action: "die-importing", home: home.path, tag: "clf:v1", stamp: 8 });
    expect(existsSync(folder)).toBe(false);
    expect(await inspect(home.path, "v1")).toBe(7);
    expect(readFileSync(join(home.path, "models", "clf", "latest"), "utf8")).toBe("v1");
  }
  await workers.time({ action: "import", home: home.path, tag: "clf:v1", stamp: 9 }, folder);
  expect(await inspect(home.path, "v1")).toBe(9);
  expect(readdirSync(join(home.path, "tmp"))).toEqual([]);
});
