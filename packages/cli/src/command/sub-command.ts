import type { Command } from "commander";
import { failOnUnknownCommand } from "./unknown-command.js";

/** What a command says of itself. */
interface CommandText {
  /** Starts with a verb in lower case, without a full stop: it stands in a list. */
  readonly description: string;
  /** Whole command lines. */
  readonly examples: readonly string[];
}

/** Adds a command that does something. */
export function addCommand(parent: Command, name: string, { description, examples }: CommandText): Command {
  return parent.command(name).description(description).addHelpText("after", exampleText(examples));
}

/** Adds a command that only holds others. */
export function addGroup(parent: Command, name: string, text: CommandText): Command {
  return failOnUnknownCommand(addCommand(parent, name, text));
}

/** The examples at the end of a command's help. */
export function exampleText(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join("\n")}`;
}
