import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { Tag } from "@bento/core";
import { describe, expect, test } from "vitest";
import { FileModelStore, type StoredModel } from "../src/index.js";
import { ownIdentity, type ProcessIdentity } from "../src/disk/process-identity.js";
import { formatLabel } from "../src/disk/workspace.js";
import { makeModelInfo } from "../src/model/model-input.js";
import { formatModelYaml } from "../src/model/model-yaml.js";
import type { VersionedTag } from "../src/store/stored-item.js";
import { codeOf } from "./model-store-contract.js";
import { temporaryFolder } from "./support/temporary-folder.js";

const deadOwner: ProcessIdentity = { ...ownIdentity(), pid: spawnSync(process.execPath, ["-e", ""]).pid };

/** Brings a model in, with a creation time so many minutes after the beginning of a year. */
async function bring(store: FileModelStore, tag: string, minute: number): Promise<StoredModel> {
  const versioned = Tag.parse(tag) as VersionedTag;
  const info = makeModelInfo(versioned, {}, { creationTime: new Date(Date.UTC(2026, 0, 1, 0, minute)) });
  await using draft = await store.importDraft();
  await draft.write("f", new TextEncoder().encode(`${tag} of minute ${minute}`), { executable: false });
  await draft.write("model.yaml", new TextEncoder().encode(formatModelYaml(info)), { executable: false });
  return draft.commit({ tag: versioned, info }, { existing: "replace" });
}

/** A home in which `clf:v2` is older content being replaced by newer content, as it looks between the two renames. */
async function betweenRenames(owner: ProcessIdentity): Promise<AsyncDisposable & { readonly path: string; readonly workspace: string }> {
  const home = await temporaryFolder();
  const store = new FileModelStore(home.path);
  await bring(store, "clf:v1", 1);
  await bring(store, "clf:v2", 2);
  const workspace = join(home.path, "tmp", formatLabel({ kind: "bento", owner, name: "clf", version: "v2" }));
  mkdirSync(workspace);
  const target = join(home.path, "models/clf/v2");
  cpSync(target, join(workspace, "model"), { recursive: true });
  writeFileSync(join(workspace, "model/f"), "the new one");
  renameSync(target, join(workspace, "replaced"));
  return { path: home.path, workspace, [Symbol.asyncDispose]: () => home[Symbol.asyncDispose]() };
}

const latestIn = (home: string): string => readFileSync(join(home, "models/clf/latest"), "utf8");

describe("a death between the two renames of a replacement", () => {
  const firstUses: readonly [string, (store: FileModelStore) => unknown][] = [
    ["get of the version", (store) => store.get("clf:v2")],
    ["get by prefix", (store) => store.getSync("clf:v")],
    ["get of the newest", (store) => store.get("clf")],
    ["list", (store) => store.list()],
    ["listTags", (store) => store.listTags({ name: "clf" })],
    ["a new draft", async (store) => (await store.draft("other:v1")).discard()],
    ["another import", async (store) => (await store.importDraft()).discard()],
    ["delete of another", (store) => store.delete("clf:v1")],
  ];
  test.each(firstUses)("is healed by whoever comes next: %s", async (_, use) => {
    await using home = await betweenRenames(deadOwner);
    expect(existsSync(join(home.path, "models/clf/v2"))).toBe(false);
    const store = new FileModelStore(home.path);
    try {
      await use(store);
    } catch (error) {
      expect(error).toMatchObject({ code: "BENTO_MODEL_AMBIGUOUS" });
    }
    expect(await (await store.get("clf:v2")).text("f")).toBe("clf:v2 of minute 2");
    expect(latestIn(home.path)).toBe("v2");
    await store.create("other:v2", () => {});
    expect(readdirSync(join(home.path, "tmp"))).toEqual([]);
    expect(await (await store.get("clf:v2")).text("f")).toBe("clf:v2 of minute 2");
  });

  test("also when others took the rest of the name away meanwhile", async () => {
    await using home = await betweenRenames(deadOwner);
    rmSync(join(home.path, "models/clf"), { recursive: true });
    expect((await new FileModelStore(home.path).listTags()).map(String)).toEqual(["clf:v2"]);
    expect(latestIn(home.path)).toBe("v2");
  });

  test("also when the owner cannot be asked, as after a restart of the machine, a few seconds later", async () => {
    await using home = await betweenRenames({ place: "0123456789ab", pid: 1, start: "1" });
    const earlier = new Date(Date.now() - 6000);
    utimesSync(home.workspace, earlier, earlier);
    expect(await (await new FileModelStore(home.path).get("clf:v2")).text("f")).toBe("clf:v2 of minute 2");
  });

  test("brings nothing back where somebody saved the tag again", async () => {
    await using home = await betweenRenames(deadOwner);
    cpSync(join(home.workspace, "replaced"), join(home.path, "models/clf/v2"), { recursive: true });
    writeFileSync(join(home.path, "models/clf/v2/f"), "saved by somebody else");
    const store = new FileModelStore(home.path);
    await store.create("other:v1", () => {});
    expect(readdirSync(join(home.path, "tmp"))).toEqual([]);
    expect(await (await store.get("clf:v2")).text("f")).toBe("saved by somebody else");
  });
});

test("a death after the second rename keeps the new content, and only latest is finished", async () => {
  await using home = await betweenRenames(deadOwner);
  renameSync(join(home.workspace, "model"), join(home.path, "models/clf/v2"));
  writeFileSync(join(home.path, "models/clf/latest"), "v1");
  const store = new FileModelStore(home.path);
  expect(String((await store.get("clf")).tag)).toBe("clf:v2");
  expect(await (await store.get("clf")).text("f")).toBe("the new one");
  // Deleted by Python, which knows nothing of workspaces: the old content must not come back.
  rmSync(join(home.path, "models/clf/v2"), { recursive: true });
  expect(await codeOf(new FileModelStore(home.path).get("clf:v2"))).toBe("BENTO_MODEL_NOT_FOUND");
  await store.create("other:v1", () => {});
  expect(readdirSync(join(home.path, "tmp"))).toEqual([]);
});

test("an import that died before it had a tag is swept", async () => {
  await using home = await temporaryFolder();
  const left = join(home.path, "tmp", formatLabel({ kind: "bento", owner: deadOwner, name: undefined, version: undefined }));
  mkdirSync(join(left, "model"), { recursive: true });
  const store = new FileModelStore(home.path);
  expect(await store.list()).toEqual([]);
  await (await store.importDraft()).discard();
  expect(readdirSync(join(home.path, "tmp"))).toEqual([]);
});

test("a reader waits for the second rename of a living process", async () => {
  await using home = await betweenRenames(ownIdentity());
  const script = `
    const { parentPort, workerData } = require("node:worker_threads");
    const { renameSync } = require("node:fs");
    parentPort.once("message", () => renameSync(...workerData));
    parentPort.postMessage("ready");
  `;
  const worker = new Worker(script, { eval: true, workerData: [join(home.workspace, "model"), join(home.path, "models/clf/v2")] });
  await new Promise((resolve) => worker.once("message", resolve));
  const store = new FileModelStore(home.path);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is a rule for windows; this is a thread
  worker.postMessage("now");
  expect(await (await store.get("clf:v2")).text("f")).toBe("the new one");
  expect(latestIn(home.path)).toBe("v2");
  await worker.terminate();
});

test("readers of a version that is replaced again and again always find it, and latest stays", { timeout: 60_000 }, async () => {
  await using home = await temporaryFolder();
  const store = new FileModelStore(home.path);
  await bring(store, "clf:v1", 1);
  await bring(store, "clf:v2", 2);
  // The built package, in a process of its own.
  const script = `
    import { FileModelStore } from "@bento/store";
    const store = new FileModelStore(process.argv[1]);
    for (let round = 0; round < 500; round += 1) {
      const found = [await store.get("clf:v2"), await store.get("clf")].map((model) => String(model.tag));
      if (found.some((tag) => tag !== "clf:v2")) throw new Error("round " + round + ": " + found);
    }
  `;
  const reader = spawn(process.execPath, ["--input-type=module", "-e", script, home.path], {
    cwd: import.meta.dirname,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  reader.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const state = { isOver: false };
  const over = new Promise<void>((resolve) => reader.once("close", () => resolve())).then(() => (state.isOver = true));
  let rounds = 0;
  while (!state.isOver) {
    await bring(store, "clf:v2", 2 + (rounds += 1));
    await new Promise(setImmediate);
  }
  await over;
  expect(errors).toBe("");
  expect(rounds).toBeGreaterThan(0);
  expect(latestIn(home.path)).toBe("v2");
  expect(readdirSync(join(home.path, "tmp"))).toEqual([]);
});
