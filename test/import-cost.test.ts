import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { runCommand } from "./support/run-command.js";
import { buildPackages, workspaceRoot } from "./support/workspace.js";

const script = fileURLToPath(new URL("support/import-and-report.mjs", import.meta.url));

/** What importing one package cost a fresh process. */
interface ImportReport {
  /** npm packages of which a file was loaded. */
  readonly packages: readonly string[];
  /** Modules of Node that our files imported. */
  readonly builtins: readonly string[];
  /** Native add-ons. */
  readonly native: readonly string[];
  /** How many files of packages were loaded: what an import costs, without a clock. Milliseconds are in `bench/import`. */
  readonly files: number;
}

async function report(name: string): Promise<ImportReport> {
  const { stdout } = await runCommand(process.execPath, [script, name], { cwd: workspaceRoot, env: { NODE_OPTIONS: "" } });
  return JSON.parse(stdout) as ImportReport;
}

beforeAll(buildPackages, 120_000);

describe("what an import loads", () => {
  test("@bento/core: itself, nothing of Node", async () => {
    expect(await report("@bento/core")).toMatchObject({ packages: ["@bento/core"], builtins: [], native: [] });
  });

  test("@bento/client: itself and the core, nothing of Node", async () => {
    expect(await report("@bento/client")).toMatchObject({ packages: ["@bento/client", "@bento/core"], builtins: [], native: [] });
  });

  test("@bento/registry: itself besides what the store loads anyway, and nothing that makes requests", async () => {
    const [store, registry] = [await report("@bento/store"), await report("@bento/registry")];
    expect(registry.packages.filter((name) => !store.packages.includes(name))).toEqual(["@bento/registry"]);
    expect(registry.builtins.filter((name) => !store.builtins.includes(name))).toEqual([]);
    expect(registry.native).toEqual([]);
    expect(registry.files - store.files).toBeLessThanOrEqual(2);
  });

  test("@bento/sdk/kinds: zod besides what the sdk loads anyway", async () => {
    const [sdk, kinds] = [await report("@bento/sdk"), await report("@bento/sdk/kinds")];
    expect(kinds.packages.filter((name) => !sdk.packages.includes(name))).toEqual(["zod"]);
    expect(kinds.native).toEqual([]);
  });

  test("@bento/sdk: no server, archive codec, native module, yaml or zod-to-json-schema", async () => {
    const { packages, builtins, native, files } = await report("@bento/sdk");
    expect(files).toBeLessThanOrEqual(6);
    const light = ["@bento/core", "@bento/sdk", "@bento/store", "reflect-metadata"];
    expect(packages).toContain("@bento/sdk");
    expect(packages.filter((name) => !light.includes(name))).toEqual([]);
    expect(native).toEqual([]);
    const heavy = [
      "node:http",
      "node:https",
      "node:http2",
      "node:net",
      "node:zlib",
      "node:child_process",
      "node:cluster",
      "node:worker_threads",
    ];
    expect(builtins.filter((name) => heavy.includes(name))).toEqual([]);
  });
});
