import { Argument, type Command } from "commander";
import { withGlobals } from "../command/global-options.js";
import { addCommand } from "../command/sub-command.js";
import { completionScripts, type Shell, shells } from "../completion/scripts.js";
import type { Terminal } from "../terminal/terminal.js";

/** Adds `completion SHELL`, and the hidden command that the scripts ask. */
export function addCompletionCommand(program: Command, terminal: Terminal): void {
  addCommand(program, "completion", {
    description: "print what makes a shell complete this command",
    examples: [
      "echo 'source <(bento completion bash)' >> ~/.bashrc",
      "echo 'source <(bento completion zsh)' >> ~/.zshrc     # after compinit",
      "bento completion fish > ~/.config/fish/completions/bento.fish",
    ],
  })
    .addArgument(new Argument("<shell>", "the shell").choices(shells))
    .action((shell: Shell) => terminal.out(completionScripts[shell]));

  program
    .command("__complete [words...]", { hidden: true })
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (words: readonly string[], given: object, command: Command) => {
      const { printCompletion } = await import("../actions/print-completion.js");
      await printCompletion(terminal, program, words, withGlobals(given, command).home);
    });
}
