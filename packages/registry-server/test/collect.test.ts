import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BentoError } from "@bento/core";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createAuditLog } from "../src/audit/audit-log.js";
import type { BlobStore } from "../src/blobs/blob-store.js";
import { FolderBlobStore } from "../src/blobs/folder.js";
import { storePart } from "../src/blobs/store-part.js";
import type { Catalog } from "../src/catalog/catalog.js";
import { createCatalog } from "../src/catalog/create-catalog.js";
import { collect } from "../src/collect/collect.js";
import { Collector } from "../src/collect/collector.js";
import { openSqlite } from "../src/database/sqlite.js";
import { FolderUploads } from "../src/uploads/folder.js";
import { startContentServer } from "./support/content-server.js";
import { beginOf, contentOf, type MadeFiles, modelYaml, sha256Of } from "./support/made-item.js";
import { once, pushModel, storedIn } from "./support/pushed-model.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bento-collect-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Everything is old enough. */
const atOnce = { graceMs: -60_000 };

/** Parts of all that is published. */
async function neededOf(catalog: Catalog): Promise<Set<string>> {
  const needed = new Set<string>();
  for (const { kind, name, version } of (await catalog.versions("model")).items) {
    const found = await catalog.content(kind, name, version);
    for (const { parts } of found?.content.files ?? []) for (const part of parts) needed.add(part);
  }
  return needed;
}

/** Looks whether a version that can be seen is whole. One that changes meanwhile says nothing. */
async function expectWhole({ catalog, blobs }: { readonly catalog: Catalog; readonly blobs: BlobStore }, version: string): Promise<void> {
  const before = await catalog.version("model", "m", version);
  const found = await catalog.content("model", "m", version);
  const stored = await storedIn(blobs);
  const after = await catalog.version("model", "m", version);
  if (before === undefined || before.uid !== after?.uid || before.updatedAt !== after.updatedAt) return;
  const parts = found?.content.files.flatMap((file) => file.parts) ?? [];
  expect(parts.filter((part) => !stored.has(part))).toEqual([]);
}

test("at every instant a collection takes nothing that a push counts on, and in the end all that nobody needs", async () => {
  let runs = 0;
  const version = fc.constantFrom("v1", "v2");
  // Few parts, so that many of the orders put a push between the steps of a collection.
  const pushes = fc.record({ do: fc.constant("push" as const), version, files: fc.subarray(["a", "b"], { minLength: 1 }) });
  const deletions = fc.record({ do: fc.constant("delete" as const), version });
  const lanes = fc.array(fc.array(fc.oneof(pushes, pushes, deletions), { minLength: 2, maxLength: 4 }), { minLength: 2, maxLength: 2 });
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), lanes, async (scheduler, pushing) => {
      const root = join(folder, `run-${(runs += 1)}`);
      const database = await openSqlite(join(root, "registry.db"));
      const real = {
        catalog: createCatalog(database),
        blobs: new FolderBlobStore(root),
        uploads: new FolderUploads(join(root, "uploads")),
        audit: createAuditLog(database),
      };
      // Everything that is asked of catalog and blobs waits for its turn, so that any two things can come in any order.
      const stores = { ...real, catalog: inTurns(scheduler, real.catalog), blobs: inTurns(scheduler, real.blobs) };
      // To begin with, all parts are stored and nobody needs them.
      await pushModel(real, "m:v0", { a: "a", b: "b" });
      await real.catalog.deleteVersion("model", "m", "v0");
      const work = pushing.map(async (lane) => {
        for (const action of lane) {
          if (action.do === "push")
            await pushModel(stores, `m:${action.version}`, Object.fromEntries(action.files.map((name) => [name, name])));
          else await stores.catalog.deleteVersion("model", "m", action.version);
          for (const seen of ["v1", "v2"]) await expectWhole(real, seen);
        }
      });
      work.push(
        (async () => {
          for (let time = 0; time < 3; time += 1) await collect(stores, atOnce);
        })(),
      );
      await scheduler.waitFor(Promise.all(work));
      await collect(real, atOnce);
      expect(await storedIn(real.blobs)).toEqual(await neededOf(real.catalog));
      await database.close();
      await rm(root, { recursive: true });
    }),
    { numRuns: 20 },
  );
});

/** The same, but a scheduler says when each call has its turn. */
function inTurns<T extends object>(scheduler: fc.Scheduler, target: T): T {
  return watched(target, async (name, call) => {
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => void (end = resolve));
    // What is slower by nature would never come between what is faster: so nothing else begins before this one ends.
    await scheduler.schedule(Promise.resolve(), name, undefined, async (begin) => {
      await begin();
      await ended;
    });
    try {
      return await call();
    } finally {
      end();
    }
  });
}

test("a push that begins at any step of a collection ends with all of its parts there", async () => {
  const files = { a: "a", b: "b" };
  for (let step = 0, isOver = false; !isOver; step += 1) {
    const root = join(folder, `step-${step}`);
    const database = await openSqlite(join(root, "registry.db"));
    const real = {
      catalog: createCatalog(database),
      blobs: new FolderBlobStore(root),
      uploads: new FolderUploads(join(root, "uploads")),
      audit: createAuditLog(database),
    };
    await pushModel(real, "m:v0", files);
    await real.catalog.deleteVersion("model", "m", "v0");
    // Of a part that is just being removed a push is told to come back: then the collection has to go on first.
    let comeBack = (): void => {};
    const toldToComeBack = new Promise<void>((resolve) => void (comeBack = resolve));
    const catalog = watched(real.catalog, async (name, call) => {
      return call().catch((error: unknown) => {
        if (name === "holdPart" && BentoError.is(error, "BENTO_UNAVAILABLE")) comeBack();
        throw error;
      });
    });
    let pushing: Promise<void> | undefined;
    let steps = 0;
    const atStep = async (_name: string, call: () => Promise<unknown>): Promise<unknown> => {
      const answer = await call();
      if ((steps += 1) === step + 1) {
        pushing = pushModel({ ...real, catalog }, "m:v1", files);
        await Promise.race([pushing, toldToComeBack]);
      }
      return answer;
    };
    await collect({ ...real, catalog: watched(real.catalog, atStep), blobs: watched(real.blobs, atStep) }, atOnce);
    isOver = pushing === undefined;
    await pushing;
    expect(isOver || (await neededOf(real.catalog)).size === 2).toBe(true);
    const stored = await storedIn(real.blobs);
    expect(
      [...(await neededOf(real.catalog))].filter((part) => !stored.has(part)),
      `step ${step}`,
    ).toEqual([]);
    if (isOver) expect(step).toBeGreaterThan(5);
    await database.close();
  }
});

/** The same, but somebody stands around each call that answers with a promise. */
function watched<T extends object>(target: T, around: (name: string, call: () => Promise<unknown>) => Promise<unknown>): T {
  return new Proxy(target, {
    get: (object, name) => {
      const method: unknown = Reflect.get(object, name);
      if (typeof method !== "function" || name === "list" || name === "condemnParts") {
        return typeof method === "function" ? (method.bind(object) as unknown) : method;
      }
      return (...given: unknown[]): Promise<unknown> =>
        around(String(name), () => Reflect.apply(method, object, given) as Promise<unknown>);
    },
  });
}

test("a push in progress keeps what it has sent and what it found, however often is collected, until its time is over", async () => {
  let now = Date.now();
  await using server = await startContentServer({ now: () => now, pushTtlMs: 3_600_000 });
  const root = "/api/v1/model_repositories/m/models";
  const whole = async (version: string, files: MadeFiles): Promise<Response> => {
    const { content, parts } = contentOf(files);
    const begun = (await (await server.ask("POST", `${root}/${version}/content/begin`, beginOf(content))).json()) as {
      push: string;
      missing: string[];
    };
    for (const sha256 of begun.missing) {
      await server.ask("PUT", `/api/v1/content/${sha256}?push=${begun.push}`, parts.get(sha256) as Uint8Array<ArrayBuffer>);
    }
    return server.ask("POST", `${root}/${version}/content/commit`, { push: begun.push });
  };
  await whole("v1", { "model.yaml": modelYaml("m:v1"), shared: "shared" });
  const files = { "model.yaml": modelYaml("m:v2"), shared: "shared", own: "own" };
  const { content } = contentOf(files);
  const { push, missing } = (await (await server.ask("POST", `${root}/v2/content/begin`, beginOf(content))).json()) as {
    push: string;
    missing: string[];
  };
  expect(missing).not.toContain(sha256Of("shared"));
  await server.ask("PUT", `/api/v1/content/${sha256Of("own")}?push=${push}`, "own");
  // The version that the shared part was found in goes away.
  expect((await server.ask("DELETE", `${root}/v1`)).status).toBe(200);
  const collector = new Collector({ ...server }, { ...atOnce, now: () => now });
  for (let time = 0; time < 3; time += 1) await collector.run();
  expect(await storedIn(server.blobs)).toEqual(new Set([sha256Of("own"), sha256Of("shared")]));
  now += 3_700_000;
  expect(await collector.run()).toMatchObject({ pushes: 1, parts: 2 });
  await collector[Symbol.asyncDispose]();
  expect(await storedIn(server.blobs)).toEqual(new Set());
  expect((await server.ask("GET", `/api/v1/content?push=${push}`)).status).toBe(404);
});

test("parts are kept for their time of grace, so that a push that begins again does not send them again", async () => {
  await using server = await startContentServer();
  const { id } = await server.catalog.beginPush({
    kind: "model",
    name: "m",
    version: "v1",
    replaces: "never",
    by: "ann",
    content: contentOf({ w: "weights" }).content,
  });
  await storePart(server, id, { sha256: sha256Of("weights"), size: 7, source: once(Buffer.from("weights")) });
  await server.catalog.abortPush(id);
  expect(await collect({ ...server })).toMatchObject({ parts: 0 });
  expect(await collect({ ...server }, { now: () => Date.now() + 3_700_000 })).toMatchObject({ parts: 1 });
});

test("what a crash left is removed: blobs that no row tells of, a collection that did not end, uploads of no push", async () => {
  await using server = await startContentServer();
  await server.blobs.put(sha256Of("lost"), 4, once(Buffer.from("lost")));
  const { id } = await server.catalog.beginPush({
    kind: "model",
    name: "m",
    version: "v1",
    replaces: "never",
    by: "ann",
    content: contentOf({ w: "cut" }).content,
  });
  await storePart(server, id, { sha256: sha256Of("cut"), size: 3, source: once(Buffer.from("cut")) });
  await server.catalog.abortPush(id);
  await server.catalog.sweepContents();
  const failing = {
    ...server,
    blobs: { list: () => server.blobs.list(), sweep: async () => {}, delete: () => Promise.reject(new Error("killed")) },
  };
  await expect(collect(failing, atOnce)).rejects.toThrow("killed");
  await server.uploads.put(await server.uploads.begin(), 1, once(Buffer.from("part")));
  expect(await readdir(join(server.root, "uploads"))).toHaveLength(1);
  await collect({ ...server }, { ...atOnce, now: () => Date.now() + 8 * 24 * 3_600_000 });
  expect(await storedIn(server.blobs)).toEqual(new Set());
  expect(await readdir(join(server.root, "uploads"))).toEqual([]);
});

test("an upload in parts whose time is over is removed with its push, and its version says so", async () => {
  let now = Date.now();
  await using server = await startContentServer({ now: () => now, strategy: "presigned_url" });
  const about = { description: "", labels: [], manifest: {}, buildAt: "2026-01-02T03:04:05Z" };
  await server.catalog.createVersion("model", "m", "v1", about);
  const root = "/api/v1/model_repositories/m/models/v1";
  await server.ask("PATCH", `${root}/start_upload`);
  const { upload_id } = (await (await server.ask("PATCH", `${root}/start_multipart_upload`)).json()) as { upload_id: string };
  const asked = await server.ask("PATCH", `${root}/presign_multipart_upload_url`, { upload_id, part_number: 1 });
  const { presigned_upload_url: url } = (await asked.json()) as { presigned_upload_url: string };
  expect((await fetch(url, { method: "PUT", body: "part" })).status).toBe(200);
  expect(await readdir(join(server.root, "uploads"))).toHaveLength(1);
  now += 25 * 3_600_000;
  await collect({ ...server }, { now: () => now });
  expect(await readdir(join(server.root, "uploads"))).toEqual([]);
  expect(await server.catalog.version("model", "m", "v1")).toMatchObject({ uploadStatus: "failed" });
});
