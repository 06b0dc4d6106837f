import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createClient } from "@bento/client";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Digits } from "./service.js";

// Real processes on a busy machine take their time.
vi.setConfig({ testTimeout: 60_000 });

interface Row {
  readonly input: number[];
  readonly label: number;
  readonly probabilities: number[];
}

const folder = fileURLToPath(new URL(".", import.meta.url));
const rows = readFileSync(join(folder, "assets", "test-rows.jsonl"), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Row);
const images = rows.map((row) => row.input);
const readme = readFileSync(join(folder, "README.md"), "utf8");
const [setup, save, serve] = Array.from(readme.matchAll(/^```sh\n(.+)\n```$/gm), ([, command]) => command ?? "");

const home = mkdtempSync(join(tmpdir(), "bento-quickstart-"));
const env = { ...process.env, BENTOML_HOME: home, PORT: "0", NODE_OPTIONS: "" };
const run = promisify(execFile);
const sh = (command: string | undefined) => run("sh", ["-c", command ?? "exit 1"], { cwd: folder, env });

let server: ReturnType<typeof spawn>;
let url: string;
let curl: string;
let promised: string;

beforeAll(async () => {
  await sh(setup);
  expect((await sh(save)).stdout).toMatch(/^Saved digits:[a-z0-9]{16}\.\n$/);
  server = spawn("sh", ["-c", `exec ${serve}`], { cwd: folder, env, stdio: ["ignore", "pipe", "inherit"] });
  const said = createInterface({ input: server.stdout as NodeJS.ReadableStream });
  for await (const line of said) {
    url ??= /is served at (\S+):/.exec(line)?.[1] as string;
    curl ??= /^ {2}(curl .*)$/.exec(line)?.[1] as string;
    promised ??= /It should answer (.*?)\. /.exec(line)?.[1] as string;
    if (promised) break;
  }
  // Whatever it says later must not fill the pipe.
  server.stdout?.resume();
}, 120_000);

afterAll(() => {
  server?.kill("SIGKILL");
  rmSync(home, { recursive: true, force: true });
});

test("the printed curl gives the promised answer", async () => {
  expect((await sh(curl)).stdout).toBe(promised);
});

test("every label is the one that ONNX Runtime gave in Python", async () => {
  const labels = await createClient<Digits>(url).classify({ images });
  expect(labels).toHaveLength(450);
  expect(labels).toEqual(rows.map((row) => row.label));
});

test("every probability too, to 1e-5", async () => {
  const readings = await createClient<Digits>(url).probabilities({ images });
  expect(readings).toHaveLength(450);
  for (const [i, { digit, probability, all }] of readings.entries()) {
    expect(digit).toBe(rows[i]?.label);
    expect(probability).toBe(all[digit]);
    for (const [n, expected] of (rows[i]?.probabilities ?? []).entries())
      expect(Math.abs((all[n] ?? Number.NaN) - expected)).toBeLessThan(1e-5);
  }
});

test("an image of the wrong size is refused, and the problem located", async () => {
  const call = createClient<Digits>(url).classify({ images: [[1, 2, 3]] });
  await expect(call).rejects.toMatchObject({ code: "BENTO_INPUT_INVALID", issues: [{ path: ["images", 0] }] });
});

test("saving again finds what is there", async () => {
  expect((await sh(save)).stdout).toMatch(/^The store has digits:[a-z0-9]{16} already\.\n$/);
});

test("an interrupt drains the server and ends it", async () => {
  const closed = once(server, "close");
  server.kill("SIGINT");
  expect(await closed).toEqual([0, null]);
  await expect(createClient<Digits>(url).classify({ images: [images[0] ?? []] })).rejects.toMatchObject({ code: "BENTO_REMOTE_FAILED" });
});
