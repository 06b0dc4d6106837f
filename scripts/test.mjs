// npm test: set up, then every check and every test that needs nothing but npm packages.
import { check } from "./check.mjs";
import { setup } from "./setup.mjs";
import { say } from "./step.mjs";
import { printClosingLine, runProjects } from "./vitest.mjs";

await setup();
const failedChecks = await check();
say("Testing, with standard and with legacy decorators ...");
const isGreen = printClosingLine(await runProjects("test", ["standard", "legacy"]));
if (failedChecks.length > 0) console.error(`[bento] Failed checks: ${failedChecks.join(", ")}. See above.`);
process.exitCode = isGreen && failedChecks.length === 0 ? 0 : 1;
