import type { Command } from "commander";
import { bentoKind } from "../command/kind.js";
import type { Terminal } from "../terminal/terminal.js";
import { addDeleteCommand } from "./delete.js";
import { addExportCommand } from "./export.js";
import { addGetCommand } from "./get.js";
import { addImportCommand } from "./import.js";
import { addInspectCommand } from "./inspect.js";
import { addListCommand } from "./list.js";
import { addPullCommand } from "./pull.js";
import { addPushCommand } from "./push.js";

/** Adds what can be done with bentos, right below `bento`. */
export function addBentoCommands(program: Command, terminal: Terminal): void {
  addListCommand(program, bentoKind, terminal);
  addGetCommand(program, bentoKind, terminal);
  addExportCommand(program, bentoKind, terminal);
  addImportCommand(program, bentoKind, terminal);
  addInspectCommand(program, bentoKind, terminal);
  addDeleteCommand(program, bentoKind, terminal);
  addPushCommand(program, bentoKind, terminal);
  addPullCommand(program, bentoKind, terminal);
}
