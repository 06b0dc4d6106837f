import { Argument, type Command } from "commander";
import { withGlobals } from "../command/global-options.js";
import { parsePath } from "../command/path.js";
import { addCommand } from "../command/sub-command.js";
import { completedBy } from "../completion/hints.js";
import type { Terminal } from "../terminal/terminal.js";

interface InitOptions {
  readonly name?: string;
  readonly legacyDecorators?: true;
}

/** Adds `init [FOLDER]`. */
export function addInitCommand(program: Command, terminal: Terminal): void {
  addCommand(program, "init", {
    description: "start a project: a service, its test, a script that saves its model",
    examples: ["bento init my-service", "bento init my-service --legacy-decorators"],
  })
    .addArgument(completedBy("folders", new Argument("[folder]", "where it goes").default("bento-service").argParser(parsePath)))
    .option("--name <name>", "name of package and service (default: the folder's name)")
    .option("--legacy-decorators", "use experimentalDecorators instead of the standard ones")
    .action(async (folder: string, given: InitOptions, command: Command) => {
      const { initProject } = await import("../actions/init-project.js");
      await initProject(terminal, { folder, ...withGlobals(given, command) });
    });
}
