import { Argument, type Command, Option } from "commander";
import type { StaticFormat } from "../../actions/export-static.js";
import { withGlobals } from "../../command/global-options.js";
import { outputOption } from "../../command/output-option.js";
import { parsePath } from "../../command/path.js";
import { addCommand } from "../../command/sub-command.js";
import { completedBy } from "../../completion/hints.js";
import type { Terminal } from "../../terminal/terminal.js";

interface ExportStaticOptions {
  readonly out: string;
  readonly bento?: readonly string[];
  readonly prune?: boolean;
  readonly output: StaticFormat;
}

/** Adds `bento registry export-static`. */
export function addExportStaticCommand(registry: Command, terminal: Terminal): void {
  addCommand(registry, "export-static", {
    description: "write models and bentos into a folder that any web server or bucket can give out",
    examples: [
      "bento registry export-static --out ./public",
      "bento registry export-static --out ./public digits:v3 churn",
      "bento registry export-static --out ./public --bento summarizer",
      "bento registry export-static --out /var/www/models --prune -o json",
    ],
  })
    .addArgument(
      completedBy(
        "model-tags",
        new Argument("[tag...]", "the models; a name alone means all its versions (default: all models and bentos)"),
      ),
    )
    .addOption(
      completedBy("folders", new Option("--out <folder>", "where; what is there stays").argParser(parsePath).makeOptionMandatory()),
    )
    .addOption(
      completedBy(
        "bento-tags",
        new Option("--bento <tag>", "a bento, and the models that it needs (repeat for more)").argParser(collectTag),
      ),
    )
    .addOption(new Option("--prune", "take out of the folder what the home no longer has"))
    .addOption(outputOption(["text", "json"], "how to print what was written"))
    .action(async (tags: readonly string[], given: ExportStaticOptions, command: Command) => {
      const { exportStaticFolder } = await import("../../actions/export-static.js");
      await exportStaticFolder(terminal, { tags, ...withGlobals(given, command) });
    });
}

/** A tag for each time that the option is given. */
function collectTag(tag: string, before: readonly string[] = []): readonly string[] {
  return [...before, tag];
}
