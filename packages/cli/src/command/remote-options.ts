import { type Command, Option } from "commander";
import type { RemoteAccess } from "../actions/remote-access.js";
import { completedBy } from "../completion/hints.js";
import { parsePath } from "./path.js";

/** What the options say of how a remote is reached. */
export interface RemoteOptions extends Omit<RemoteAccess, "params"> {
  readonly param?: readonly string[];
}

const heading = "Places elsewhere:";

/** Options of commands that take a URL where they take a path. */
export function remoteOptions(): readonly Option[] {
  return [
    new Option("--user <name>", "who asks: a name, or the key that stands for it"),
    new Option("--password <password>", "with which password (default: that of the URL, else BENTO_REMOTE_PASSWORD)").conflicts([
      "passwordFile",
      "askPassword",
    ]),
    completedBy(
      "files",
      new Option("--password-file <file>", "read it from a file, or - for stdin").conflicts("askPassword").argParser(parsePath),
    ),
    new Option("--ask-password", "ask for it, also where none seems to be needed"),
    new Option("--param <key=value>", "what else the place needs to know; may be repeated").argParser(collect),
    completedBy("schemes", new Option("--protocol <scheme>", "how a path that is no URL is reached")),
    new Option("--subpath <path>", "a path below the one that is given"),
  ].map((option) => option.helpGroup(heading));
}

/** Option of what is read from a URL that somebody else gave. */
export function untrustedOption(): Option {
  return new Option("--untrusted", "the URL is a stranger's: send no credentials, ask nothing inside").helpGroup(heading);
}

/** What was given of them. Ends the command for a `--param` that is no pair, without repeating it: it may be a secret. */
export function givenRemote(options: RemoteOptions, command: Command): RemoteAccess {
  const { param = [], user, password, passwordFile, askPassword, protocol, subpath, untrusted } = options;
  const pairs = param.map((pair) => [pair.slice(0, Math.max(pair.indexOf("="), 0)), pair.slice(pair.indexOf("=") + 1)] as const);
  if (pairs.some(([key]) => key === "")) command.error("error: --param takes key=value.");
  const params = pairs.length === 0 ? undefined : Object.fromEntries(pairs);
  return { user, password, passwordFile, askPassword, params, protocol, subpath, untrusted };
}

function collect(pair: string, before: readonly string[] = []): readonly string[] {
  return [...before, pair];
}
