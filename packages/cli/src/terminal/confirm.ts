import { BentoError } from "@bento/core";
import type { Terminal } from "./terminal.js";

/**
 * Asks on stderr, and takes the next line of the input for the answer; an empty one means no. Asks again until it is
 * an answer.
 * @throws BENTO_CANCELLED when the input ends
 */
export async function confirm(terminal: Terminal, question: string): Promise<boolean> {
  for (;;) {
    terminal.err(`${question} [y/N]: `);
    const answer = (await terminal.readLine())?.trim().toLowerCase();
    if (answer === undefined) {
      terminal.err("\n");
      throw new BentoError("BENTO_CANCELLED", `The question "${question}" got no answer.`, { hint: "Say --yes where nobody can answer." });
    }
    if (answer === "y" || answer === "yes") return true;
    if (answer === "n" || answer === "no" || answer === "") return false;
    terminal.err("Answer y or n.\n");
  }
}
