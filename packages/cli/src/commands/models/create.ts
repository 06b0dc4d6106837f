import { Argument, type Command, Option } from "commander";
import { withGlobals } from "../../command/global-options.js";
import { outputOption } from "../../command/output-option.js";
import { collectPair, collectValue } from "../../command/pairs.js";
import { collectPath } from "../../command/path.js";
import { type SavedOutput, savedOutputs } from "../../command/saved-output.js";
import { addCommand } from "../../command/sub-command.js";
import { completedBy } from "../../completion/hints.js";
import type { Terminal } from "../../terminal/terminal.js";

interface CreateOptions {
  readonly output: SavedOutput;
  readonly label?: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly module?: string;
}

/** Adds `bento models create TAG PATH...`. */
export function addCreateCommand(models: Command, terminal: Terminal): void {
  addCommand(models, "create", {
    description: "save files as a model",
    examples: [
      "bento models create digits ./training/out",
      "bento models create digits:v2 model.onnx classes.json --label team=vision",
      "bento models create digits model.onnx --metadata accuracy=0.984",
      'tag="$(bento models create digits model.onnx -o tag)"',
    ],
  })
    .addArgument(completedBy("model-names", new Argument("<tag>", "name:version, or a name, which gets a new version")))
    .addArgument(
      completedBy(
        "files",
        new Argument("<path...>", "one folder, whose content becomes the model, or files and folders, each under its own name").argParser(
          collectPath,
        ),
      ),
    )
    .addOption(new Option("--label <key=value>", "a label (repeat for more)").argParser(collectPair))
    .addOption(
      new Option("--metadata <key=value>", "a value that is read as JSON where it is JSON (repeat for more)").argParser(collectValue),
    )
    .addOption(new Option("--module <name>", "the framework that the model is for, as BentoML names it"))
    .addOption(outputOption(savedOutputs, "what to print of the new model"))
    .action(async (tag: string, paths: readonly string[], given: CreateOptions, command: Command) => {
      const { createModel } = await import("../../actions/create-model.js");
      const { label: labels, ...options } = withGlobals(given, command);
      await createModel(terminal, { tag, paths, labels, ...options });
    });
}
