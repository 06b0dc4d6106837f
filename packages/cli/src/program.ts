import { readFileSync } from "node:fs";
import { Command } from "commander";
import { addGlobalOptions } from "./command/global-options.js";
import { exampleText } from "./command/sub-command.js";
import { failOnUnknownCommand } from "./command/unknown-command.js";
import { addBentoCommands } from "./commands/bentos.js";
import { addClientCommand } from "./commands/client.js";
import { addCloudCommands } from "./commands/cloud.js";
import { addCompletionCommand } from "./commands/completion.js";
import { addInitCommand } from "./commands/init.js";
import { addModelCommands } from "./commands/models/models.js";
import { addRegistryCommands } from "./commands/registry/registry.js";
import { addServeCommand } from "./commands/serve.js";
import type { Terminal } from "./terminal/terminal.js";

/** Everything that can be written on the command line. */
export function createProgram(terminal: Terminal): Command {
  const program = new Command("bento")
    .description("Save machine-learning models and bentos, carry them from store to store, serve and call them.")
    .version(ownVersion(), "-v, --version", "print the version")
    .configureOutput({
      writeOut: terminal.out,
      writeErr: terminal.err,
      // What was given to a misspelt option may be a password.
      outputError: (text, write) => write(text.replace(/(unknown option '-[^'=]*)=.*'(?=\n|$)/s, "$1'")),
      getOutHasColors: () => terminal.outHasColor,
      getErrHasColors: () => terminal.errHasColor,
      getOutHelpWidth: () => terminal.outColumns() ?? 80,
      getErrHelpWidth: () => terminal.errColumns() ?? 80,
    })
    .configureHelp({
      subcommandTerm: (command) => `${command.name()} ${command.usage().replaceAll(/\[(?:options|command)\] ?/g, "")}`.trim(),
    })
    .helpCommand("help [command]", "print the help of a command")
    // So that a command may have options of the same name: `import --version v2`.
    .enablePositionalOptions()
    .exitOverride()
    .showHelpAfterError("hint: Say --help for what there is.")
    .addHelpText(
      "after",
      exampleText([
        "bento init my-service",
        "bento serve ./src/service.ts",
        "bento client http://localhost:3000",
        "bento models list",
        "bento models export digits ./digits.bentomodel",
        "bento help models",
      ]),
    );
  addModelCommands(program.commandsGroup("Models:"), terminal);
  addBentoCommands(program.commandsGroup("Bentos:"), terminal);
  program.commandsGroup("Commands:");
  addServeCommand(program, terminal);
  addClientCommand(program, terminal);
  addCloudCommands(program, terminal);
  addRegistryCommands(program, terminal);
  addInitCommand(program, terminal);
  addCompletionCommand(program, terminal);
  addGlobalOptions(program);
  return failOnUnknownCommand(program);
}

function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
  return version;
}
