import { randomBytes } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { BlobStore } from "../src/blobs/blob-store.js";
import { diskFailure } from "../src/blobs/disk-failure.js";
import { collect } from "../src/collect/collect.js";
import { type ContentServer, startContentServer } from "./support/content-server.js";
import { beginOf, contentOf, modelYaml, sha256Of, tarOfFiles } from "./support/made-item.js";

/** What the system says when a disk is full, at the write that it says it of. */
function noSpace(): never {
  throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC", syscall: "write" });
}

/** A disk that takes so many more blobs, and is full then. */
function filling(folder: BlobStore, room: { left: number }): BlobStore {
  return new Proxy(folder, {
    get: (target, name) => {
      if (name !== "put") {
        const value: unknown = Reflect.get(target, name);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      }
      return async (...given: Parameters<BlobStore["put"]>): Promise<void> => {
        if ((room.left -= 1) < 0) await diskFailure("write", async () => noSpace());
        await target.put(...given);
      };
    },
  });
}

const about = { description: "", labels: [], manifest: {}, buildAt: "2026-01-02T03:04:05Z" };
const root = "/api/v1/model_repositories/m/models/v1";

async function expectFull(answer: Response): Promise<void> {
  const { error, code, hint } = (await answer.json()) as Record<string, string>;
  expect([answer.status, code]).toEqual([507, "BENTO_QUOTA_EXCEEDED"]);
  expect(error).toContain("full");
  expect(hint).toContain("push again");
}

async function expectNothingVisible(server: ContentServer): Promise<void> {
  expect((await server.ask("GET", `${root}/content`)).status).toBe(404);
  expect((await server.ask("GET", `${root}/download`)).status).toBe(404);
}

test.for([0, 1, 2])("a disk that is full after %i parts of an uploaded tar: the client is told, and nothing is visible", async (left) => {
  const room = { left };
  await using server = await startContentServer({ blobs: (folder) => filling(folder, room) });
  await server.catalog.createVersion("model", "m", "v1", about);
  const tar = tarOfFiles({ "model.yaml": modelYaml("m:v1"), w: randomBytes(20_000_000) });
  await expectFull(await server.ask("PUT", `${root}/upload`, tar as Uint8Array<ArrayBuffer>));
  expect(await server.catalog.version("model", "m", "v1")).toMatchObject({ uploadStatus: "failed", contentDigest: null });
  await expectNothingVisible(server);
  await collect({ ...server }, { graceMs: -60_000 });
  const blobs: string[] = [];
  for await (const { sha256 } of server.blobs.list()) blobs.push(sha256);
  expect(blobs).toEqual([]);
  // When somebody has made room, it is as if nothing had been.
  room.left = 1000;
  expect((await server.ask("PUT", `${root}/upload`, tar as Uint8Array<ArrayBuffer>)).status).toBe(200);
});

test("a disk that is full in the middle of a push by parts: what came is kept, and the push goes on when there is room", async () => {
  const room = { left: 1 };
  await using server = await startContentServer({ blobs: (folder) => filling(folder, room) });
  const files = { "model.yaml": modelYaml("m:v1"), w: "weights" };
  const { content, parts } = contentOf(files);
  const { push } = (await (await server.ask("POST", `${root}/content/begin`, beginOf(content))).json()) as { push: string };
  const put = (part: string): Promise<Response> =>
    server.ask("PUT", `/api/v1/content/${part}?push=${push}`, parts.get(part) as Uint8Array<ArrayBuffer>);
  expect((await put(sha256Of(files["model.yaml"]))).status).toBe(200);
  await expectFull(await put(sha256Of("weights")));
  expect((await server.ask("POST", `${root}/content/commit`, { push })).status).toBe(409);
  await expectNothingVisible(server);
  room.left = 1;
  expect((await put(sha256Of("weights"))).status).toBe(200);
  expect((await server.ask("POST", `${root}/content/commit`, { push })).status).toBe(200);
});

test("a disk that is full in the middle of a part leaves no half of it", async () => {
  await using server = await startContentServer();
  const source = async function* (): AsyncGenerator<Uint8Array, void> {
    yield randomBytes(1000);
    await diskFailure("write", async () => noSpace());
  };
  await expect(server.blobs.put("a".repeat(64), 2000, source())).rejects.toMatchObject({ code: "BENTO_QUOTA_EXCEEDED", status: 507 });
  expect(await readdir(join(server.root, "blobs", "tmp"))).toEqual([]);
});
