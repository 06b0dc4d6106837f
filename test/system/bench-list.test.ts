import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FileModelStore } from "@bento/store";
import { expect, test } from "vitest";
import { PythonSession } from "./support/python-session.js";
import { temporaryHome } from "./support/temporary-home.js";

const nameCount = 100;
const versionCount = 100;
const rounds = 2;

/** Writes a home of small models as Python's store lays it out; through a store it would take minutes of fsync. */
async function fillHome(home: string): Promise<void> {
  for (let name = 0; name < nameCount; name++) {
    const folder = join(home, "models", `model-${name}`);
    await Promise.all(
      Array.from({ length: versionCount }, async (_, version) => {
        await mkdir(join(folder, `v${version}`), { recursive: true });
        const created = new Date(Date.UTC(2026, 0, 1, 0, version, name)).toISOString().replace("Z", "000+00:00");
        await writeFile(join(folder, `v${version}`, "model.yaml"), modelYaml(`model-${name}`, `v${version}`, created));
        await writeFile(join(folder, `v${version}`, "weights.bin"), "weights");
      }),
    );
    await writeFile(join(folder, "latest"), `v${versionCount - 1}`);
  }
}

function modelYaml(name: string, version: string, created: string): string {
  return [
    `name: ${name}`,
    `version: ${version}`,
    "module: ''",
    "labels:\n  team: vision",
    "options: {}",
    "metadata:\n  accuracy: 0.984",
    "context:\n  framework_name: ''\n  framework_versions: {}\n  bentoml_version: 1.4.39\n  python_version: 3.11.7",
    "signatures: {}",
    "api_version: v1",
    `creation_time: '${created}'\n`,
  ].join("\n");
}

async function timeOurs(home: string): Promise<{ namesSeconds: number; listSeconds: number; getSeconds: number; models: number }> {
  await using store = new FileModelStore(home);
  const start = performance.now();
  const names = await store.listTags();
  const namesSeconds = (performance.now() - start) / 1_000;
  const beforeList = performance.now();
  const models = await store.list();
  // What Python's list has read by then.
  const labels = models.reduce((count, model) => count + Object.keys(model.info.labels).length, 0);
  const listSeconds = (performance.now() - beforeList) / 1_000;
  expect(names).toHaveLength(models.length);
  expect(labels).toBe(models.length);
  const tags = models.filter((_, index) => index % (models.length / 100) === 0).map((model) => String(model.tag));
  const beforeGets = performance.now();
  for (const tag of tags) expect((await store.get(tag)).info.labels).toEqual({ team: "vision" });
  return { namesSeconds, listSeconds, getSeconds: (performance.now() - beforeGets) / 1_000 / tags.length, models: models.length };
}

/** The quickest of the rounds: what a program can do while nothing else disturbs it. */
function best(values: readonly number[]): number {
  return Math.min(...values);
}

test("listing 10,000 models with everything that Python reads is at least 10 times as fast as Python", async () => {
  await using home = await temporaryHome();
  await using python = await PythonSession.start();
  await fillHome(home.path);
  const ours = [];
  const theirs = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await timeOurs(home.path));
    theirs.push(await python.timeList(home.path));
  }
  for (const { models } of [...ours, ...theirs]) expect(models).toBe(nameCount * versionCount);
  const list = { python: best(theirs.map((time) => time.listSeconds)), ours: best(ours.map((time) => time.listSeconds)) };
  const get = { python: best(theirs.map((time) => time.getSeconds)), ours: best(ours.map((time) => time.getSeconds)) };
  const namesOnly = best(ours.map((time) => time.namesSeconds));
  process.stdout.write(
    `list of ${nameCount * versionCount} models: Python ${list.python.toFixed(2)} s, ours ${list.ours.toFixed(3)} s with every model.yaml read, ` +
      `${namesOnly.toFixed(3)} s for the tags alone; get: Python ${(get.python * 1_000).toFixed(2)} ms, ours ${(get.ours * 1_000).toFixed(3)} ms\n`,
  );
  expect(list.python / list.ours).toBeGreaterThanOrEqual(10);
});
