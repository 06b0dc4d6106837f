import type { Command } from "commander";
import { closeWords } from "./close-words.js";

/** Lets a group answer a command that it does not have with the ones that were probably meant. */
export function failOnUnknownCommand(group: Command): Command {
  return group.on("command:*", (operands: readonly string[]) => {
    const word = operands[0] ?? "";
    const close = closeWords(
      word,
      group
        .createHelp()
        .visibleCommands(group)
        .map((command) => command.name()),
    );
    const hint = close.length === 0 ? "" : `\n(Did you mean ${close.length === 1 ? "" : "one of "}${close.join(", ")}?)`;
    group.error(`error: unknown command '${word}'${hint}`, { code: "commander.unknownCommand" });
  });
}
