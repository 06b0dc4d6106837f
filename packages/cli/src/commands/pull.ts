import { Argument, type Command } from "commander";
import { withGlobals } from "../command/global-options.js";
import type { Kind } from "../command/kind.js";
import { outputOption } from "../command/output-option.js";
import { forceOption, threadsOption } from "../command/registry-options.js";
import { type SavedOutput, savedOutputs } from "../command/saved-output.js";
import { addCommand } from "../command/sub-command.js";
import type { Terminal } from "../terminal/terminal.js";

interface PullOptions {
  readonly force?: true;
  readonly threads: number;
  readonly query?: string;
  readonly withoutModels?: true;
  readonly output: SavedOutput;
}

/** Adds `pull TAG`. */
export function addPullCommand(parent: Command, kind: Kind, terminal: Terminal): void {
  const { noun, prefix, exampleName } = kind;
  const isModel = noun === "model";
  const command = addCommand(parent, "pull", {
    description: isModel ? "get a model from the registry" : "get a bento and its models from the registry",
    examples: [
      `${prefix} pull ${exampleName}`,
      `${prefix} pull ${exampleName}:v2 --force`,
      ...(isModel ? [`bento models pull ${exampleName} --query label:stage=prod`] : [`bento pull ${exampleName} --without-models`]),
      `${prefix} pull ${exampleName} -o path`,
      ...(isModel ? [`bento models pull oci://ghcr.io/team/${exampleName}:v2`] : []),
    ],
  });
  command
    .addArgument(new Argument("<tag>", `which ${noun}: name:version, or a name for the newest${isModel ? "; or oci://host/name:tag" : ""}`))
    .addOption(forceOption("get it anew although the store has it"));
  if (isModel) command.option("--query <query>", "which versions the newest is looked for among, such as label:stage=prod");
  else {
    command
      .option("--without-models", "leave the models that it needs where they are")
      .addOption(command.createOption("--with-models", "get them too, which is done anyway; as BentoML writes it").hideHelp());
  }
  command
    .addOption(threadsOption())
    .addOption(outputOption(savedOutputs, `what to print of the ${noun}`))
    .action(async (asked: string, given: PullOptions, self: Command) => {
      const { pullItem } = await import("../actions/pull-item.js");
      await pullItem(terminal, { kind, tag: asked, ...withGlobals(given, self) });
    });
}
