import type { Tag } from "@bento/core";
import { Argument, type Command } from "commander";
import { collectTargets } from "../command/delete-targets.js";
import { withGlobals } from "../command/global-options.js";
import type { Kind } from "../command/kind.js";
import { addCommand } from "../command/sub-command.js";
import { completedBy } from "../completion/hints.js";
import type { Terminal } from "../terminal/terminal.js";

interface DeleteOptions {
  readonly yes?: true;
  readonly force?: true;
}

/** Adds `delete TARGET...`. */
export function addDeleteCommand(parent: Command, kind: Kind, terminal: Terminal): void {
  const { noun, prefix, exampleName } = kind;
  const command = addCommand(parent, "delete", {
    description: `delete ${noun}s, after asking for each`,
    examples: [
      `${prefix} delete ${exampleName}:v1`,
      `${prefix} delete ${exampleName}:v1,${exampleName}:v2`,
      `${prefix} delete ${exampleName} --yes`,
    ],
  });
  const target = new Argument("<target...>", `whole tags, or names for all of their versions; separated by spaces or commas`);
  command
    .addArgument(completedBy(`${noun}-tags`, target).argParser(collectTargets))
    .option("-y, --yes", "ask nothing")
    .addOption(command.createOption("--assume-yes", "the same, as BentoML also writes it").implies({ yes: true }).hideHelp());
  if (noun === "model") command.option("--force", "also delete models that a bento uses");
  command.action(async (targets: readonly Tag[], given: DeleteOptions, self: Command) => {
    const { deleteItems } = await import("../actions/delete-items.js");
    await deleteItems(terminal, { kind, targets, ...withGlobals(given, self) });
  });
}
