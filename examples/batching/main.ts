// Serves the digits model, puts it under load one request at a time and in batches, and prints what batching gains.
import { fork } from "node:child_process";
import { once } from "node:events";
import { env } from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { serve } from "@bento/server";
import type { LoadResult, LoadTask } from "./load.js";
import { resultsTable } from "./results-table.js";
import { saveModel } from "./save-model.js";
import { Digits } from "./service.js";

const { values } = parseArgs({
  options: {
    connections: { type: "string", default: "32" },
    seconds: { type: "string", default: "3" },
    rounds: { type: "string", default: "3" },
    // 0: the service runs in this process, as one worker does by itself.
    workers: { type: "string", default: "0" },
  },
});
const [connections, seconds, rounds, workers] = [values.connections, values.seconds, values.rounds, values.workers].map(Number) as [
  number,
  number,
  number,
  number,
];
/** Whose gain is told stands last. */
const endpoints = { "one by one": "/oneByOne", "in batches": "/inBatches" };

// What this example saves stays in its folder.
env["BENTOML_HOME"] ??= fileURLToPath(new URL("../.bento/home", import.meta.url));
await saveModel();
const quiet = { port: 0, accessLog: false, banner: false };
const pooled = { workers, mode: "pool", entry: new URL("service.js", import.meta.url) } as const;
await using server = await serve(Digits, workers === 0 ? quiet : { ...quiet, ...pooled });

const place = workers === 0 ? "in one process" : `in ${workers} workers`;
console.log(`${connections} connections, one image in each request; the model ${place}; ${rounds} rounds of ${seconds} s\n`);
const results = new Map<string, LoadResult[]>(Object.keys(endpoints).map((name) => [name, []]));
// In turn, so that a moment in which the machine is busy hits both.
for (let round = 0; round < rounds; round += 1) {
  for (const [name, path] of Object.entries(endpoints)) {
    const task: LoadTask = { port: server.port, path, connections, warmupSeconds: round === 0 ? 1 : 0.3, seconds };
    results.get(name)?.push(await load(task));
  }
}
console.log(resultsTable(results));
console.log(`In batches, one call of the model answered ${(await meanBatch(server.url)).toFixed(1)} of them on average.`);

/** Runs the load program. @throws Error when it ends before it has told what came of it */
async function load(task: LoadTask): Promise<LoadResult> {
  const program = fork(new URL("load.js", import.meta.url), [JSON.stringify(task)]);
  const early = once(program, "exit").then(([code]) => Promise.reject(new Error(`The load program ended with ${code}.`)));
  const [result] = (await Promise.race([once(program, "message"), early])) as [LoadResult];
  return result;
}

/** Requests in one batch, as the server's own metrics tell. */
async function meanBatch(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const total = (what: "sum" | "count"): number =>
    Array.from(metrics.matchAll(new RegExp(`^bentoml_service_adaptive_batch_size_${what}\\{.*\\} (\\S+)$`, "gm")))
      .map(([, value]) => Number(value))
      .reduce((sum, value) => sum + value, 0);
  return total("sum") / total("count");
}
