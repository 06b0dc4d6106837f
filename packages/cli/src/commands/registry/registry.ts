import type { Command } from "commander";
import { addGroup } from "../../command/sub-command.js";
import type { Terminal } from "../../terminal/terminal.js";
import { addExportStaticCommand } from "./export-static.js";
import { addServeRegistryCommand } from "./serve.js";
import { addTokenCommands } from "./token.js";

/** Adds `bento registry ...`. What a command needs beyond its own line is loaded when it runs. */
export function addRegistryCommands(program: Command, terminal: Terminal): void {
  const registry = addGroup(program, "registry", {
    description: "run a registry of models and bentos, and say who may use it",
    examples: ["bento registry serve", "bento registry token create ann --scope admin", "bento registry token list"],
  });
  addServeRegistryCommand(registry, terminal);
  addTokenCommands(registry, terminal);
  addExportStaticCommand(registry, terminal);
}
