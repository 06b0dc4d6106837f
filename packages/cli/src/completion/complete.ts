import type { Argument, Command, Option } from "commander";
import { type Hint, hintOf, type Source } from "./hints.js";

/** A word that may stand where the cursor is. */
export interface Candidate {
  readonly word: string;
  readonly description: string;
}

/** What a shell offers. */
export interface Completion {
  /** `files` and `folders` leave it to the shell, which knows its own disk. */
  readonly from: "words" | "files" | "folders";
  readonly candidates: readonly Candidate[];
}

/** What the line says already of where to look. */
export interface Line {
  /** Of `--home`. */
  readonly home: string | undefined;
  /** The arguments that the command has already. */
  readonly operands: readonly string[];
}

/** The words of a store, a service or the current folder for a source such as `model-tags`. */
export type LookUp = (source: Source, line: Line) => Promise<readonly Candidate[]>;

/**
 * What may stand at the end of a command line.
 * @param words what stands after `bento`; the last is the one being written, and may be empty
 */
export async function complete(program: Command, words: readonly string[], lookUp: LookUp): Promise<Completion> {
  const current = words.at(-1) ?? "";
  const walked = walk(program, words.slice(0, -1));
  const { command, pending } = walked;
  const place = pending ?? placeOf(walked, current);
  if (Array.isArray(place)) {
    // What only the service knows stands first, as it is what is looked for.
    const own = current.startsWith("-") && hintOfLast(command) === "arguments" ? await lookUp("arguments", walked) : [];
    return fitting(current, [...own, ...place]);
  }
  const prefix = pending === undefined && current.startsWith("-") ? current.slice(0, current.indexOf("=") + 1) : "";
  const hint = hintOf(place);
  if (hint === "files" || hint === "folders") return { from: hint, candidates: [] };
  if (hint === "places") return placesFor(current, (source) => lookUp(source, walked));
  const known = place.argChoices ?? hint;
  const choices = typeof known === "string" ? await lookUp(known, walked) : known.map((word) => ({ word, description: "" }));
  return fitting(
    current,
    choices.map(({ word, description }) => ({ word: prefix + word, description })),
  );
}

/** A URL's beginning where one is being written, else what the shell finds: a file of that name is nearer than a scheme. */
async function placesFor(current: string, words: (source: Source) => Promise<readonly Candidate[]>): Promise<Completion> {
  const files: Completion = { from: "files", candidates: [] };
  if (current === "" || fitting(current, await words("files")).candidates.length > 0) return files;
  const urls = fitting(current, await words("urls"));
  return urls.candidates.length > 0 ? urls : files;
}

interface Walked extends Line {
  readonly command: Command;
  /** The option whose value comes next. */
  readonly pending: Option | undefined;
  /** Whether `--` was written. */
  readonly onlyOperands: boolean;
}

function walk(program: Command, words: readonly string[]): Walked {
  let command = program;
  const operands: string[] = [];
  let pending: Option | undefined;
  let home: string | undefined;
  let onlyOperands = false;
  for (const word of words) {
    if (pending !== undefined) {
      if (pending.long === "--home") home = word;
      pending = undefined;
    } else if (word === "--") {
      onlyOperands = true;
    } else if (word.startsWith("-") && !onlyOperands) {
      const [name, value] = splitOption(word);
      const option = command.options.find(({ short, long }) => short === name || long === name);
      if (option?.long === "--home") home = value;
      if (option?.required === true && value === undefined) pending = option;
    } else {
      const next: Command | undefined =
        operands.length === 0 && !onlyOperands ? command.commands.find((each) => each.name() === word) : undefined;
      if (next === undefined) operands.push(word);
      else command = next;
    }
  }
  return { command, operands, pending, home, onlyOperands };
}

function splitOption(word: string): readonly [name: string, value: string | undefined] {
  const at = word.indexOf("=");
  return at === -1 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}

/** The argument or option that the word belongs to, or the words that may stand there. */
function placeOf({ command, operands, onlyOperands }: Walked, current: string): Argument | Option | Candidate[] {
  const help = command.createHelp();
  if (current.startsWith("-") && !onlyOperands) {
    const [name, value] = splitOption(current);
    const option = value === undefined ? undefined : command.options.find(({ long }) => long === name);
    if (option !== undefined) return option;
    return help.visibleOptions(command).flatMap(({ long, description }) => (long ? [{ word: long, description }] : []));
  }
  if (command.commands.length > 0) {
    return operands.length > 0 ? [] : help.visibleCommands(command).map((each) => ({ word: each.name(), description: each.description() }));
  }
  const last = command.registeredArguments.at(-1);
  return command.registeredArguments[operands.length] ?? (last?.variadic ? last : []);
}

function hintOfLast(command: Command): Hint | undefined {
  const last = command.registeredArguments.at(-1);
  return last && hintOf(last);
}

function fitting(current: string, candidates: readonly Candidate[]): Completion {
  return { from: "words", candidates: candidates.filter(({ word }) => word.startsWith(current)) };
}
