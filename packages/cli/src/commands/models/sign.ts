import { Argument, type Command, Option } from "commander";
import type { SignFormat } from "../../actions/sign-models.js";
import { withGlobals } from "../../command/global-options.js";
import { outputOption } from "../../command/output-option.js";
import { parsePath } from "../../command/path.js";
import { addCommand } from "../../command/sub-command.js";
import { completedBy } from "../../completion/hints.js";
import type { Terminal } from "../../terminal/terminal.js";

interface SignOptions {
  readonly key: string;
  readonly replace?: true;
  readonly output: SignFormat;
}

/** Adds `bento models sign TAG...` and `bento models create-key FILE`. */
export function addSignCommands(models: Command, terminal: Terminal): void {
  addCommand(models, "sign", {
    description: "sign models, so that others can tell them from all that you did not sign",
    examples: ["bento models create-key release.pem", "bento models sign digits --key release.pem"],
  })
    .addArgument(completedBy("model-tags", new Argument("<tag...>", "the models to sign")))
    .addOption(completedBy("files", new Option("--key <file>", "the private key, in PEM").argParser(parsePath).makeOptionMandatory()))
    .option("--replace", "put this signature in the place of another's")
    .addOption(outputOption(["text", "json"], "how to print what was signed"))
    .action(async (tags: readonly string[], given: SignOptions, command: Command) => {
      const { signModels } = await import("../../actions/sign-models.js");
      await signModels(terminal, { tags, ...withGlobals(given, command) });
    });
  addCommand(models, "create-key", {
    description: "make a key to sign models with: FILE, for you alone, and FILE.pub, for everybody",
    examples: ["bento models create-key release.pem"],
  })
    .addArgument(completedBy("files", new Argument("<file>", "where the private key goes; it must not be there").argParser(parsePath)))
    .action(async (file: string) => {
      const { createKey } = await import("../../actions/create-key.js");
      await createKey(terminal, file);
    });
}
