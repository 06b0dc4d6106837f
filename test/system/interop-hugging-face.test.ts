import { createHash, randomBytes } from "node:crypto";
import { spawn } from "node:child_process";
import { readdir, rm, stat, watch } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type DownloadOptions, downloadSnapshot, fileFilter, hubModelEntry } from "@bento/registry/hub";
import fc from "fast-check";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { HubServer } from "../support/hub-server.js";
import { runCommand } from "../support/run-command.js";
import { buildPackages } from "../support/workspace.js";
import { ensureHubPython, hubPython, type HubVersion } from "./support/hub-python.js";
import { pythonEnvironment, pythonPath } from "./support/python.js";
import { temporaryHome, type TemporaryHome } from "./support/temporary-home.js";

const id = "Org/Tiny";
/** So much that half of it is more than Python writes at once. */
const weights = randomBytes(24 * 1024 * 1024);
const files = {
  "config.json": "{}",
  "deep/er/model.bin": { content: weights, lfs: true },
  "a b/#1 ä.txt": "odd",
  "empty.txt": "",
  "same.bin": { content: weights, lfs: true },
};
const digests = Object.fromEntries(
  Object.entries(files).map(([path, file]) => [
    path,
    createHash("sha256")
      .update(typeof file === "string" ? file : file.content)
      .digest("hex"),
  ]),
);
const isLarge = /^\/[0-9a-f]{64}/;

let hub: HubServer;
let home: TemporaryHome;
let cache: string;

beforeAll(async () => {
  await ensureHubPython("newest");
  await ensureHubPython("older");
});
beforeEach(async () => {
  [hub, home] = await Promise.all([HubServer.start(), temporaryHome()]);
  cache = join(home.path, "hub");
});
afterEach(async () => {
  await hub[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
});

interface Downloaded {
  readonly path: string;
  readonly files: Readonly<Record<string, string>>;
}

const environment = () => ({ HF_ENDPOINT: hub.url, HF_HOME: home.path });
const ours = (more: DownloadOptions = {}) => downloadSnapshot(id, { env: environment(), retry: { minMs: 1 }, ...more });
const python = <T>(version: HubVersion, method: string, params: object, env: Record<string, string> = {}) =>
  hubPython<T>(version, method, params, { ...environment(), ...env });
const pythons = (version: HubVersion, more: object = {}, env: Record<string, string> = {}) =>
  python<Downloaded>(version, "download", { repo_id: id, ...more }, env);
const offline = { HF_HUB_OFFLINE: "1" };
const largeCalls = () => hub.requests.filter(({ host, method }) => host === "cdn" && method === "GET");

/** A fault that holds the large file's answer, and what becomes of it. */
function held(): { readonly reached: Promise<void>; release(): void } {
  let release = (): void => undefined;
  const until = new Promise<void>((resolve) => (release = resolve));
  const reached = new Promise<void>((resolve) => hub.fail(isLarge, { onStall: resolve, until }));
  return { reached, release };
}

describe.each<HubVersion>(["newest", "older"])("the %s huggingface_hub", (version) => {
  test("reads offline what we downloaded, and its housekeeping finds nothing odd", async () => {
    const commit = hub.commit(id, files);
    const { path } = await ours();
    hub.requests.length = 0;
    for (const revision of ["main", commit]) {
      const found = await pythons(version, { revision }, offline).answer;
      expect(found).toEqual({ path, files: digests });
    }
    expect(hub.requests).toEqual([]);
    const { warnings, repos } = await python<{ warnings: string[]; repos: unknown[] }>(version, "scan", { cache_dir: cache }).answer;
    expect(warnings).toEqual([]);
    expect(repos).toEqual([{ id, size: weights.length + 5, files: 4, refs: { main: commit }, commits: [commit] }]);
  });

  test("finds all of it there when it is online, and downloads nothing", async () => {
    hub.commit(id, files);
    await ours();
    hub.requests.length = 0;
    expect((await pythons(version).answer).files).toEqual(digests);
    expect(hub.requests.filter(({ path }) => path.includes("resolve") || isLarge.test(path))).toEqual([]);
  });

  test("writes what we read offline, and online without a download", async () => {
    const commit = hub.commit(id, files);
    const { path } = await pythons(version).answer;
    hub.requests.length = 0;
    expect(await ours({ offline: true })).toEqual({ modelId: id, commit, path, files: Object.keys(files).toSorted() });
    expect(hub.requests).toEqual([]);
    expect((await ours({ revision: commit })).path).toBe(path);
    expect(hub.requests.filter(({ path: asked }) => asked.includes("resolve"))).toEqual([]);
    // The list that the newest one keeps is ours as well.
    expect(hub.requests).toHaveLength(version === "newest" ? 0 : 1);
  });

  test("and we complete what the other has begun", async () => {
    hub.commit(id, files);
    await pythons(version, { allow_patterns: "*.json" }).answer;
    expect((await ours()).files).toHaveLength(5);
    await rm(cache, { recursive: true });
    await ours({ include: "*.json" });
    expect((await pythons(version).answer).files).toEqual(digests);
  });

  test("waits for us while we download a file, and takes it", async () => {
    hub.commit(id, files);
    const hold = held();
    const first = ours();
    await hold.reached;
    const second = pythons(version);
    await hub.asked("HEAD", /resolve\/.*(model|same)\.bin/);
    hold.release();
    expect((await second.answer).files).toEqual(digests);
    expect((await first).files).toHaveLength(5);
    expect(largeCalls()).toHaveLength(1);
  });

  test("downloads a file while we wait for it, and take it", async () => {
    hub.commit(id, files);
    const hold = held();
    const first = pythons(version);
    await hold.reached;
    const second = ours();
    await hub.asked("GET", /revision\/main\?expand/);
    hold.release();
    expect((await second).files).toHaveLength(5);
    expect((await first.answer).files).toEqual(digests);
    expect(largeCalls()).toHaveLength(1);
  });
});

test("the newest huggingface_hub sees that a snapshot of ours is not whole", async () => {
  hub.commit(id, files);
  await ours({ include: "*.json" });
  expect(await python("newest", "download_error", { repo_id: id }, offline).answer).toBe("IncompleteSnapshotError");
});

test("the older huggingface_hub goes on where we were stopped, and we where it was killed", async () => {
  hub.commit(id, files);
  const stop = new AbortController();
  hub.fail(isLarge, { onStall: () => stop.abort() });
  await expect(ours({ signal: stop.signal })).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
  expect((await pythons("older").answer).files).toEqual(digests);
  expect(largeCalls().at(-1)?.range).toMatch(/^bytes=[1-9]\d*-$/);

  await rm(cache, { recursive: true });
  const hold = held();
  const killed = pythons("older");
  killed.answer.catch(() => undefined);
  await hold.reached;
  await begun();
  killed.kill();
  await expect(killed.answer).rejects.toThrow("ended with null");
  hub.requests.length = 0;
  expect((await ours()).files).toHaveLength(5);
  expect(largeCalls().map(({ range }) => range)).toEqual([expect.stringMatching(/^bytes=[1-9]\d*-$/)]);
});

test("a process that is killed at any moment leaves nothing wrong, and the next one goes on", async () => {
  await buildPackages();
  hub.commit(id, files);
  const script = fileURLToPath(new URL("support/download-from-hub.mjs", import.meta.url));
  const env = { ...process.env, ...environment(), NODE_OPTIONS: "" };
  // Killed at answers that are half sent: of the revision, of the list, of small files and of the large one, twice.
  for (const moment of [/revision/, /tree/, /config/, /odd|%23/, isLarge, isLarge]) {
    const child = spawn(process.execPath, [script, id, "{}"], { env, stdio: "ignore" });
    const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once("exit", (_, signal) => resolve(signal)));
    await new Promise<void>((resolve) => hub.fail(moment, { onStall: resolve }));
    child.kill("SIGKILL");
    expect(await ended).toBe("SIGKILL");
    expect(await python("newest", "download_error", { repo_id: id }, offline).answer).not.toBeNull();
  }
  hub.requests.length = 0;
  expect((await ours()).files).toHaveLength(5);
  expect(largeCalls().map(({ range }) => range)).toEqual([expect.stringMatching(/^bytes=[1-9]\d*-$/)]);
  expect((await pythons("newest", {}, offline).answer).files).toEqual(digests);
});

test("patterns leave the same files in both", async () => {
  const piece = fc.constantFrom("*", "?", "a", "b", "ä", "😀", "/", ".", "[", "]", "!", "-", "[ab]", "[!a]", "[a-c]", "\\", "x/", "**");
  const pattern = fc.array(piece, { maxLength: 6 }).map((parts) => parts.join(""));
  const path = fc
    .array(fc.constantFrom("a", "b", "c", "x", "ä", "😀", "/", ".", "[", "]", "!", "-", "\\"), { maxLength: 6 })
    .map((parts) => parts.join(""));
  const patterns = fc.option(fc.array(pattern, { maxLength: 3 }));
  const cases = fc.sample(
    fc.record({ include: patterns, exclude: patterns, paths: fc.array(path, { minLength: 5, maxLength: 15 }) }),
    2000,
  );
  for (let at = 0; at < cases.length; at += 400) {
    const some = cases.slice(at, at + 400);
    const expected = await python<string[][]>("newest", "matches", { cases: some }).answer;
    expect(some.map(({ include, exclude, paths }) => paths.filter(fileFilter(include ?? undefined, exclude ?? undefined)))).toEqual(
      expected,
    );
  }
});

test("entries of bento.yaml have the tags that Python BentoML gives them", async () => {
  const commit = "0123456789abcdef0123456789abcdef01234567";
  const references = [
    { modelId: "gpt2", commit },
    { modelId: "Org/Tiny-Model_1.0", commit, include: ["*.json", 'ä\u007f😀"\\\n'], exclude: [] },
    { modelId: "org/a", commit, endpoint: "https://hub.example/path", exclude: ["*.bin"] },
  ];
  const code = `
import json, sys
from bentoml.models import HuggingFaceModel
tags = []
for each in json.loads(sys.argv[1]):
    model = HuggingFaceModel(each["modelId"], revision=each["commit"], endpoint=each.get("endpoint"), include=each.get("include"), exclude=each.get("exclude"))
    model.commit_hash = each["commit"]
    tags.append(str(model.to_info().tag))
print(json.dumps(tags))
`;
  const env = { ...pythonEnvironment, BENTOML_HOME: home.path, HF_ENDPOINT: undefined };
  const { stdout } = await runCommand(pythonPath, ["-c", code, JSON.stringify(references)], { env });
  expect(references.map((reference) => hubModelEntry(reference).tag)).toEqual(JSON.parse(stdout));
});

/** Resolves when there is something of a file in the cache. */
async function begun(): Promise<void> {
  const blobs = join(cache, "models--Org--Tiny", "blobs");
  for await (const _ of watch(blobs)) {
    const partial = (await readdir(blobs)).find((name) => name.endsWith(".incomplete"));
    if (partial !== undefined && (await stat(join(blobs, partial))).size > 0) return;
  }
}
