import { Argument, type Command } from "commander";
import type { ItemFormat } from "../actions/print-item.js";
import { withGlobals } from "../command/global-options.js";
import type { Kind } from "../command/kind.js";
import { outputOption } from "../command/output-option.js";
import { addCommand } from "../command/sub-command.js";
import { completedBy } from "../completion/hints.js";
import type { Terminal } from "../terminal/terminal.js";

/** Adds `get TAG`. */
export function addGetCommand(parent: Command, kind: Kind, terminal: Terminal): void {
  const { noun, prefix, exampleName, yamlName } = kind;
  addCommand(parent, "get", {
    description: `print what is known of one ${noun}`,
    examples: [`${prefix} get ${exampleName}`, `${prefix} get ${exampleName}:7k -o json`, `ls "$(${prefix} get ${exampleName} -o path)"`],
  })
    .addArgument(
      completedBy(`${noun}-tags`, new Argument("<tag>", "name, name:version, name:latest, or a version's beginning while it is unique")),
    )
    .addOption(outputOption(["yaml", "json", "table", "path"], `its ${yamlName}, the same as JSON, its line in a list, or its folder`))
    .action(async (tag: string, given: { output: ItemFormat }, command: Command) => {
      const { printItem } = await import("../actions/print-item.js");
      await printItem(terminal, { kind, tag, ...withGlobals(given, command) });
    });
}
