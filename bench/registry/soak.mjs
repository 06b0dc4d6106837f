// Kills clients and servers of a registry with SIGKILL at moments spread over pushes and pulls, and looks after each kill.
//   node registry/soak.mjs [--kills 200] [--mib 48] [--seed 1]
// Ends with 1 and says what was wrong: something incomplete that could be seen, bytes that are others, parts that went twice.
import { createHash, randomBytes } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Registry } from "@bento/registry";
import { FileModelStore } from "@bento/store";
import { RegistryProcess, Worker } from "./processes.mjs";

const { values } = parseArgs({
  options: { kills: { type: "string", default: "200" }, mib: { type: "string", default: "48" }, seed: { type: "string", default: "1" } },
});
const kills = Number(values.kills);
const bytes = Number(values.mib) * 1024 * 1024;
const folder = await mkdtemp(join(tmpdir(), "bento-soak-"));
const server = new RegistryProcess(join(folder, "registry"));
const home = join(folder, "author");
const store = new FileModelStore(home);
const random = numbers(Number(values.seed));
const found = { push: [], pull: [], "push, server": [], "pull, server": [] };
let next = new Worker();
try {
  await server.start();
  const rounds = { push: killedPush, pull: killedPull, "push, server": serverKilledInPush, "pull, server": serverKilledInPull };
  const times = { push: await timeOf("push"), pull: await timeOf("pull") };
  for (let kill = 0; kill < kills; kill += 1) {
    // The server is killed every fourth time, in pushes and pulls alike.
    const kind = kill % 4 === 3 ? (kill % 8 === 3 ? "push, server" : "pull, server") : kill % 2 === 0 ? "push" : "pull";
    const what = kind.startsWith("push") ? "push" : "pull";
    const outcome = await rounds[kind](`m${kill}`, random() * times[what] * 1.1);
    found[kind].push(outcome);
    // On a machine that does other things too, what was true a minute ago may be wrong.
    if (outcome.ms !== undefined) times[what] = (times[what] + outcome.ms) / 2;
  }
  for (const [kind, outcomes] of Object.entries(found)) console.log(JSON.stringify({ kind, kills: outcomes.length, ...summary(outcomes) }));
} finally {
  await next.kill();
  await server.kill();
  await rm(folder, { recursive: true, force: true });
}

/** How long a push or pull takes undisturbed. */
async function timeOf(action) {
  const tag = await saveModel(`time-${action}`);
  if (action === "pull") await registryOf(home).push(tag);
  const [worker, taken] = await begin({ action, home: action === "push" ? home : join(folder, "timing"), tag });
  await worker.result();
  await worker.kill();
  return performance.now() - taken;
}

async function killedPush(name, afterMs) {
  const tag = await saveModel(name);
  const wasDone = await killAfter({ action: "push", home, tag }, afterMs);
  const there = await isThere(tag);
  if (wasDone) check(there, `${tag} was pushed, and is not there`);
  if (there) await checkPulled(tag);
  const had = await storedBytes(tag);
  const { bytes: sent, ms } = await finish({ action: "push", home, tag });
  check(sent.sent <= sent.total - had, `${tag}: ${sent.sent} bytes were sent though ${had} of ${sent.total} had arrived`);
  await checkPulled(tag);
  await checkClean(home);
  await store.delete(tag);
  return { done: there, spared: had, ms: there ? undefined : ms };
}

async function killedPull(name, afterMs) {
  const tag = await saveModel(name);
  await registryOf(home).push(tag);
  const target = join(folder, "reader");
  const wasDone = await killAfter({ action: "pull", home: target, tag }, afterMs);
  const reader = new FileModelStore(target);
  const there = (await reader.listTags()).length > 0;
  if (wasDone) check(there, `${tag} was pulled, and is not there`);
  if (there) await checkSame(await reader.get(tag));
  const landed = there ? 0 : await landedParts(target);
  const { resumed, ms } = await finish({ action: "pull", home: target, tag });
  if (!there) check(resumed >= landed, `${tag}: ${landed} bytes had landed, and ${resumed} were not fetched again`);
  await checkSame(await reader.get(tag));
  // What a process that was killed at the very end left is removed with time.
  if (!there) await checkClean(target);
  await rm(target, { recursive: true });
  await store.delete(tag);
  return { done: there, spared: landed, ms: there ? undefined : ms };
}

async function serverKilledInPush(name, afterMs) {
  const tag = await saveModel(name);
  const result = await whileServerDies({ action: "push", home, tag }, afterMs);
  check(result !== undefined, `${tag}: the push did not survive the server`);
  await checkPulled(tag);
  await store.delete(tag);
  return { done: true, spared: 0 };
}

async function serverKilledInPull(name, afterMs) {
  const tag = await saveModel(name);
  await registryOf(home).push(tag);
  const target = join(folder, "reader");
  const result = await whileServerDies({ action: "pull", home: target, tag }, afterMs);
  check(result !== undefined, `${tag}: the pull did not survive the server`);
  const reader = new FileModelStore(target);
  await checkSame(await reader.get(tag));
  await rm(target, { recursive: true });
  await store.delete(tag);
  return { done: true, spared: 0 };
}

/** A file of several parts, and smaller ones. Random, so that no part is known. */
async function saveModel(name) {
  const model = await store.create(`${name}:v1`, async (draft) => {
    for (let file = 0; file < 3; file += 1) await draft.write(`weights/${file}.bin`, randomBytes(Math.floor(bytes / 3)));
    for (let file = 0; file < 20; file += 1) await draft.write(`small/${file}`, randomBytes(1000));
  });
  return String(model.tag);
}

async function begin(task) {
  const worker = next;
  await worker.line("ready");
  await worker.begin({ endpoint: server.url, ...task });
  next = new Worker();
  return [worker, performance.now()];
}

/** @returns whether the work was done before */
async function killAfter(task, afterMs) {
  const [worker] = await begin(task);
  const result = await Promise.race([worker.result(), sleep(afterMs)]);
  await worker.kill();
  return result !== undefined;
}

async function finish(task) {
  const [worker, begun] = await begin(task);
  const result = await worker.result();
  check(result !== undefined, `the ${task.action} of ${task.tag} could not be finished after a kill`);
  await worker.kill();
  return { ...result, ms: performance.now() - begun };
}

async function whileServerDies(task, afterMs) {
  const [worker] = await begin(task);
  await sleep(afterMs);
  await server.kill();
  await server.start();
  const result = await worker.result();
  await worker.kill();
  return result;
}

async function isThere(tag) {
  const answer = await fetch(`${server.url}/api/v1/model_repositories/${tag.replace(":", "/models/")}/content`);
  await answer.arrayBuffer();
  check(answer.status === 200 || answer.status === 404, `the registry answers ${answer.status} for ${tag}`);
  return answer.status === 200;
}

/** What everybody else gets is what was pushed. */
async function checkPulled(tag) {
  const target = join(folder, "other");
  const { model } = await registryOf(target).pull(tag);
  await checkSame(model);
  await rm(target, { recursive: true });
}

async function checkSame(model) {
  const original = await store.get(String(model.tag));
  const [files, expected] = await Promise.all([digests(model), digests(original)]);
  check(JSON.stringify(files) === JSON.stringify(expected), `${model.tag} is not what it was`);
}

async function digests(model) {
  const entries = await model.tree().entries();
  return Promise.all(entries.map(async (entry) => [entry.path, entry.kind === "file" ? await sha256(join(model.path, entry.path)) : ""]));
}

async function sha256(path) {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest("hex");
}

/** Bytes of a model that have arrived: as files of the registry's own folder, under their digests. */
async function storedBytes(tag) {
  const model = await store.get(tag);
  const blobs = new Map();
  for (const entry of await readdir(join(folder, "registry"), { recursive: true, withFileTypes: true })) {
    if (/^[0-9a-f]{64}$/.test(entry.name) && entry.isFile()) blobs.set(entry.name, (await stat(join(entry.parentPath, entry.name))).size);
  }
  const seen = new Set();
  let stored = 0;
  for (const { path } of await model.files()) {
    const content = await readFile(join(model.path, path));
    for (let start = 0; start < content.length; start += 8 * 1024 * 1024) {
      const digest = createHash("sha256")
        .update(content.subarray(start, start + 8 * 1024 * 1024))
        .digest("hex");
      if (!seen.has(digest)) stored += blobs.get(digest) ?? 0;
      seen.add(digest);
    }
  }
  return stored;
}

/** Bytes that the journal of a killed pull says have landed. */
async function landedParts(target) {
  const transfers = join(target, "tmp", "transfers");
  if (!existsSync(transfers)) return 0;
  let landed = 0;
  for (const name of await readdir(transfers)) {
    const journal = join(transfers, name, "journal.jsonl");
    if (!existsSync(journal)) continue;
    const lines = (await readFile(journal, "utf8"))
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
    for (const { file, part } of lines) {
      const { size } = await stat(join(transfers, name, "files", String(file)));
      landed += Math.min(8 * 1024 * 1024, size - part * 8 * 1024 * 1024);
    }
  }
  return landed;
}

async function checkClean(at) {
  const left = await readdir(join(at, "tmp", "transfers"));
  check(left.length === 0, `${left.length} folders of transfers are left in ${at}`);
}

function registryOf(at) {
  return new Registry({ endpoint: server.url, token: "any", home: at, env: {} });
}

function summary(outcomes) {
  const mib = 1024 * 1024;
  return {
    "done before": outcomes.filter(({ done }) => done).length,
    "went on": outcomes.filter(({ done, spared }) => !done && spared > 0).length,
    "spared MiB": Math.round(outcomes.reduce((total, { spared }) => total + spared, 0) / mib),
  };
}

function check(holds, message) {
  if (!holds) throw new Error(message);
}

/** The same numbers each time, from 0 to 1. */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
