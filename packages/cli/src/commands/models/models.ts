import type { Command } from "commander";
import { modelKind } from "../../command/kind.js";
import { addGroup } from "../../command/sub-command.js";
import type { Terminal } from "../../terminal/terminal.js";
import { addDeleteCommand } from "../delete.js";
import { addExportCommand } from "../export.js";
import { addGetCommand } from "../get.js";
import { addImportCommand } from "../import.js";
import { addInspectCommand } from "../inspect.js";
import { addListCommand } from "../list.js";
import { addPullCommand } from "../pull.js";
import { addPushCommand } from "../push.js";
import { addCreateCommand } from "./create.js";
import { addSignCommands } from "./sign.js";
import { addVerifyCommand } from "./verify.js";

/** Adds `bento models ...`. What a command needs beyond its own line is loaded when it runs. */
export function addModelCommands(program: Command, terminal: Terminal): void {
  const models = addGroup(program, "models", {
    description: "look at, save, export and import models",
    examples: ["bento models list", "bento models get digits", "bento models export digits ./digits.bentomodel"],
  });
  addCreateCommand(models, terminal);
  addListCommand(models, modelKind, terminal);
  addGetCommand(models, modelKind, terminal);
  addExportCommand(models, modelKind, terminal);
  addImportCommand(models, modelKind, terminal);
  addInspectCommand(models, modelKind, terminal);
  addVerifyCommand(models, terminal);
  addSignCommands(models, terminal);
  addDeleteCommand(models, modelKind, terminal);
  addPushCommand(models, modelKind, terminal);
  addPullCommand(models, modelKind, terminal);
}
