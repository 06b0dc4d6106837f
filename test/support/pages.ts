import { readFile } from "node:fs/promises";
import { workspaceRoot } from "./workspace.js";

/** The picture that examples send: 2 x 3 pixels. */
export const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAIAAAADCAIAAAA2iEnWAAAAEUlEQVR4nGP4z8AARAwQCgAf7gP9i18U1AAAAABJRU5ErkJggg==",
  "base64",
);

/** A block of code on a page. */
export interface PageBlock {
  readonly language: string;
  /** The file that it is, where it says so: `ts file=call.ts`. */
  readonly file: string | undefined;
  readonly text: string;
}

/** The blocks of code of a page, named from the workspace's folder: `docs/clients.md`. */
export async function blocksOf(page: string): Promise<readonly PageBlock[]> {
  const text = await readFile(`${workspaceRoot}${page}`, "utf8");
  const blocks = text.matchAll(/^```(\w+)(?: file=(\S+))?\n(.*?)^```$/gms);
  return Array.from(blocks, ([, language = "", file, code = ""]) => ({ language, file, text: code }));
}

/** What a program says that it prints, line by line: `console.log(a); // 1, then 2`. */
export function promisedBy(program: string): readonly string[] {
  const printed = program.matchAll(/console\.log\(.* \/\/ (.*)$/gm);
  return Array.from(printed, ([, said = ""]) => said).flatMap((said) => said.split(", then "));
}

/** A command of a page, with the lines that it says it prints, which follow it as comments. */
export interface PageCommand {
  readonly line: string;
  readonly prints: string;
}

export function commandsOf(script: string): readonly PageCommand[] {
  const commands: { line: string; prints: string }[] = [];
  for (const line of script.split("\n").filter((text) => text !== "")) {
    const last = commands.at(-1);
    if (line.startsWith("# ") && last !== undefined) last.prints += `${line.slice(2)}\n`;
    else commands.push({ line, prints: "" });
  }
  return commands;
}
