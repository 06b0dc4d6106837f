import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { BentoError } from "@bento/core";
import { Registry } from "@bento/registry";
import { serveRegistry } from "@bento/registry-server";
import { FileModelStore, type Progress } from "@bento/store";
import { expect, test } from "vitest";
import { temporaryHome } from "./support/temporary-home.js";

const mib = 1024 * 1024;
const quiet = (): void => {};

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

  await using disk = await temporaryHome();
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${24 * mib},mode=755`, "tmpfs", disk.path]);
  try {
    const registry = new Registry({ endpoint: server.url, token: "any", home: disk.path, env: {} });
    const error: unknown = await registry.pull("clf:v1").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "BENTO_STORE_FAILED", message: expect.stringContaining("the disk is full (ENOSPC)") });
    expect(BentoError.is(error) && error.hint).toContain("Free some space");
    expect(existsSync(join(disk.path, "models", "clf"))).toBe(false);

    execFileSync("mount", ["-o", `remount,size=${64 * mib}`, disk.path]);
    const pull = registry.pull("clf:v1");
    let last: Progress | undefined;
    for await (const progress of pull) last = progress;
    expect((await (await pull).model.verify()).status).toBe("ok");
    expect(last?.resumed).toBeGreaterThan(0);
  } finally {
    execFileSync("umount", [disk.path]);
  }
});
