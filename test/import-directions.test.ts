import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

// Real processes on a busy machine take their time.
vi.setConfig({ testTimeout: 60_000 });

const root = fileURLToPath(new URL("..", import.meta.url));
const oxlint = join(root, "node_modules", ".bin", "oxlint");
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bento-lint-"));
  copyFileSync(join(root, ".oxlintrc.json"), join(folder, ".oxlintrc.json"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The messages about imports that the lint has for a file with one import. */
function restrictedImports(file: string, specifier: string): string[] {
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `import { thing } from ${JSON.stringify(specifier)};\nexport const kept = [thing];\n`);
  const { stdout } = spawnSync(oxlint, ["--format=json", file], { cwd: folder, encoding: "utf8" });
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string; help: string }[] };
  return diagnostics.filter(({ code }) => code.includes("no-restricted-imports")).map(({ help }) => help);
}

const backwards = expect.stringContaining("never the other way") as string;
const noNode = expect.stringContaining("no Node API") as string;
const byName = expect.stringContaining("Packages meet at their names") as string;

test.each([
  ["packages/core/src/a.ts", "@bento/store", backwards],
  ["packages/core/src/a.ts", "@bento/client", backwards],
  ["packages/core/src/deep/a.ts", "node:fs", noNode],
  ["packages/store/src/a.ts", "@bento/sdk", backwards],
  ["packages/store/src/a.ts", "@bento/server", backwards],
  ["packages/store/src/a.ts", "@bento/registry", backwards],
  ["packages/registry/src/a.ts", "@bento/sdk", backwards],
  ["packages/registry/src/a.ts", "@bento/registry-server", backwards],
  ["packages/registry-server/src/a.ts", "@bento/server", backwards],
  ["packages/sdk/src/a.ts", "@bento/server", backwards],
  ["packages/sdk/src/a.ts", "@bento/client", backwards],
  ["packages/client/src/a.ts", "@bento/sdk", backwards],
  ["packages/client/src/a.ts", "node:http", noNode],
  ["packages/server/src/a.ts", "@bento/cli", backwards],
  ["packages/cli/src/a.ts", "@bento/store/src/home.js", byName],
  ["packages/server/src/a.ts", "../../sdk/src/spec.js", byName],
  ["packages/server/src/http/a.test.ts", "../../../core/dist/tag.js", byName],
  ["packages/server/test/a.test.ts", "../../sdk/src/spec.js", byName],
  ["examples/quickstart/service.ts", "../../packages/sdk/src/index.js", byName],
])("%s may not import %s", (file, specifier, message) => {
  expect(restrictedImports(file, specifier)).toEqual([message]);
});

test.each([
  ["packages/store/src/a.ts", "@bento/core"],
  ["packages/store/src/a.ts", "node:fs"],
  ["packages/registry/src/a.ts", "@bento/store"],
  ["packages/registry-server/src/a.ts", "@bento/registry/wire"],
  ["packages/sdk/src/a.ts", "@bento/store"],
  ["packages/sdk/src/a.ts", "@bento/registry"],
  ["packages/client/src/a.ts", "@bento/core"],
  ["packages/client/src/a.test.ts", "node:http"],
  ["packages/server/src/a.ts", "@bento/client"],
  ["packages/server/src/a.ts", "@bento/sdk/runtime"],
  ["packages/server/src/http/a.ts", "../executor/executor.js"],
  ["packages/cli/src/a.ts", "@bento/server"],
  ["packages/client/test/a.test.ts", "../src/index.js"],
])("%s may import %s", (file, specifier) => {
  expect(restrictedImports(file, specifier)).toEqual([]);
});
