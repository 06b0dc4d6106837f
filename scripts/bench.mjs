// npm run bench: set up, then measure. What follows `--` goes to the benchmarks: `npm run bench -- http --quick`.
import { argv } from "node:process";
import { setup } from "./setup.mjs";
import { run } from "./step.mjs";

await setup();
process.exitCode = await run(process.execPath, ["bench/run.mjs", ...argv.slice(2)]);
