import { BentoError } from "@bento/core";

/** What `~/.ssh/config` says about a host: the first word on each thing counts, except for files of keys, which are gathered. */
export interface SshConfig {
  /** By keyword in small letters. The arguments are those of the line, without quotes. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly identityFiles: readonly string[];
}

/** Whom a config is asked about. */
export interface ConfigQuestion {
  /** As it was given, before anything was put in its place. */
  readonly host: string;
  /** The remote user where one was given. */
  readonly user: string | undefined;
  readonly localUser: string;
  /** Texts of the files that an `Include` names, in their order. */
  readonly include: (pattern: string) => readonly ConfigText[];
}

/** A file of configuration. */
export interface ConfigText {
  /** For messages. */
  readonly file: string;
  readonly text: string;
}

/** Included files may include others, but not without end. @source OpenSSH readconf.c */
const deepestInclude = 16;

/**
 * Reads configuration as OpenSSH does: `Host` and `Match` (by `all`, `host`, `originalhost`, `user`, `localuser`), `Include`, quotes, comments, `=`.
 * A `Match` by anything else, such as the outcome of a command, never applies.
 * @throws BENTO_CONFIG_INVALID naming file and line
 */
export function readSshConfig(texts: readonly ConfigText[], question: ConfigQuestion): SshConfig {
  const reading = new Reading(question);
  for (const text of texts) reading.read(text, { isActive: true, depth: 0 });
  return reading;
}

class Reading implements SshConfig {
  readonly values = new Map<string, readonly string[]>();
  readonly identityFiles: string[] = [];
  readonly #question: ConfigQuestion;

  constructor(question: ConfigQuestion) {
    this.#question = question;
  }

  read({ file, text }: ConfigText, { isActive: outer, depth }: { readonly isActive: boolean; readonly depth: number }): void {
    if (depth > deepestInclude) throw invalid(file, 1, `files include each other more than ${deepestInclude} deep`);
    let isActive = outer;
    for (const [index, line] of text.split(/\r?\n/).entries()) {
      const [keyword, ...values] = wordsOf(line, file, index + 1);
      if (keyword === undefined) continue;
      if (values.length === 0) throw invalid(file, index + 1, `${JSON.stringify(keyword)} says nothing`);
      const key = keyword.toLowerCase();
      if (key === "host") isActive = outer && matchesPatterns(this.#question.host, values);
      else if (key === "match") isActive = outer && this.#matches(values, file, index + 1);
      else if (key === "include") this.#include(values, { isActive, depth: depth + 1 });
      else if (isActive) this.#set(key, values);
    }
  }

  #include(patterns: readonly string[], within: { readonly isActive: boolean; readonly depth: number }): void {
    for (const pattern of patterns) for (const included of this.#question.include(pattern)) this.read(included, within);
  }

  #set(key: string, values: readonly string[]): void {
    const [value] = values as [string];
    if (key === "identityfile") {
      if (!this.identityFiles.includes(value)) this.identityFiles.push(value);
    } else if (!this.values.has(key)) this.values.set(key, values);
  }

  #matches(criteria: readonly string[], file: string, line: number): boolean {
    const words = [...criteria];
    let isMatch = true;
    while (words.length > 0) {
      const word = words.shift() as string;
      const isNegated = word.startsWith("!");
      const criterion = word.slice(isNegated ? 1 : 0).toLowerCase();
      if (criterion === "all") continue;
      const subject = this.#subject(criterion);
      if (subject === undefined) return false;
      const patterns = words.shift();
      if (patterns === undefined) throw invalid(file, line, `"Match ${criterion}" says nothing`);
      if (matchesPatterns(subject, patterns.split(",")) === isNegated) isMatch = false;
    }
    return isMatch;
  }

  #subject(criterion: string): string | undefined {
    const { host, user, localUser } = this.#question;
    switch (criterion) {
      case "host":
        return (this.values.get("hostname")?.[0] ?? host).replaceAll("%h", host);
      case "originalhost":
        return host;
      case "user":
        return user ?? this.values.get("user")?.[0] ?? localUser;
      case "localuser":
        return localUser;
      default:
        return undefined;
    }
  }
}

/** Whether one of the patterns fits, and none of those that stand behind `!`. @source ssh_config(5) PATTERNS */
export function matchesPatterns(text: string, patterns: readonly string[]): boolean {
  const fits = (pattern: string): boolean => isLike(text.toLowerCase(), pattern.toLowerCase());
  if (patterns.some((pattern) => pattern.startsWith("!") && fits(pattern.slice(1)))) return false;
  return patterns.some((pattern) => !pattern.startsWith("!") && fits(pattern));
}

/** `*` is any text, `?` any character. Takes no longer for patterns that somebody made up to take long. */
export function isLike(text: string, pattern: string): boolean {
  let [at, star, resume] = [0, -1, 0];
  let inPattern = 0;
  while (at < text.length) {
    if (pattern[inPattern] === "*") {
      star = inPattern;
      resume = at;
      inPattern += 1;
    } else if (pattern[inPattern] === "?" || pattern[inPattern] === text[at]) {
      inPattern += 1;
      at += 1;
    } else if (star !== -1) {
      inPattern = star + 1;
      resume += 1;
      at = resume;
    } else return false;
  }
  while (pattern[inPattern] === "*") inPattern += 1;
  return inPattern === pattern.length;
}

/** The words of a line, the first of which may have a `=` behind it. */
function wordsOf(line: string, file: string, number: number): readonly string[] {
  const keyword = /^\s*([^\s="#]+)(?:\s*=\s*|\s+|$)/.exec(line);
  if (keyword === null) {
    if (/^\s*(#|$)/.test(line)) return [];
    throw invalid(file, number, "no keyword stands at the beginning");
  }
  const words = [keyword[1] as string];
  let word: string | undefined;
  let quote: string | undefined;
  for (let at = keyword[0].length; at < line.length; at += 1) {
    const character = line[at] as string;
    const next = line[at + 1];
    if (character === "\\" && (next === '"' || next === "'" || next === "\\" || (quote === undefined && next === " "))) {
      word = (word ?? "") + next;
      at += 1;
    } else if (quote === undefined && (character === '"' || character === "'")) {
      quote = character;
      word ??= "";
    } else if (character === quote) quote = undefined;
    else if (quote === undefined && /\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (quote === undefined && character === "#" && word === undefined) break;
    else word = (word ?? "") + character;
  }
  if (quote !== undefined) throw invalid(file, number, "a quote has no end");
  if (word !== undefined) words.push(word);
  return words;
}

function invalid(file: string, line: number, what: string): BentoError {
  return new BentoError("BENTO_CONFIG_INVALID", `${JSON.stringify(file)} cannot be read: in line ${line} ${what}.`, {
    hint: "ssh -G HOST shows how OpenSSH reads it.",
  });
}
