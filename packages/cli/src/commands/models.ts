import { type Command, Option } from "commander";
import { examples } from "../examples.js";
import type { GlobalOptions } from "../global-options.js";
import type { Terminal } from "../terminal.js";
import type { GetFormat } from "./models-get.js";
import type { ListFormat } from "./models-list.js";

/** Adds `bento models ...`. What a command needs beyond its own line is loaded when it runs. */
export function addModelCommands(program: Command, terminal: Terminal): void {
  const models = program
    .command("models")
    .description("models in the store")
    .addHelpText("after", examples(["bento models list", "bento models get digits"]));

  models
    .command("list")
    .description("list the models, newest first")
    .argument("[name]", "one name, or one tag")
    .addOption(new Option("-o, --output <format>", "how to print them").choices(["table", "json", "yaml"]).default("table"))
    .addHelpText("after", examples(["bento models list", "bento models list digits", "bento models list -o json | jq -r '.[].tag'"]))
    .action(async (name: string | undefined, _options: unknown, command: Command) => {
      const { listModels } = await import("./models-list.js");
      await listModels(terminal, { name, ...command.optsWithGlobals<GlobalOptions & { output: ListFormat }>() });
    });

  models
    .command("get")
    .description("print what is known of one model")
    .argument("<tag>", "name, name:version, name:latest, or a version's beginning while it is unique")
    .addOption(
      new Option("-o, --output <format>", "its model.yaml, the same as JSON, its line in a list, or its folder")
        .choices(["yaml", "json", "table", "path"])
        .default("yaml"),
    )
    .addHelpText(
      "after",
      examples(["bento models get digits", "bento models get digits:7k -o json", 'ls "$(bento models get digits -o path)"']),
    )
    .action(async (tag: string, _options: unknown, command: Command) => {
      const { getModel } = await import("./models-get.js");
      await getModel(terminal, { tag, ...command.optsWithGlobals<GlobalOptions & { output: GetFormat }>() });
    });
}
