import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { FileModelStore } from "@bento/store";
import { parse } from "yaml";
import { median } from "../report.mjs";
import { makeHome } from "./home.mjs";

const count = 10_000;
export const about = `get and list over ${count} models, against reading and parsing the same files with the same YAML library`;

/** @param {{ quick: boolean }} options */
export async function run({ quick }) {
  const { home, remove } = await makeHome(count);
  try {
    const rows = await measurePairs(home, quick ? 3 : 7);
    const goals = rows.map((row) => ({ what: `${row.what}, speed against the plain loop`, goal: 1, got: row["x speed"], atLeast: true }));
    return { columns: Object.keys(rows[0]), rows, goals };
  } finally {
    await remove();
  }
}

async function measurePairs(home, rounds) {
  const models = join(home, "models");
  const pairs = [
    { what: "list, every info read", baseline: () => plainList(models), ours: () => listInfos(home) },
    { what: "list, names only", baseline: () => plainNames(models), ours: () => listNames(home) },
    { what: "get by tag, 1,000 times", baseline: () => plainGets(models), ours: () => gets(home, (i) => `model-${pad(i)}:v3`) },
    { what: "get latest, 1,000 times", baseline: () => plainLatest(models), ours: () => gets(home, (i) => `model-${pad(i)}`) },
  ];
  const rows = [];
  for (const { what, baseline, ours } of pairs) {
    const times = { baseline: [], ours: [] };
    for (let round = 0; round < rounds; round++) {
      const order = round % 2 === 0 ? ["baseline", "ours"] : ["ours", "baseline"];
      for (const side of order) times[side].push(await time(side === "ours" ? ours : baseline));
    }
    rows.push({
      what,
      "plain loop ms": median(times.baseline),
      "bento ms": median(times.ours),
      "x speed": median(times.baseline.map((one, round) => one / times.ours[round])),
    });
  }
  return rows;
}

async function time(work) {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

async function listInfos(home) {
  const store = new FileModelStore(home);
  const listed = await store.list();
  let latest = 0;
  for (const model of listed) latest = Math.max(latest, model.info.creationTime.getTime());
  expect(listed.length === count && latest > 0);
}

async function plainList(models) {
  let listed = 0;
  for (const name of await readdir(models)) {
    for (const version of await versionsOf(models, name)) {
      const info = parse(await readFile(join(models, name, version, "model.yaml"), "utf8"));
      if (info.creation_time) listed++;
    }
  }
  expect(listed === count);
}

async function listNames(home) {
  const store = new FileModelStore(home);
  expect((await store.listTags()).length === count);
}

async function plainNames(models) {
  const tags = [];
  for (const name of await readdir(models)) for (const version of await versionsOf(models, name)) tags.push(`${name}:${version}`);
  expect(tags.length === count);
}

async function versionsOf(models, name) {
  const entries = await readdir(join(models, name), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

async function gets(home, tagOf) {
  const store = new FileModelStore(home);
  for (let i = 0; i < 1000; i++) expect((await store.get(tagOf(i))).info.labels.team === "vision");
}

async function plainGets(models) {
  for (let i = 0; i < 1000; i++) await plainGet(models, `model-${pad(i)}`, "v3");
}

async function plainLatest(models) {
  for (let i = 0; i < 1000; i++) {
    const name = `model-${pad(i)}`;
    await plainGet(models, name, (await readFile(join(models, name, "latest"), "utf8")).trim());
  }
}

async function plainGet(models, name, version) {
  const folder = join(models, name, version);
  expect((await stat(folder)).isDirectory());
  expect(parse(await readFile(join(folder, "model.yaml"), "utf8")).labels.team === "vision");
}

function pad(i) {
  return String(i).padStart(5, "0");
}

function expect(holds) {
  if (!holds) throw new Error("a benchmark computed something wrong");
}
