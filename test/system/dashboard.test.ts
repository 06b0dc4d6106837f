import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve } from "@bento/server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { queriesOf, readDashboard } from "../support/dashboard.js";
import { freePort } from "../support/free-port.js";
import { callObserved, Observed, silentLogger } from "../support/observed-service.js";
import { runCommand } from "../support/run-command.js";
import { type RunningProgram, startProgram } from "../support/running-program.js";
import { ensureDebianPackages } from "./support/apt.js";

/** What Grafana would put in the place of its variables. */
const variables: Readonly<Record<string, string>> = { $__rate_interval: "10s", $service: ".*", $instance: ".*", $endpoint: ".*" };

let server: Awaited<ReturnType<typeof serve>>;
let prometheus: RunningProgram;
let url: string;
let folder: string;

beforeAll(async () => {
  await ensureDebianPackages(["prometheus"]);
  server = await serve(Observed, { port: 0, banner: false, accessLog: false, logger: silentLogger });
  folder = await mkdtemp(join(tmpdir(), "bento-prometheus-"));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const job = { job_name: "bento", scrape_interval: "250ms", static_configs: [{ targets: [new URL(server.url).host] }] };
  // JSON is YAML.
  await writeFile(join(folder, "prometheus.yml"), JSON.stringify({ scrape_configs: [job] }));
  const options = {
    "config.file": join(folder, "prometheus.yml"),
    "storage.tsdb.path": join(folder, "data"),
    "web.listen-address": new URL(url).host,
  };
  const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  prometheus = await startProgram({ file: "prometheus", args, cwd: folder, readyUrl: `${url}/-/ready`, deadlineMs: 60_000 });
});
afterAll(async () => {
  await prometheus?.stop();
  await server?.close();
  if (folder !== undefined) await rm(folder, { recursive: true });
});

/** The values of a query now. @throws Error with what Prometheus has against it */
async function ask(expr: string): Promise<readonly number[]> {
  const query = Object.entries(variables).reduce((text, [name, value]) => text.replaceAll(name, value), expr);
  const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`);
  const body = (await answer.json()) as { error?: string; data: { result: { value: [number, string] }[] } };
  if (answer.status !== 200) throw new Error(`${expr}: ${body.error}`);
  return body.data.result.map(({ value: [, value] }) => Number(value));
}

test("every query of the dashboard has numbers in a real Prometheus", async () => {
  const queries = queriesOf(await readDashboard());
  const isAnswered = async (expr: string): Promise<boolean> => (await ask(expr)).some((value) => Number.isFinite(value));
  // What has gone up since the scrape before has a rate; so there is traffic for as long as anything has none.
  const silent = async (): Promise<readonly string[]> => {
    await callObserved(server.url);
    const answered = await Promise.all(queries.map(({ expr }) => isAnswered(expr)));
    return queries.filter((_, at) => answered[at] !== true).map(({ panel, expr }) => `${panel}: ${expr}`);
  };
  await expect.poll(silent, { timeout: 60_000, interval: 300 }).toEqual([]);
});

test("what its panels say is what was done", async () => {
  const query = async (expr: string): Promise<number> => (await ask(expr))[0] ?? Number.NaN;
  const [size, most, wait, run, last] = await Promise.all(
    [
      "sum(bentoml_service_adaptive_batch_size_sum) / sum(bentoml_service_adaptive_batch_size_count)",
      "sum(bentoml_service_batch_items_sum) / sum(bentoml_service_batch_items_count)",
      'sum(bentoml_service_batch_request_seconds_total{phase="wait"})',
      'sum(bentoml_service_batch_request_seconds_total{phase="run"})',
      "time() - max(bentoml_service_last_request_timestamp_seconds)",
    ].map(query),
  );
  expect(size, "requests in a batch of eight items, each with two").toBeGreaterThan(1);
  expect(size).toBeLessThanOrEqual(4);
  expect(most).toBeCloseTo(2 * (size ?? 0), 5);
  expect(wait).toBeGreaterThan(0);
  expect(run).toBeGreaterThan(0);
  expect(last).toBeLessThan(60);
});

test("the text is what promtool asks of metrics", async () => {
  await writeFile(join(folder, "metrics.txt"), await (await fetch(`${server.url}/metrics`)).text());
  const { stdout, stderr } = await runCommand("sh", ["-c", "promtool check metrics < metrics.txt"], { cwd: folder, accept: [0, 3] });
  const complaints = `${stdout}${stderr}`.split("\n").filter((line) => line !== "");
  expect(complaints).toEqual([]);
});
