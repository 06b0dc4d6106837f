import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { median } from "../report.mjs";

export const about = "what importing each package costs, in a fresh process each time";

const packages = ["@bento/core", "@bento/store", "@bento/client", "@bento/sdk", "@bento/server"];

/** @param {{ quick: boolean }} options */
export async function run({ quick }) {
  const rounds = quick ? 7 : 25;
  const times = Object.fromEntries(packages.map((name) => [name, []]));
  const zod = [];
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? packages : packages.toReversed()) {
      const { zodMs, packageMs } = importTimes(name);
      zod.push(zodMs);
      times[name].push(packageMs);
    }
  }
  const rows = [
    { import: "zod", ms: median(zod), "quickest ms": Math.min(...zod) },
    ...packages.map((name) => ({ import: `${name}, after zod`, ms: median(times[name]), "quickest ms": Math.min(...times[name]) })),
  ];
  return {
    columns: Object.keys(rows[0]),
    rows,
    goals: [{ what: "@bento/sdk over zod alone, ms", goal: 20, got: median(times["@bento/sdk"]), atLeast: false }],
  };
}

/** Milliseconds for zod, and then for the package, in one fresh process; its start is not counted. */
function importTimes(name) {
  const code = `
    const t0 = performance.now();
    await import("zod");
    const t1 = performance.now();
    await import(${JSON.stringify(name)});
    console.log(JSON.stringify({ zodMs: t1 - t0, packageMs: performance.now() - t1 }));`;
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  const { stdout, status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8", cwd });
  if (status !== 0) throw new Error(`import of ${name} failed: ${stderr}`);
  return JSON.parse(stdout);
}
