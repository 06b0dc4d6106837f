import { BentoError } from "@bento/core";
import { sep } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Parts of a place that may be given apart from it.
 *
 * A URL names its protocol and path itself, and may carry the rest as well; what it does not carry may be given here. In
 * a plain path, every character stands for itself.
 */
export interface LocationOptions {
  /** Of a plain path: `"file"`, the default, or the scheme of a remote. Then host or bucket stands before the path's first `/`. */
  readonly protocol?: string | undefined;
  /** Of remotes: who asks. A URL may say it as well, `ftp://user@host/`. */
  readonly user?: string | undefined;
  /** Of remotes. Never shown. */
  readonly password?: string | undefined;
  /** Of remotes: what their protocol knows besides, such as `endpoint_url` of S3. A URL may say them as its query. */
  readonly params?: Readonly<Record<string, string>> | undefined;
  /** Of a plain path: a path below it. What is given as the path of a remote is then its host or bucket alone. */
  readonly subpath?: string | undefined;
}

/** BentoML takes all of these for plain files. */
const fileProtocols = ["file", "osfs", "tar", "zip"];

/** Whether a place is somewhere else than on this machine: by the scheme of a URL, or by the protocol that is given. */
export function isRemotePlace(given: string | URL, { protocol }: LocationOptions = {}): boolean {
  if (isUrl(given)) return !fileProtocols.includes(schemeOf(given));
  return typeof given === "string" && protocol !== undefined && !fileProtocols.includes(protocol.toLowerCase());
}

function isUrl(given: string | URL): boolean {
  return given instanceof URL || (typeof given === "string" && given.includes("://"));
}

function schemeOf(given: string | URL): string {
  const text = String(given);
  return text.slice(0, text.indexOf(":")).toLowerCase();
}

/**
 * The path on this machine that a path or URL names, with `/` between its parts: absolute, or relative to the current
 * folder, which is also what an empty one means. A `/` at its end stays. In a plain path every character stands for
 * itself, also `~`, `%`, `?` and `#`; a URL is decoded.
 * @throws BENTO_BAD_REQUEST for other protocols, for a URL together with options, and for options that files have not
 * @source BentoML exportable.py; differs: URLs are decoded, and nothing is glued into the path
 */
export function localPath(given: string | URL, options: LocationOptions = {}): string {
  const { protocol, user, password, params, subpath } = options;
  if (isUrl(given)) {
    refuse(
      [protocol, user, password, params, subpath],
      "A URL of a file says everything itself; options cannot add to it.",
      "Put them into the URL.",
    );
    return pathOfUrl(given);
  }
  if (typeof given !== "string") throw badPlace(`A place is a path or a URL, not ${given === null ? "null" : `a ${typeof given}`}.`);
  checkProtocol(protocol ?? "file");
  refuse([user, password, params], "Files of this machine take neither user nor password nor params.", "Leave them out.");
  const path = subpath === undefined ? given : `${given}${given === "" || given.endsWith("/") ? "" : "/"}${subpath.replace(/^\/+/, "")}`;
  return checkPath(path);
}

function pathOfUrl(given: string | URL): string {
  const text = String(given);
  const protocol = schemeOf(given);
  checkProtocol(protocol);
  const rest = text.slice(text.indexOf("://") + "://".length);
  if (/[?#]/.test(rest)) {
    throw badPlace(
      `${JSON.stringify(text)} has a query or a fragment, which files have not.`,
      "Write %3F and %23 where ? and # belong to a name.",
    );
  }
  // PyFilesystem, where the protocol comes from, took what follows as a path that may be relative.
  if (protocol === "osfs" && !rest.startsWith("/")) return checkPath(decode(rest, text));
  try {
    return checkPath(fileURLToPath(`file://${rest}`));
  } catch (cause) {
    if (BentoError.is(cause)) throw cause;
    throw badPlace(
      `${JSON.stringify(text)} names no file of this machine: ${(cause as Error).message}.`,
      "Write file:///path/of/the/file.",
      cause,
    );
  }
}

function decode(path: string, url: string): string {
  try {
    return decodeURIComponent(path);
  } catch (cause) {
    throw badPlace(`${JSON.stringify(url)} has a % that encodes nothing.`, "Write %25 where % belongs to a name.", cause);
  }
}

function checkPath(path: string): string {
  if (path.includes("\0")) throw badPlace(`${JSON.stringify(path)} has a NUL in it, which no path can have.`);
  return path.replaceAll(sep, "/");
}

/** Names no more than the protocol: the rest of a URL may hold secrets. */
function checkProtocol(protocol: string): void {
  if (fileProtocols.includes(protocol)) return;
  throw badPlace(
    `${JSON.stringify(`${protocol}://`)} is no place for this: only a folder of this machine is.`,
    "Use a folder of this machine; one archive at a time can go to other places, and come from there.",
  );
}

function refuse(options: readonly unknown[], message: string, hint: string): void {
  if (options.some((option) => option !== undefined)) throw badPlace(message, hint);
}

function badPlace(message: string, hint?: string, cause?: unknown): BentoError {
  return new BentoError("BENTO_BAD_REQUEST", message, { hint, cause });
}
