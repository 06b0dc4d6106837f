import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { MemoryModelStore } from "../src/index.js";
import { temporaryFolder } from "./support/temporary-folder.js";

test("nothing is written to disk until a path is asked for, and it goes with the store", async () => {
  await using folder = await temporaryFolder();
  vi.stubEnv("TMPDIR", folder.path);
  try {
    const store = new MemoryModelStore();
    const model = await store.create("clf:v1", (draft) => draft.write("f", "1"));
    await model.read("f");
    await model.verify();
    await model.files();
    expect([store.location, store.shared]).toEqual(["memory", false]);
    expect(readdirSync(folder.path)).toEqual([]);
    const path = model.resolvePath("f");
    expect(existsSync(path)).toBe(true);
    writeFileSync(path, "changed on disk");
    expect(await model.text("f")).toBe("1");
    await store.delete("clf");
    const again = await store.create("clf:v1", (draft) => draft.write("g", "2"));
    expect(readdirSync(again.path).toSorted()).toEqual([".manifest.json", "g", "model.yaml"]);
    await store[Symbol.asyncDispose]();
    expect(readdirSync(folder.path)).toEqual([]);
  } finally {
    vi.unstubAllEnvs();
  }
});

test("the files of a store that nobody closed go when the process exits", async () => {
  await using folder = await temporaryFolder();
  const script = `
    import { MemoryModelStore } from "@bento/store";
    const model = await new MemoryModelStore().create("clf:v1", (draft) => draft.write("f", "1"));
    process.stdout.write(model.path);
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
    cwd: import.meta.dirname,
    env: { ...process.env, TMPDIR: folder.path },
  });
  expect(stderr).toBe("");
  expect(stdout.startsWith(join(folder.path, "bento+"))).toBe(true);
  expect(readdirSync(folder.path)).toEqual([]);
});

test("the files of a process that was killed go when another one needs a folder", async () => {
  await using folder = await temporaryFolder();
  const script = `
    import { MemoryModelStore } from "@bento/store";
    const model = await new MemoryModelStore().create("clf:v1", (draft) => draft.write("f", "1"));
    model.path;
    process.kill(process.pid, "SIGKILL");
  `;
  const env = { ...process.env, TMPDIR: folder.path };
  const { signal } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { cwd: import.meta.dirname, env });
  expect(signal).toBe("SIGKILL");
  expect(readdirSync(folder.path)).toHaveLength(1);
  vi.stubEnv("TMPDIR", folder.path);
  try {
    await using store = new MemoryModelStore();
    const { path } = await store.create("clf:v1", () => {});
    expect(readdirSync(folder.path).map((name) => path.startsWith(join(folder.path, name)))).toEqual([true]);
  } finally {
    vi.unstubAllEnvs();
  }
});
