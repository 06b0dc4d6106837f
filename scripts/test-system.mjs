// npm run test:system: set up, then the tests against real programs that npm does not have; they install those themselves.
import { setup } from "./setup.mjs";
import { say } from "./step.mjs";
import { printClosingLine, runProjects } from "./vitest.mjs";

await setup();
say("Testing against real programs; the first time they are installed, which takes minutes ...");
process.exitCode = printClosingLine(await runProjects("system", ["system"])) ? 0 : 1;
