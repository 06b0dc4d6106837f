/** How the packages name what a caller can do, and how the command line names the same. */
const inCommandLine: readonly (readonly [RegExp, string | ((...parts: string[]) => string)])[] = [
  [/\{ limits: \{ (\w+): \.\.\. \} \}/g, (_all, name = "") => optionName(name)],
  [/\bexisting: "(\w+)"/g, (_all, how = "") => `--existing ${how}`],
  [/\bgive a stream\b/g, "write - for stdout"],
  [/\bwithModels: false\b/g, "--without-models"],
  [/\bparams\.(\w+)(=\w+|: "\w+")?/g, (_all, name = "", value = "=...") => `--param ${name}${value.replace(/^: "(.*)"$/, "=$1")}`],
  [/; registerRemote\(\) makes others known/g, ""],
  [/: \{ version \}/g, ": --version"],
  [/\b(acceptChanges|maxEntries|maxMemory)\b/g, (name) => optionName(name)],
  [/\blist\([^)]*\) or (?=`bento )/g, ""],
  [/\bimport(Bento|Model), or (?=`bento )/g, ""],
];

/** A hint for somebody who uses the command, not the packages. */
export function commandHint(hint: string): string {
  return inCommandLine.reduce((text, [pattern, words]) => text.replaceAll(pattern, words as string), hint);
}

/** `maxBytes` is `--max-bytes`. */
function optionName(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
