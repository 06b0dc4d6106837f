import type { Command } from "commander";
import { closeWords } from "./close-words.js";

/** Lets a group answer a command that it does not have, also with `--help`, with the ones that were probably meant. */
export function failOnUnknownCommand(group: Command): Command {
  return group
    .on("command:*", ([word = ""]: readonly string[]) => fail(group, word))
    .on("beforeHelp", () => {
      const word = group.args[0] === "help" ? group.args[1] : group.args[0];
      if (word !== undefined && !word.startsWith("-") && group.commands.every((command) => command.name() !== word)) fail(group, word);
    });
}

function fail(group: Command, word: string): never {
  const names = group
    .createHelp()
    .visibleCommands(group)
    .map((command) => command.name());
  const close = closeWords(word, names);
  const hint = close.length === 0 ? "" : `\n(Did you mean ${close.length === 1 ? "" : "one of "}${close.join(", ")}?)`;
  return group.error(`error: unknown command '${word}'${hint}`, { code: "commander.unknownCommand" });
}
