/** Options whose value is a secret, whole. */
const secretOptions: ReadonlySet<string> = new Set(["--password", "--api-token"]);
/** An option whose value may be one, behind its own `=`. */
const pairOption = "--param";
/** A URL up to its last `@`, its host and path, and what follows those: signatures and tokens stand there. */
const url = /^([a-z][a-z0-9+.-]*:\/\/)(.*@)?([^?#]*)(.*)$/is;
const mask = "***";

/** The words of a command line, with everything masked in them that may be a secret. */
export function maskedWords(words: readonly string[]): readonly string[] {
  return words.map((word, index) => {
    const before = words[index - 1] ?? "";
    if (secretOptions.has(before)) return mask;
    if (before === pairOption) return maskedPair(word);
    const [option, value] = splitOption(word);
    if (value === undefined) return maskedUrl(word);
    if (secretOptions.has(option)) return `${option}=${mask}`;
    return option === pairOption ? `${option}=${maskedPair(value)}` : word;
  });
}

/**
 * Takes secrets out of what other users of the machine see of this process: everybody may read the command lines of all.
 * On Linux the new title is written over the old one. To be called before anything else is loaded.
 */
export function hideSecrets(words: readonly string[]): void {
  const masked = maskedWords(words);
  if (masked.some((word, index) => word !== words[index])) process.title = ["bento", ...masked].join(" ");
}

function splitOption(word: string): readonly [option: string, value: string | undefined] {
  const [, option = word, value] = /^(--[a-z-]+)=(.*)$/s.exec(word) ?? [];
  return [option, value];
}

function maskedPair(pair: string): string {
  const at = pair.indexOf("=");
  return at === -1 ? mask : `${pair.slice(0, at)}=${mask}`;
}

function maskedUrl(word: string): string {
  return word.replace(url, (_word, scheme: string, userInfo: string | undefined, place: string, rest: string) =>
    [scheme, userInfo === undefined ? "" : `${mask}@`, place, rest === "" ? "" : `?${mask}`].join(""),
  );
}
