import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

// Real processes on a busy machine take their time.
vi.setConfig({ testTimeout: 120_000 });

const folder = fileURLToPath(new URL(".", import.meta.url));
const readme = readFileSync(join(folder, "README.md"), "utf8");
const [start, pooled] = Array.from(readme.matchAll(/^```sh\n(.+)\n```$/gm), ([, command]) => command ?? "");

const home = mkdtempSync(join(tmpdir(), "bento-batching-"));
const run = promisify(execFile);
const sh = (command: string | undefined) =>
  run("sh", ["-c", command ?? "exit 1"], { cwd: folder, env: { ...process.env, BENTOML_HOME: home, NODE_OPTIONS: "" } });

beforeAll(() => run(process.execPath, ["../../scripts/setup.mjs"], { cwd: folder }), 240_000);
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** What the program says of an endpoint. */
function row(output: string, name: string) {
  const cells = new RegExp(`^${name} +([\\d,]+) +([\\d.]+) +([\\d.]+) +([\\d,]+) of ([\\d,]+)$`, "m").exec(output) ?? [];
  const [perSecond, p50, p99, right, answers] = cells.slice(1).map((cell) => Number(cell.replaceAll(",", "")));
  return { perSecond: perSecond ?? 0, p50: p50 ?? 0, p99: p99 ?? 0, right, answers: answers ?? 0 };
}

/** How many requests it says one call answered. */
function batchSize(output: string): number {
  return Number(/one call of the model answered ([\d.]+) of them/.exec(output)?.[1]);
}

test("every answer is right, many requests share a call of the model, and the gain is told", async () => {
  const { stdout } = await sh(`${start} -- --seconds 0.5 --rounds 1`);
  const [alone, gathered] = [row(stdout, "one by one"), row(stdout, "in batches")];
  for (const { perSecond, p50, p99, right, answers } of [alone, gathered]) {
    expect(answers).toBeGreaterThan(100);
    expect(right).toBe(answers);
    expect(perSecond).toBeGreaterThan(0);
    expect(p99).toBeGreaterThanOrEqual(p50);
  }
  // How much it is depends on what else the machine does; `npm run bench -- batching` measures it.
  const gain = Number(/Batching answers ([\d.]+) times as many/.exec(stdout)?.[1]);
  expect(Math.abs(gain - gathered.perSecond / alone.perSecond)).toBeLessThan(0.1);
  expect(batchSize(stdout)).toBeGreaterThan(2);
});

test("through worker processes every answer is right, too", async () => {
  const { stdout } = await sh(`${pooled} --seconds 0.5 --rounds 1`);
  expect(stdout).toContain("in 2 workers");
  expect(batchSize(stdout)).toBeGreaterThan(1);
  for (const { right, answers } of [row(stdout, "one by one"), row(stdout, "in batches")]) {
    expect(answers).toBeGreaterThan(10);
    expect(right).toBe(answers);
  }
});
