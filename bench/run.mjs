// One command, one run: every benchmark, or those named on the command line.
//   npm run bench                 all of them
//   npm run bench -- http         one of them; `--quick` for fewer and shorter rounds
//   npm run bench -- remotes --size 64MiB, or --memory
import { mkdir, writeFile } from "node:fs/promises";
import { cpus, loadavg, release } from "node:os";
import { parseArgs } from "node:util";
import { printTable } from "./report.mjs";

const benches = {
  http: () => import("./http/bench.mjs"),
  workers: () => import("./workers/bench.mjs"),
  store: () => import("./store/bench.mjs"),
  archive: () => import("./archive/bench.mjs"),
  "archive-large": () => import("./archive-large/bench.mjs"),
  import: () => import("./import/bench.mjs"),
  types: () => import("./types/bench.mjs"),
  tensors: () => import("./tensors/bench.mjs"),
  streams: () => import("./streams/bench.mjs"),
  batching: () => import("./batching/bench.mjs"),
  continuous: () => import("./continuous/bench.mjs"),
  traffic: () => import("./traffic/bench.mjs"),
  registry: () => import("./registry/bench.mjs"),
  "registry-list": () => import("./registry-list/bench.mjs"),
  remotes: () => import("./remotes/bench.mjs"),
  reliability: () => import("./reliability/bench.mjs"),
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean", default: false }, size: { type: "string" }, memory: { type: "boolean" } },
});
const names = positionals.length > 0 ? positionals : Object.keys(benches);
const unknown = names.filter((name) => !(name in benches));
if (unknown.length > 0) {
  console.error(`There is no benchmark called ${unknown.join(", ")}. Choose from: ${Object.keys(benches).join(", ")}.`);
  process.exit(2);
}

// Of some benchmarks only: how much is moved ("64MiB", "4GiB"), and whether only the memory for that is looked at. Not what is kept as their result.
const [, amount, unit] = /^(\d+)([MG])iB$/.exec(values.size ?? "0MiB") ?? [];
if (amount === undefined) {
  console.error(`--size takes a number of MiB or GiB, as in 64MiB or 4GiB, not ${values.size}.`);
  process.exit(2);
}
const size = Number(amount) * (unit === "G" ? 2 ** 30 : 2 ** 20);
const special = { ...(size > 0 && { size }), ...(values.memory && { memory: true }) };
const isKept = !values.quick && Object.keys(special).length === 0;

const results = new URL("results/", import.meta.url);
await mkdir(results, { recursive: true });
for (const name of names) {
  const bench = await benches[name]();
  console.error(`${name}: ${bench.about}`);
  const started = new Date();
  const outcome = await bench.run({ quick: values.quick, ...special });
  const machine = { node: process.version, kernel: release(), cpu: cpus()[0]?.model, cores: cpus().length, load: loadavg()[0] };
  printTable(name, outcome);
  const file = new URL(`${name}${isKept ? "" : ".local"}.json`, results);
  await writeFile(file, `${JSON.stringify({ bench: name, date: started.toISOString(), machine, ...outcome }, null, 2)}\n`);
}
