import { BentoError } from "@bento/core";
import { parseArgs } from "node:util";
import { createProject } from "./create-project.js";
import { nextSteps } from "./next-steps.js";

const help = `Usage: npm create bento [folder] -- [options]

A new project: a service, its test, and a script that saves its model.

Arguments:
  folder               where it goes (default: "bento-service")

Options:
  --name <name>        name of package and service (default: the folder's name)
  --legacy-decorators  use experimentalDecorators instead of the standard ones
  -h, --help           print this help

Examples:
  $ npm create bento my-service
  $ npm create bento my-service -- --legacy-decorators
`;

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  let parsed;
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: { name: { type: "string" }, "legacy-decorators": { type: "boolean" }, help: { type: "boolean", short: "h" } },
    });
  } catch (error) {
    return wrongUse((error as Error).message);
  }
  const { values, positionals } = parsed;
  if (values.help === true) {
    process.stdout.write(help);
    return 0;
  }
  if (positionals.length > 1) return wrongUse(`One folder, not ${positionals.length}.`);
  try {
    const decorators = values["legacy-decorators"] === true ? "legacy" : "standard";
    const project = await createProject({ folder: positionals[0] ?? "bento-service", name: values.name, decorators });
    process.stdout.write(nextSteps(project, process.cwd()));
    return 0;
  } catch (error) {
    if (!BentoError.is(error)) throw error;
    process.stderr.write(`error: ${error.message}\n${error.hint === undefined ? "" : `hint: ${error.hint}\n`}`);
    return 1;
  }
}

function wrongUse(message: string): number {
  process.stderr.write(`error: ${message}\nhint: --help prints what there is.\n`);
  return 2;
}
