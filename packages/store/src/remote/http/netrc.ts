import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** What a netrc file says of a host. */
export interface NetrcLogin {
  readonly user: string | undefined;
  readonly password: string | undefined;
}

/** What the file that `NETRC` names, else `~/.netrc`, says of a host. One that is not there, or cannot be read, says nothing. */
export async function netrcLogin(host: string, user: string | undefined, env = process.env): Promise<NetrcLogin | undefined> {
  const named = env["NETRC"];
  const path = named === undefined || named === "" ? join(env["HOME"] ?? homedir(), ".netrc") : named;
  const text = await readFile(path, "utf8").catch(() => "");
  return loginIn(text, host, user);
}

/**
 * The first entry of a netrc file that is for a host, or for all, and for the user if one is given.
 * @source GNU inetutils, "The .netrc file"; quotes as curl reads them
 */
export function loginIn(text: string, host: string, user?: string): NetrcLogin | undefined {
  return entriesOf(text).find((entry) => (entry.host === undefined || entry.host === host) && (user === undefined || entry.user === user));
}

interface Entry extends NetrcLogin {
  /** `undefined` for the entry of all hosts. */
  readonly host: string | undefined;
}

function entriesOf(text: string): readonly Entry[] {
  const entries: { host: string | undefined; user: string | undefined; password: string | undefined }[] = [];
  const words = wordsOf(text);
  for (let word = words.next(); word.done !== true; word = words.next()) {
    const value = (): string | undefined => words.next().value ?? undefined;
    const entry = entries.at(-1);
    if (word.value === "machine") {
      const host = value();
      if (host === undefined) break;
      entries.push({ host, user: undefined, password: undefined });
    } else if (word.value === "default") entries.push({ host: undefined, user: undefined, password: undefined });
    else if (entry === undefined) break;
    else if (word.value === "login") entry.user = value();
    else if (word.value === "password") entry.password = value();
    else if (word.value === "account") value();
    // What is not known may have any meaning: what follows it is not guessed at.
    else break;
  }
  return entries;
}

/** Words, or texts in quotes. Comments and macros, which end with an empty line, are left out. */
function* wordsOf(text: string): Generator<string, void> {
  const plain = text.replaceAll(/^[ \t]*macdef[ \t][^]*?(?:\n[ \t]*\r?\n|$(?![^]))/gm, "\n");
  for (const line of plain.split("\n")) {
    if (line.trimStart().startsWith("#")) continue;
    for (const [whole, quoted] of line.matchAll(/"((?:[^"\\]|\\.)*)"|\S+/g)) {
      yield quoted === undefined ? whole : quoted.replaceAll(/\\(.)/g, "$1");
    }
  }
}
