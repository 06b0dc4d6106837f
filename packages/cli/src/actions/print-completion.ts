import type { Command } from "commander";
import { complete, type LookUp } from "../completion/complete.js";
import { fileWords, schemeWords } from "../completion/place-words.js";
import { storeWords } from "../completion/store-words.js";
import type { Terminal } from "../terminal/terminal.js";

/** Answers a completion script. A store or service that cannot be read completes nothing, and breaks no command line. */
export async function printCompletion(
  terminal: Terminal,
  program: Command,
  words: readonly string[],
  home: string | undefined,
): Promise<void> {
  const lookUp: LookUp = async (source, line) => {
    try {
      if (source === "endpoints" || source === "arguments") {
        const { serviceWords } = await import("../completion/service-words.js");
        return await serviceWords(source, line.operands);
      }
      if (source === "schemes" || source === "urls") return await schemeWords(source);
      if (source === "files") return await fileWords();
      return await storeWords(source, line.home ?? home);
    } catch {
      return [];
    }
  };
  const { from, candidates } = await complete(program, words, lookUp);
  const lines = candidates.map(({ word, description }) => (description === "" ? word : `${word}\t${description}`));
  terminal.out(`${[from, ...lines].join("\n")}\n`);
}
