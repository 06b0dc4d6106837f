import { Argument, type Command } from "commander";
import type { VerifyFormat } from "../../actions/verify-models.js";
import { withGlobals } from "../../command/global-options.js";
import { outputOption } from "../../command/output-option.js";
import { addCommand } from "../../command/sub-command.js";
import { completedBy } from "../../completion/hints.js";
import type { Terminal } from "../../terminal/terminal.js";

interface VerifyOptions {
  readonly output: VerifyFormat;
  readonly all?: true;
  readonly write?: true;
}

/** Adds `bento models verify TAG...`. */
export function addVerifyCommand(models: Command, terminal: Terminal): void {
  addCommand(models, "verify", {
    description: "check that models are what was saved, byte for byte",
    examples: ["bento models verify digits", "bento models verify --all", "bento models verify --all --write -o json"],
  })
    .addArgument(completedBy("model-tags", new Argument("[tag...]", "the models to check")))
    .option("--all", "check every model of the store")
    .option("--write", "add a manifest to models that have none, such as Python's")
    .addOption(outputOption(["table", "json", "yaml"], "how to print what was found"))
    .action(async (tags: readonly string[], given: VerifyOptions, command: Command) => {
      if (tags.length > 0 === (given.all === true)) command.error("error: name the models to check, or say --all");
      const { verifyModels } = await import("../../actions/verify-models.js");
      await verifyModels(terminal, { tags: given.all === true ? undefined : tags, ...withGlobals(given, command) });
    });
}
