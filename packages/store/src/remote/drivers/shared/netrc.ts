import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** Who one is at a host, as a netrc file says. */
export interface NetrcLogin {
  readonly user: string | undefined;
  readonly password: string | undefined;
}

/**
 * What the file that `NETRC` names, or `~/.netrc`, says of a host: the first entry with its name, and with the user if one
 * is given, else the default one. `undefined` where there is no file, or nothing in it that fits.
 * @source the manual page of netrc, and curl's reader of it
 */
export async function netrcLogin(
  host: string,
  { user, env = process.env }: { readonly user?: string | undefined; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<NetrcLogin | undefined> {
  // No file, or none that may be read, is no login.
  const text = await readFile(env["NETRC"] || join(homedir(), process.platform === "win32" ? "_netrc" : ".netrc"), "utf8").catch(() => "");
  const fitting = entriesOf(text).filter((entry) => user === undefined || entry.user === undefined || entry.user === user);
  return fitting.find(({ machine }) => machine === host.toLowerCase()) ?? fitting.find(({ machine }) => machine === undefined);
}

interface Entry {
  /** `undefined` for the default one. */
  readonly machine: string | undefined;
  user: string | undefined;
  password: string | undefined;
}

function entriesOf(text: string): readonly Entry[] {
  const entries: Entry[] = [];
  const words = wordsOf(text);
  for (let word = words.next(); !word.done; word = words.next()) {
    const last = entries.at(-1);
    if (word.value === "default") entries.push({ machine: undefined, user: undefined, password: undefined });
    else if (word.value === "machine")
      entries.push({ machine: words.next().value?.toLowerCase() ?? "", user: undefined, password: undefined });
    else if (last !== undefined && word.value === "login") last.user = words.next().value ?? undefined;
    else if (last !== undefined && word.value === "password") last.password = words.next().value ?? undefined;
    else if (word.value === "account") words.next();
  }
  return entries;
}

/** The words, without comments and macros; what stands in quotes is one word. */
function* wordsOf(text: string): Generator<string, undefined> {
  let isMacro = false;
  for (const line of text.split(/\r?\n/)) {
    // A macro goes on until an empty line.
    if (isMacro && line.trim() !== "") continue;
    isMacro = false;
    for (const [word, quoted] of line.matchAll(/"((?:[^"\\]|\\.)*)"|\S+/g)) {
      if (word.startsWith("#") && quoted === undefined) break;
      if (word === "macdef") {
        isMacro = true;
        break;
      }
      yield quoted?.replace(/\\(.)/g, "$1") ?? word;
    }
  }
}
