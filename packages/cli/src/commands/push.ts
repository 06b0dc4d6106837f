import { Argument, type Command } from "commander";
import { withGlobals } from "../command/global-options.js";
import type { Kind } from "../command/kind.js";
import { outputOption } from "../command/output-option.js";
import { forceOption, threadsOption } from "../command/registry-options.js";
import { addCommand } from "../command/sub-command.js";
import { completedBy } from "../completion/hints.js";
import type { PushOutput } from "../actions/push-item.js";
import type { Terminal } from "../terminal/terminal.js";

interface PushOptions {
  readonly force?: true;
  readonly threads: number;
  readonly withoutModels?: true;
  readonly output: PushOutput;
}

/** Adds `push TAG`. */
export function addPushCommand(parent: Command, kind: Kind, terminal: Terminal): void {
  const { noun, prefix, exampleName } = kind;
  const isModel = noun === "model";
  const command = addCommand(parent, "push", {
    description: isModel ? "send a model to the registry" : "send a bento and its models to the registry",
    examples: [
      `${prefix} push ${exampleName}`,
      `${prefix} push ${exampleName}:v2 --force`,
      `${prefix} push ${exampleName} --context staging`,
      ...(isModel ? [`bento models push ${exampleName} oci://ghcr.io/team/${exampleName}:v2`] : []),
    ],
  });
  const tag = new Argument("<tag>", `which ${noun}: name, name:version, or a version's beginning`);
  command.addArgument(completedBy(`${noun}-tags`, tag)).addOption(forceOption("put it in the place of what the registry has"));
  if (isModel) command.addArgument(new Argument("[to]", "oci://host/name:tag, for a registry of containers"));
  else command.option("--without-models", "leave out the models that it needs");
  command
    .addOption(threadsOption())
    .addOption(outputOption(["text", "json"], "how to print what came of it"))
    .action(async (asked: string) => {
      const { pushItem } = await import("../actions/push-item.js");
      // Only models have a second argument, so what follows the first is not always at the same place.
      const to = command.args[1];
      await pushItem(terminal, { kind, tag: asked, to, ...withGlobals(command.opts<PushOptions>(), command) });
    });
}
