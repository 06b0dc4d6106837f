import { readFile } from "node:fs/promises";
import { BentoError } from "@bento/core";
import type { LocationOptions } from "@bento/store";
import { isRemotePlace } from "@bento/store/remotes";
import { visible } from "../output/visible.js";
import type { Terminal } from "../terminal/terminal.js";

/** What a command line can say of a place that is not on this machine. */
export interface RemoteAccess extends Pick<LocationOptions, "protocol" | "user" | "password" | "params" | "subpath"> {
  /** The file whose first line is the password; `-` for stdin. */
  readonly passwordFile?: string | undefined;
  readonly askPassword?: true | undefined;
  readonly untrusted?: true | undefined;
}

/** The same as the packages take it. */
export type GivenLocation = LocationOptions & { readonly untrusted?: true };

/** Where the password may be as well, where no command line shows it. */
const passwordVariable = "BENTO_REMOTE_PASSWORD";
/** The last part of the path that a URL or path names, for people: never its user, password or query. */
export function placeLabel(place: string, access: RemoteAccess = {}): string {
  const isUrl = place.includes("://");
  const path = access.subpath ?? (isUrl ? place.replace(/^[^:]*:\/\/(.*@)?/s, "").replace(/[?#].*$/s, "") : place);
  const last = path.split("/").findLast((part) => part !== "") ?? path;
  return isUrl ? decoded(last) : last;
}

/**
 * Does what needs a place, with the password for it: the one that was given, by whichever way. Where the place wants one
 * and none is known, a person who has said who they are is asked for it, once.
 * @throws what the work throws; BENTO_BAD_REQUEST for a password that a place of this machine has no use for, or that is not where it was said to be
 */
export async function withAccess<T>(
  terminal: Terminal,
  { place, access }: { readonly place: string; readonly access: RemoteAccess },
  work: (location: GivenLocation) => Promise<T>,
): Promise<T> {
  const { protocol, user, params, subpath, untrusted } = access;
  const location = { protocol, user, params, subpath, ...(untrusted === true && { untrusted }) };
  if (!isRemotePlace(place, access)) {
    refuseForFiles(access);
    return work({ ...location, password: access.password });
  }
  const url = place.includes("://") && URL.canParse(place) ? new URL(place) : undefined;
  const who = user ?? decoded(url?.username ?? "");
  const question = `Password${who === "" ? "" : ` of ${visible(who)}`}: `;
  const isGiven = url !== undefined && url.password !== "";
  // Without a name it would be for somebody else: a variable is there for every command.
  const saved = isGiven || who === "" || untrusted === true ? undefined : process.env[passwordVariable] || undefined;
  const password = (await givenPassword(terminal, access, question)) ?? saved;
  try {
    return await work({ ...location, password });
  } catch (error) {
    if (!BentoError.is(error, "BENTO_UNAUTHORIZED") || isGiven || password !== undefined || who === "") throw error;
    const typed = await terminal.readSecret(question);
    if (typed === undefined) throw error;
    return work({ ...location, password: typed });
  }
}

async function givenPassword(
  terminal: Terminal,
  { password, passwordFile, askPassword }: RemoteAccess,
  question: string,
): Promise<string | undefined> {
  if (password !== undefined) return password;
  if (passwordFile !== undefined) return firstLine(terminal, passwordFile);
  if (askPassword !== true) return undefined;
  const typed = await terminal.readSecret(question);
  if (typed !== undefined) return typed;
  throw new BentoError("BENTO_BAD_REQUEST", "There is no terminal to ask for the password.", {
    hint: `Give it with --password-file, or in ${passwordVariable}.`,
  });
}

async function firstLine(terminal: Terminal, file: string): Promise<string> {
  const text = file === "-" ? ((await terminal.readLine()) ?? "") : await readText(file);
  const [line = ""] = text.split(/\r?\n/, 1);
  if (line !== "") return line;
  const where = file === "-" ? "on stdin" : `in ${JSON.stringify(file)}`;
  throw new BentoError("BENTO_BAD_REQUEST", `There is no password ${where}.`, { hint: "Its first line is the password." });
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new BentoError("BENTO_BAD_REQUEST", `The password file ${JSON.stringify(file)} cannot be read: ${(cause as Error).message}.`, {
      hint: "Name a file that you can read, or - for stdin.",
      cause,
    });
  }
}

/**
 * Refuses what would lead a backup away from this machine.
 * @throws BENTO_BAD_REQUEST
 */
export function refuseRemote(folder: string, access: RemoteAccess): void {
  if (!isRemotePlace(folder, access) && Object.values(access).every((value) => value === undefined)) return;
  throw new BentoError("BENTO_BAD_REQUEST", "A backup is kept in a folder of this machine, and nowhere else.", {
    hint: "Export and import each model by itself where it is kept elsewhere.",
  });
}

function refuseForFiles({ passwordFile, askPassword, untrusted }: RemoteAccess): void {
  const given = Object.entries({ "--password-file": passwordFile, "--ask-password": askPassword, "--untrusted": untrusted });
  const [option] = given.find(([, value]) => value !== undefined) ?? [];
  if (option === undefined) return;
  throw new BentoError("BENTO_BAD_REQUEST", `${option} is for places elsewhere; this one is on this machine.`, { hint: "Leave it out." });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
