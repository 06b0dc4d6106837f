import { Argument, type Command, Option } from "commander";
import type { VerifyFormat } from "../../actions/verify-models.js";
import { withGlobals } from "../../command/global-options.js";
import { outputOption } from "../../command/output-option.js";
import { collectPath } from "../../command/path.js";
import { addCommand } from "../../command/sub-command.js";
import { completedBy } from "../../completion/hints.js";
import type { Terminal } from "../../terminal/terminal.js";

interface VerifyOptions {
  readonly output: VerifyFormat;
  readonly all?: true;
  readonly write?: true;
  readonly publicKey?: readonly string[];
  readonly require?: true;
}

/** Adds `bento models verify TAG...`. */
export function addVerifyCommand(models: Command, terminal: Terminal): void {
  addCommand(models, "verify", {
    description: "check that models are what was saved, byte for byte, and who signed them",
    examples: [
      "bento models verify digits",
      "bento models verify --all",
      "bento models verify --all --write -o json",
      "bento models verify digits --public-key release.pem.pub",
    ],
  })
    .addArgument(completedBy("model-tags", new Argument("[tag...]", "the models to check")))
    .option("--all", "check every model of the store")
    .option("--write", "add a manifest to models that have none, such as Python's")
    .addOption(
      completedBy(
        "files",
        new Option("--public-key <file>", "a key that must have signed them (repeat for more: one of them)").argParser(collectPath),
      ),
    )
    .option("--require", "the same, with the keys of BENTO_TRUSTED_KEYS")
    .addOption(outputOption(["table", "json", "yaml"], "how to print what was found"))
    .action(async (tags: readonly string[], given: VerifyOptions, command: Command) => {
      if (tags.length > 0 === (given.all === true)) command.error("error: name the models to check, or say --all");
      const { verifyModels } = await import("../../actions/verify-models.js");
      const { publicKey, ...options } = withGlobals(given, command);
      await verifyModels(terminal, { tags: given.all === true ? undefined : tags, publicKeys: publicKey, ...options });
    });
}
