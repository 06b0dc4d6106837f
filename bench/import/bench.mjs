import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { median } from "../report.mjs";

export const about = "what importing each package costs, in a fresh process each time";

const packages = ["zod", "@bento/core", "@bento/store", "@bento/client", "@bento/sdk", "@bento/server"];

/** @param {{ quick: boolean }} options */
export async function run({ quick }) {
  const rounds = quick ? 7 : 25;
  const times = Object.fromEntries(packages.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? packages : packages.toReversed()) times[name].push(importTime(name));
  }
  const rows = packages.map((name) => ({
    package: name,
    "import ms": median(times[name]),
    "over zod ms": median(times[name].map((one, round) => one - times.zod[round])),
  }));
  const sdk = rows.find((row) => row.package === "@bento/sdk");
  return {
    columns: Object.keys(rows[0]),
    rows,
    goals: [{ what: "@bento/sdk over zod alone, ms", goal: 20, got: sdk["over zod ms"], atLeast: false }],
  };
}

/** Milliseconds from before the import to after it, without the start of the process. */
function importTime(name) {
  const code = `const from = performance.now(); await import(${JSON.stringify(name)}); console.log(performance.now() - from);`;
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  const { stdout, status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8", cwd });
  if (status !== 0) throw new Error(`import of ${name} failed: ${stderr}`);
  return Number(stdout);
}
