import { FileModelStore } from "@bento/store";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { temporaryFolder } from "./bento.js";
import { run } from "./fake-terminal.js";

// Disks of busy machines take their time.
vi.setConfig({ testTimeout: 60_000 });

let home: string;
let out: string;

beforeEach(async () => {
  const folder = temporaryFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  home = join(folder.path, "home");
  out = join(folder.path, "public");
  const store = new FileModelStore(home);
  for (const tag of ["a:v1", "a:v2", "b:v1"]) await store.create(tag, (draft) => draft.write("f", "the same in all"));
});

const bentoYaml = `
service: service:Summ
name: summ
version: b1
bentoml_version: 1.4.39
creation_time: '2026-01-02T03:04:05.000006+00:00'
models:
- {tag: 'b:v1', module: '', creation_time: '2026-01-02T03:04:05+00:00'}
- {tag: 'c:v1', module: '', creation_time: '2026-01-02T03:04:05+00:00'}
`;

const exported = (...args: readonly string[]) => run(["--home", home, "registry", "export-static", "--out", out, ...args]);
const versions = (): string[] => {
  const { models } = JSON.parse(readFileSync(join(out, "bento-registry.json"), "utf8")) as { models: { name: string; version: string }[] };
  return models.map(({ name, version }) => `${name}:${version}`).toSorted();
};

test("writes all models, or those that are named; a name alone means all its versions", async () => {
  expect(await exported("a")).toMatchObject({ exit: 0, stdout: expect.stringMatching(/public: 2 models, 2 of them new; .* written\.\n$/) });
  expect(versions()).toEqual(["a:v1", "a:v2"]);
  const all = await exported("-o", "json");
  expect(JSON.parse(all.stdout)).toMatchObject({
    models: [
      { tag: "a:v1", outcome: "present" },
      { tag: "a:v2", outcome: "present" },
      { tag: "b:v1", outcome: "exported" },
    ],
  });
  expect(versions()).toEqual(["a:v1", "a:v2", "b:v1"]);
});

test("takes out what the home no longer has only if that is said", async () => {
  await exported();
  await new FileModelStore(home).delete("a:v1");
  expect((await exported()).stdout).toMatch(/public: 2 models, 0 of them new; .* written\.\n$/);
  expect(versions()).toEqual(["a:v1", "a:v2", "b:v1"]);
  expect((await exported("b", "--prune")).stdout).toMatch(/: 1 model, 0 of them new; .* written\. 1 version and .* removed\.\n$/);
  expect(versions()).toEqual(["a:v2", "b:v1"]);
});

test("writes bentos with their models, and says which of these nobody has", async () => {
  const bento = join(home, "bentos/summ/b1");
  mkdirSync(bento, { recursive: true });
  writeFileSync(join(bento, "bento.yaml"), bentoYaml);
  const { exit, stdout, stderr } = await exported("--bento", "summ");
  expect([exit, versions()]).toEqual([0, ["b:v1"]]);
  expect(stdout).toMatch(/public: 1 model and 1 bento, 2 of them new; /);
  expect(stderr).toContain("c:v1");
  expect(await exported("--bento", "other")).toMatchObject({ exit: 1, stderr: expect.stringContaining('"other"') });
});

test("says what is not there, and what is not said", async () => {
  expect(await exported("c")).toMatchObject({ exit: 1, stderr: expect.stringContaining('"c"') });
  expect(existsSync(out)).toBe(false);
  expect(await run(["--home", home, "registry", "export-static"])).toMatchObject({ exit: 2, stderr: expect.stringContaining("--out") });
});
