// npm run test:system: set up, then the tests of whole processes, and those against real programs that npm does not have, which they
// install themselves.
import { setup } from "./setup.mjs";
import { say } from "./step.mjs";
import { printClosingLine, runProjects } from "./vitest.mjs";

await setup();
say("Testing servers and workers in processes of their own ...");
const processes = await runProjects("processes", ["processes"]);
say("Testing against real programs; the first time they are installed, which takes minutes ...");
const system = await runProjects("system", ["system", "alone"]);
process.exitCode = printClosingLine(processes, system) ? 0 : 1;
