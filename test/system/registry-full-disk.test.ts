import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { BentoError } from "@bento/core";
import { Registry } from "@bento/registry";
import { serveRegistry } from "@bento/registry-server";
import { FileModelStore, type Progress } from "@bento/store";
import { expect, test } from "vitest";
import { temporaryHome } from "./support/temporary-home.js";

const mib = 1024 * 1024;
const quiet = (): void => {};

/** A disk with so much room, which `grow` gives more. */
async function smallDisk(bytes: number): Promise<AsyncDisposable & { readonly path: string; readonly grow: (to: number) => void }> {
  const folder = await temporaryHome();
  const { path } = folder;
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${bytes},mode=755`, "tmpfs", path]);
  return {
    path,
    grow: (to) => void execFileSync("mount", ["-o", `remount,size=${to}`, path]),
    [Symbol.asyncDispose]: async () => {
      // The database's library lets go of its file when it is collected.
      execFileSync("umount", ["--lazy", path]);
      await folder[Symbol.asyncDispose]();
    },
  };
}

test("a pull onto a disk that gets full says so, shows nothing, and goes on once there is room", async () => {
  await using folder = await temporaryHome();
  await using server = await serveRegistry({
    data: join(folder.path, "registry"),
    port: 0,
    insecure: true,
    logger: { info: quiet, warn: quiet, error: quiet },
  });
  const home = join(folder.path, "author");
  const store = new FileModelStore(home);
  const model = await store.create("clf:v1", (draft) => draft.write("weights", randomBytes(40 * mib)));
  await new Registry({ endpoint: server.url, token: "any", home, env: {} }).push(model.tag);

  await using disk = await smallDisk(24 * mib);
  const registry = new Registry({ endpoint: server.url, token: "any", home: disk.path, env: {} });
  const error: unknown = await registry.pull("clf:v1").catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "BENTO_STORE_FAILED", message: expect.stringContaining("the disk is full (ENOSPC)") });
  expect(BentoError.is(error) && error.hint).toContain("Free some space");
  expect(existsSync(join(disk.path, "models", "clf"))).toBe(false);

  disk.grow(64 * mib);
  const pull = registry.pull("clf:v1");
  let last: Progress | undefined;
  for await (const progress of pull) last = progress;
  expect((await (await pull).model.verify()).status).toBe("ok");
  expect(last?.resumed).toBeGreaterThan(0);
});

test("a registry whose disk gets full says so, shows nothing, answers on, and takes the rest once there is room", async () => {
  await using folder = await temporaryHome();
  await using disk = await smallDisk(24 * mib);
  const home = join(folder.path, "author");
  const model = await new FileModelStore(home).create("clf:v1", (draft) => draft.write("weights", randomBytes(40 * mib)));
  const logger = { info: quiet, warn: quiet, error: quiet };
  await using server = await serveRegistry({ data: join(disk.path, "registry"), port: 0, insecure: true, logger });
  const registry = new Registry({ endpoint: server.url, token: "any", home, env: {} });
  const error: unknown = await registry.push(model.tag).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "BENTO_QUOTA_EXCEEDED", message: expect.stringContaining("disk") });
  expect(await registry.list()).toEqual([]);
  await expect.poll(() => readdir(join(disk.path, "registry", "tmp"))).toEqual([]);

  disk.grow(64 * mib);
  const push = registry.push(model.tag);
  let last: Progress | undefined;
  for await (const progress of push) last = progress;
  expect((await push).outcome).toBe("pushed");
  expect(last?.resumed).toBeGreaterThan(0);
  const reader = new Registry({ endpoint: server.url, token: "any", home: join(folder.path, "reader"), env: {} });
  expect((await (await reader.pull("clf:v1")).model.verify()).status).toBe("ok");
});
