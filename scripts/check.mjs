// All checks that need no test runner: format, lint with types, types in both decorator worlds, dead exports.
import { argv } from "node:process";
import { pathToFileURL } from "node:url";
import { setup } from "./setup.mjs";
import { runTool, say } from "./step.mjs";

const checks = [
  { name: "format", tool: "oxfmt", args: ["--check"], hint: "npx oxfmt writes it as it should be" },
  { name: "lint and import directions", tool: "oxlint", args: ["--type-aware"], hint: "the rules are in .oxlintrc.json" },
  { name: "types, standard decorators", tool: "tsc", args: ["-p", "tsconfig.test.json"], hint: undefined },
  { name: "types, legacy decorators", tool: "tsc", args: ["-p", "tsconfig.test-legacy.json"], hint: undefined },
  {
    name: "dead exports and unused packages",
    tool: "knip",
    args: ["--no-config-hints"],
    hint: "what is meant to be so is listed in knip.jsonc",
  },
];

/** Runs every check, whatever the others say, and resolves with the names of those that failed. */
export async function check() {
  const failed = [];
  for (const { name, tool, args, hint } of checks) {
    const start = performance.now();
    const code = await runTool(tool, args, { quiet: true });
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    say(`${code === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)${code !== 0 && hint !== undefined ? `: ${hint}` : ""}`);
    if (code !== 0) failed.push(name);
  }
  return failed;
}

if (argv[1] && import.meta.url === pathToFileURL(argv[1]).href) {
  await setup();
  process.exitCode = (await check()).length === 0 ? 0 : 1;
}
