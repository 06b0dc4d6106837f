import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { addModelCommands } from "./commands/models.js";
import { examples } from "./examples.js";
import type { GlobalOptions } from "./global-options.js";
import { printError } from "./output/print-error.js";
import type { Terminal } from "./terminal.js";

/** Exit codes of every command; an interrupt ends the process with 130. */
const exitCodes = { done: 0, failed: 1, wrongUse: 2 } as const;

/**
 * Runs the `bento` command.
 * @param args what stands after `bento` on the command line
 * @returns the exit code: 0, 1 for a failure, 2 for wrong use
 */
export async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  const program = createProgram(terminal);
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCodes.done;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.wrongUse;
    printError(error, terminal, program.opts<GlobalOptions>().debug === true);
    return exitCodes.failed;
  }
}

function createProgram(terminal: Terminal): Command {
  const program = new Command("bento")
    .description("Save models, and look at what is saved.")
    .version(ownVersion(), "-v, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .option("--home <folder>", "the store's folder (default: BENTOML_HOME, else ~/bentoml)")
    .option("--verbose", "say more on stderr")
    .option("--debug", "print the stack of an error")
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err, getOutHasColors: () => terminal.outHasColor })
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .addHelpText("after", examples(["bento models list", "bento models get digits:latest -o path"]));
  addModelCommands(program, terminal);
  return program;
}

function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
  return version;
}
