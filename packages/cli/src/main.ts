import { BentoError } from "@bento/core";
import { CommanderError } from "commander";
import type { GlobalOptions } from "./command/global-options.js";
import { printError } from "./output/print-error.js";
import { createProgram } from "./program.js";
import { interruptSignals, type Terminal } from "./terminal/terminal.js";

/** Exit codes of every command; an interrupted one has those of {@link interruptSignals}. */
const exitCodes = { done: 0, failed: 1, wrongUse: 2, outClosed: 141 } as const;

/**
 * Runs the `bento` command.
 * @param args what stands after `bento` on the command line
 * @returns the exit code: 0, 1 for a failure, 2 for wrong use, 130 after Ctrl-C, 141 when the reader of an archive went away
 */
export async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  const program = createProgram(terminal);
  let isDebug = false;
  program.hook("preAction", (_program, command) => {
    isDebug = command.optsWithGlobals<GlobalOptions>().debug === true;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCodes.done;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.wrongUse;
    // Whoever closed the pipe knows: a program that SIGPIPE ends says nothing either, and is seen with this code.
    if (terminal.isOutClosed()) return exitCodes.outClosed;
    const by = terminal.interruptedBy();
    const isInterrupted = by !== undefined && BentoError.is(error, "BENTO_CANCELLED");
    // Who pressed Ctrl-C need not be told what it was that it ended.
    printError(isInterrupted ? terminal.interruption().reason : error, terminal, isDebug);
    return isInterrupted ? interruptSignals[by] : exitCodes.failed;
  }
}
