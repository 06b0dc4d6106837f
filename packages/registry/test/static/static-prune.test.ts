import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FileModelStore } from "@bento/store";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { exportStatic } from "../../src/static/index.js";
import { filesOf } from "../support/tree-files.js";

let folder: string;
let out: string;
let home: string;
let store: FileModelStore;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "bento-static-prune-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  [home, out] = [join(folder, "home"), join(folder, "out")];
  store = new FileModelStore(home);
  // Both have a file in common.
  for (const version of ["v1", "v2"]) await save(version);
  await exportStatic(out, { home });
});

async function save(version: string): Promise<void> {
  await store.create(`clf:${version}`, async (draft) => {
    await draft.write("weights.bin", `weights of ${version}`);
    await draft.write("labels.txt", "the same in all");
  });
}

interface Index {
  readonly models: readonly { readonly version: string; readonly digest: string }[];
}
const indexOf = (path: string): Index => JSON.parse(readFileSync(join(path, "bento-registry.json"), "utf8")) as Index;
const versionsIn = (path: string): string =>
  indexOf(path)
    .models.map(({ version }) => version)
    .toSorted()
    .join(" ");

/** What the store has, in a folder where nothing was before. */
async function fresh(): Promise<Record<string, string>> {
  await exportStatic(join(folder, "fresh"), { home });
  return filesOf(join(folder, "fresh"));
}

test("what the store no longer has goes, whatever is exported; all else stays", async () => {
  await store.delete("clf:v1");
  expect((await exportStatic(out, { home })).removed).toEqual({ models: [], bentos: [] });
  expect(versionsIn(out)).toBe("v1 v2");
  for (const path of ["README.txt", "parts/about.txt", "content/notes.json"]) writeFileSync(join(out, path), "of somebody else");
  const size = Object.keys(filesOf(out)).length;
  const { removed, bytes } = await exportStatic(out, { home, tags: ["clf:v2"], prune: true });
  expect([removed.models.map(String), versionsIn(out)]).toEqual([["clf:v1"], "v2"]);
  expect(bytes.removed).toBeGreaterThan(0);
  expect(Object.keys(filesOf(out)).length).toBeLessThan(size);
  for (const path of ["README.txt", "parts/about.txt", "content/notes.json"]) rmSync(join(out, path));
  expect(filesOf(out)).toEqual(await fresh());
});

test("what killed exports left goes a day later, and not from under one that writes it", async () => {
  const paths = ["content/.unfinished-0123", "parts/.unfinished-4567"].map((path) => join(out, path));
  const [old, young] = [join(out, ".unfinished-old"), join(out, ".unfinished-young")];
  for (const path of [old, young, ...paths]) writeFileSync(path, "half");
  utimesSync(old, new Date(0), new Date(0));
  await exportStatic(out, { home, prune: true });
  expect([old, young, ...paths].map((path) => existsSync(path))).toEqual([false, true, true, true]);
});

test("nothing is removed where it is not known what a version needs, and an export of all puts that right", async () => {
  await store.delete("clf:v1");
  const { digest } = indexOf(out).models.find(({ version }) => version === "v2") as Index["models"][number];
  const content = join(out, `content/${digest}.json`);
  writeFileSync(content, readFileSync(content, "utf8").replace("weights.bin", "weights.bim"));
  await save("v3");
  const before = Object.keys(filesOf(out));
  const pruning = exportStatic(out, { home, tags: ["clf:v3"], prune: true });
  await expect(pruning).rejects.toMatchObject({ code: "BENTO_INTEGRITY_FAILED", message: expect.stringContaining("clf:v2") });
  expect(Object.keys(filesOf(out))).toEqual(expect.arrayContaining(before));
  await exportStatic(out, { home, prune: true });
  expect(filesOf(out)).toEqual(await fresh());
});

/**
 * Exports in a process of its own, and keeps what the folder is before each step that changes it: what a kill would leave
 * there. @param killAt before which step it is killed
 * @returns the folders as they were
 */
async function stepByStep(place: string, killAt = Number.POSITIVE_INFINITY): Promise<readonly string[]> {
  const shots = `${place}-steps`;
  const code = `
    import { cpSync } from "node:fs";
    import fs from "node:fs/promises";
    import { syncBuiltinESMExports } from "node:module";
    const place = ${JSON.stringify(place)};
    let step = 0;
    for (const name of ["rename", "rm", "rmdir"]) {
      const real = fs[name];
      fs[name] = (path, ...rest) => {
        if (path.startsWith(place)) cpSync(place, ${JSON.stringify(shots)} + "/" + step, { recursive: true });
        if (path.startsWith(place) && step++ === ${killAt}) process.kill(process.pid, "SIGKILL");
        return real(path, ...rest);
      };
    }
    syncBuiltinESMExports();
    const { exportStatic } = await import("@bento/registry/static");
    await exportStatic(place, { home: ${JSON.stringify(home)}, prune: true });`;
  const cwd = fileURLToPath(new URL("../..", import.meta.url));
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], { cwd, stdio: "inherit" });
  const [status, signal] = (await once(child, "exit")) as [number | null, string | null];
  expect([status, signal]).toEqual(killAt === Number.POSITIVE_INFINITY ? [0, null] : [null, "SIGKILL"]);
  return readdirSync(shots).map((name) => join(shots, name));
}

/** What an index names and its folder does not have, or has otherwise. */
function brokenIn(place: string): readonly string[] {
  const files = filesOf(place);
  return indexOf(place).models.flatMap(({ digest }) => {
    const path = `content/${digest}.json`;
    if (files[path] === undefined) return [path];
    const { content } = JSON.parse(readFileSync(join(place, path), "utf8")) as { content: { files: { parts: string[] }[] } };
    const parts = content.files.flatMap((file) => file.parts);
    return parts.filter((sha256) => files[`parts/${sha256.slice(0, 2)}/${sha256}`] !== sha256);
  });
}

test("an export that is killed at any step leaves an index of which all is there, and the next one finishes", async () => {
  await store.delete("clf:v1");
  await save("v3");
  const whole = await fresh();
  const [killed, through] = [join(folder, "killed"), join(folder, "through")];
  for (const place of [killed, through]) cpSync(out, place, { recursive: true });
  // The sixth step is the first one after the index.
  await stepByStep(killed, 6);
  const steps = await stepByStep(through);
  expect(steps.length).toBeGreaterThan(10);
  expect([...new Set(steps.map(versionsIn))].toSorted()).toEqual(["v1 v2", "v2 v3"]);
  expect(versionsIn(killed)).toBe("v2 v3");
  for (const place of [killed, ...steps]) {
    expect([place, brokenIn(place)]).toEqual([place, []]);
    await exportStatic(place, { home, prune: true });
    const files = Object.entries(filesOf(place)).filter(([path]) => !path.includes(".unfinished-"));
    expect(Object.fromEntries(files)).toEqual(whole);
  }
});
