import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FileModelStore } from "@bento/store";
import { afterAll, beforeAll, expect, test } from "vitest";
import { momentOf, Stopwatch } from "./support/kill-schedule.js";
import { Workers, type WorkerTask, type WorkerTimes } from "./support/killed-worker.js";
import { PythonSession } from "./support/python-session.js";
import { temporaryHome } from "./support/temporary-home.js";

const creates = 200;
const deletes = 60;

let python: PythonSession;
beforeAll(async () => void (python = await PythonSession.start()));
afterAll(() => python[Symbol.asyncDispose]());

/** What was found after one kill. */
interface Found {
  /** Whether the model was there. */
  readonly there: boolean;
  /** Whether the dead process had left something unfinished in the staging folder. */
  readonly unfinished: boolean;
  /** What the `latest` file said before anybody looked. */
  readonly latest: string | undefined;
}

/**
 * Looks at a home after a kill, as any user would: Python and ours list the same whole models, and the newest is right.
 * @param older the version that is always there
 */
async function inspect(home: string, older: string, version: string): Promise<Found> {
  const latestFile = join(home, "models", "clf", "latest");
  const latest = existsSync(latestFile) ? readFileSync(latestFile, "utf8") : undefined;
  const unfinished = namesIn(join(home, "tmp")).length > 0;
  const byPython = (await python.listModels(home)).map((model) => model.tag);
  // Opened anew each time: a process that starts after the kill knows nothing of what happened.
  await using store = new FileModelStore(home);
  const newest = await store.get("clf");
  const skipped: unknown[] = [];
  const models = await store.list({ onSkipped: (entry) => skipped.push(entry) });
  const tags = models.map((model) => String(model.tag));
  expect(skipped).toEqual([]);
  expect(tags.toSorted()).toEqual(byPython.toSorted());
  for (const model of models) expect(await model.verify()).toMatchObject({ status: "ok" });
  const there = tags.includes(`clf:${version}`);
  expect(tags.toSorted()).toEqual((there ? [`clf:${older}`, `clf:${version}`] : [`clf:${older}`]).toSorted());
  expect(newest.tag.version).toBe(there ? version : older);
  // Ours has put it right by now, also where the process died between the model and the file.
  expect(readFileSync(latestFile, "utf8")).toBe(there ? version : older);
  expect(await python.getTag(home, "clf")).toBe(`clf:${there ? version : older}`);
  return { there, unfinished, latest };
}

function report(what: string, times: WorkerTimes, found: readonly Found[], stale: (each: Found) => boolean): void {
  const count = (holds: (each: Found) => boolean): number => found.filter(holds).length;
  process.stdout.write(
    `${what}: ${found.length} kills; undisturbed the rename came after ${times.turn.toFixed(0)} ms, the end after ${times.done.toFixed(0)} ms. ` +
      `Model there: ${count((each) => each.there)}, not there: ${count((each) => !each.there)}; ` +
      `work left unfinished: ${count((each) => each.unfinished)}, of these with latest behind: ${count(stale)}\n`,
  );
}

test(`${creates} kills of a process that saves 50 files and 20 MB leave all or nothing`, { timeout: 600_000 }, async () => {
  await using home = await temporaryHome();
  await using store = new FileModelStore(home.path);
  await store.create("clf:base", (draft) => draft.write("f", "base"));
  await using workers = new Workers();
  const modelAt = (version: string): string => join(home.path, "models", "clf", version);
  const stopwatch = new Stopwatch(async (index) => {
    const times = await workers.time({ action: "create", home: home.path, tag: `clf:m${index}` }, modelAt(`m${index}`));
    await store.delete(`clf:m${index}`);
    return times;
  });
  const found: Found[] = [];
  for (let kill = 0; kill < creates; kill += 1) {
    const version = `v${kill}`;
    const moment = momentOf(kill, creates, await stopwatch.times(kill));
    await workers.kill({ action: "create", home: home.path, tag: `clf:${version}` }, modelAt(version), moment);
    found.push(await inspect(home.path, "base", version));
    if (existsSync(modelAt(version))) await store.delete(`clf:${version}`);
  }
  report("create", stopwatch.overall(), found, (each) => each.there && each.latest === "base");
  expect(found.filter((each) => each.there).length).toBeGreaterThanOrEqual(creates / 4);
  expect(found.filter((each) => !each.there).length).toBeGreaterThanOrEqual(creates / 4);
  expect(found.filter((each) => each.unfinished).length).toBeGreaterThan(0);
  await store.create("clf:end", (draft) => draft.write("f", "end"));
  expect(namesIn(join(home.path, "tmp"))).toEqual([]);
});

test(`${deletes} kills of a process that deletes such a model leave all or nothing`, { timeout: 600_000 }, async () => {
  await using home = await temporaryHome();
  await using store = new FileModelStore(home.path);
  await store.create("clf:base", (draft) => draft.write("f", "base"));
  await using workers = new Workers();
  const save = async (version: string): Promise<WorkerTask> => {
    const content = new Uint8Array(400_000);
    await store.create(`clf:${version}`, async (draft) => {
      for (let index = 0; index < 50; index += 1) await draft.write(`part-${index % 5}/weights-${index}.bin`, content.fill(index));
    });
    return { action: "delete", home: home.path, tag: `clf:${version}` };
  };
  const stopwatch = new Stopwatch(async (index) => workers.time(await save(`m${index}`), join(home.path, "models", "clf", `m${index}`)));
  const found: Found[] = [];
  for (let kill = 0; kill < deletes; kill += 1) {
    const version = `v${kill}`;
    const moment = momentOf(kill, deletes, await stopwatch.times(kill));
    await workers.kill(await save(version), join(home.path, "models", "clf", version), moment);
    found.push(await inspect(home.path, "base", version));
    if (found.at(-1)?.there) await store.delete(`clf:${version}`);
  }
  report("delete", stopwatch.overall(), found, (each) => !each.there && each.latest !== "base");
  expect(found.filter((each) => each.there).length).toBeGreaterThan(0);
  expect(found.filter((each) => !each.there).length).toBeGreaterThanOrEqual(deletes / 4);
  await store.create("clf:end", (draft) => draft.write("f", "end"));
  expect(namesIn(join(home.path, "tmp"))).toEqual([]);
});

function namesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
