import { BentoError } from "@bento/core";
import { isRemoteScheme, unknownScheme } from "./drivers/known-drivers.js";
import type { RemoteLocation } from "./remote.js";
import { KnownSecrets } from "./secrets.js";

/** What may be said of a remote apart from its URL. */
export interface RemoteOptions {
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly params?: Readonly<Record<string, string>> | undefined;
  /** See {@link RemoteLocation.isUntrusted}. */
  readonly isUntrusted?: boolean | undefined;
}

/**
 * The remote that a URL names: `ftp://user:password@host:21/folder/file?key=value`. Everything in it is decoded.
 * @throws BENTO_BAD_REQUEST for schemes that are not known, for what is no URL, and for what URL and options both say
 */
export function locationOfUrl(given: string | URL, options: RemoteOptions = {}): RemoteLocation {
  const text = String(given);
  const protocol = text.slice(0, text.indexOf(":")).toLowerCase();
  if (!isRemoteScheme(protocol)) throw unknownScheme(protocol);
  const url = urlOf(text, protocol);
  const query = url.search.slice(1);
  const params = Object.fromEntries(new URLSearchParams(query));
  for (const name of Object.keys(options.params ?? {})) if (Object.hasOwn(params, name)) throw saidTwice(protocol, name);
  if (url.username !== "" && options.user !== undefined) throw saidTwice(protocol, "user");
  if (url.password !== "" && options.password !== undefined) throw saidTwice(protocol, "password");
  return located({
    protocol,
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? undefined : Number(url.port),
    user: options.user ?? (url.username === "" ? undefined : decoded(url.username, protocol)),
    password: options.password ?? (url.password === "" ? undefined : decoded(url.password, protocol)),
    params: { ...params, ...options.params },
    query,
    path: decoded(url.pathname.replace(/^\//, ""), protocol),
    isUntrusted: options.isUntrusted ?? false,
  });
}

/**
 * The remote at a plain path, in which every character stands for itself: what stands before the first `/` is host or
 * bucket, perhaps with a port, unless a subpath is given apart.
 * @source BentoML exportable.py; differs: user and password are never glued into a path
 */
export function locationOfPath(
  given: string,
  { protocol: scheme, subpath, ...options }: RemoteOptions & { readonly protocol: string; readonly subpath?: string | undefined },
): RemoteLocation {
  const protocol = scheme.toLowerCase();
  if (!isRemoteScheme(protocol)) throw unknownScheme(protocol);
  const slash = subpath === undefined ? given.indexOf("/") : -1;
  const authority = slash === -1 ? given.replace(/\/+$/, "") : given.slice(0, slash);
  const path = subpath ?? (slash === -1 ? "" : given.slice(slash + 1));
  const [, host = authority, port] = /^(\[[^\]]*\]|[^:]*):(\d{1,5})$/.exec(authority) ?? [];
  return located({
    protocol,
    host: host.replace(/^\[|\]$/g, ""),
    port: port === undefined ? undefined : Number(port),
    user: options.user,
    password: options.password,
    params: { ...options.params },
    query: new URLSearchParams(options.params).toString(),
    path: path.replace(/^\/+/, ""),
    isUntrusted: options.isUntrusted ?? false,
  });
}

function located(parts: Omit<RemoteLocation, "secrets">): RemoteLocation {
  const { protocol, host, path, password } = parts;
  // oxlint-disable-next-line no-control-regex -- servers of old protocols take a line break for the end of a command
  if (/[\0-\x1f\x7f]/.test(path) || /[\0-\x20\x7f]/.test(host)) {
    throw badLocation(`The ${protocol}:// location has a control character in its host or path.`);
  }
  if (path.split("/").includes("..")) throw badLocation(`The ${protocol}:// location has ".." in its path, which leads out of it.`);
  const secrets = new KnownSecrets();
  secrets.add(password);
  return { ...parts, secrets };
}

function urlOf(text: string, protocol: string): URL {
  // Never the text itself, nor the error of the parser, which quotes it: it may hold secrets.
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) {
    throw badLocation(
      `The ${protocol}:// location is no URL.`,
      "Encode what is special in user, password and path: @ as %40, : as %3A, / as %2F, # as %23, ? as %3F; or give them as options.",
    );
  }
  if (url.hash !== "") throw badLocation(`The ${protocol}:// location has a fragment.`, "Write %23 where # belongs to a name.");
  return url;
}

function decoded(text: string, protocol: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw badLocation(`The ${protocol}:// location has a % that encodes nothing.`, "Write %25 where % belongs to a name.");
  }
}

function saidTwice(protocol: string, what: string): BentoError {
  return badLocation(`The ${protocol}:// URL and the options both give ${JSON.stringify(what)}.`, "Leave one of them out.");
}

function badLocation(message: string, hint?: string): BentoError {
  return new BentoError("BENTO_BAD_REQUEST", message, { hint });
}
