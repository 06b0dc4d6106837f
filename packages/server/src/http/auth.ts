import { createHash, timingSafeEqual } from "node:crypto";

import { BentoError, type ContextRequest, type Identity } from "@bento/core";

import type { Incoming } from "./incoming.js";

/** Decides who calls: an identity, or `null` for nobody that is known. It sees everything of a request but its body. */
export type Authenticate = (request: ContextRequest) => Identity | null | Promise<Identity | null>;

/**
 * Who may call a service.
 *
 * - `{ tokens }`: whoever sends one of them as `Authorization: Bearer <token>`; given as an object, its keys name the
 *   callers and become `ctx.identity.id`.
 * - a function: whoever it answers an identity for.
 */
export type Auth = { readonly tokens: readonly string[] | Readonly<Record<string, string>> } | Authenticate;

/** Finds out who calls. @throws BENTO_UNAUTHORIZED */
export type Authenticator = (incoming: Incoming, request: ContextRequest) => Identity | Promise<Identity>;

/**
 * The check behind the option `auth`.
 * @throws BENTO_CONFIG_INVALID when tokens are missing, empty or cannot be sent in a header
 */
export function makeAuthenticator(auth: Auth): Authenticator {
  return typeof auth === "function" ? functionAuthenticator(auth) : tokenAuthenticator(auth.tokens);
}

function functionAuthenticator(authenticate: Authenticate): Authenticator {
  return async (_incoming, request) => {
    const identity = await authenticate(request);
    if (identity === null) throw unauthorized("The request's credentials were not accepted.");
    return identity;
  };
}

function tokenAuthenticator(tokens: readonly string[] | Readonly<Record<string, string>>): Authenticator {
  const named: readonly (readonly [string, string])[] = Array.isArray(tokens)
    ? tokens.map((token: string, index) => [`token-${index + 1}`, token])
    : Object.entries(tokens as Readonly<Record<string, string>>);
  if (named.length === 0) throw configInvalid("names no tokens, so that nobody could call the service");
  for (const [name, token] of named) {
    if (typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token))
      throw configInvalid(`holds, as "${name}", what cannot be sent as a token`);
  }
  const known = named.map(([id, token]) => ({ identity: Object.freeze({ id }), digest: digest(token) }));
  return (incoming) => {
    const header = incoming.header("authorization");
    if (header === undefined) throw unauthorized("The request carries no credentials.");
    const token = /^bearer +(\S+) *$/i.exec(header)?.[1];
    if (token === undefined) throw unauthorized("The Authorization header is not of the form Bearer <token>.");
    return find(known, digest(token)) ?? refuse();
  };
}

/** Looks at every token and at all of each, so that the time it takes tells nothing about them. */
function find(known: readonly { readonly identity: Identity; readonly digest: Buffer }[], candidate: Buffer): Identity | undefined {
  let found: Identity | undefined;
  for (const { identity, digest: own } of known) if (timingSafeEqual(own, candidate)) found = identity;
  return found;
}

/** Equal lengths are what a comparison in constant time needs. */
function digest(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

function refuse(): never {
  throw unauthorized("The request's token is not one of this server's.");
}

function unauthorized(message: string): BentoError {
  return new BentoError("BENTO_UNAUTHORIZED", message, {
    hint: "Send the header Authorization: Bearer <token>, or give the client its token option.",
  });
}

function configInvalid(problem: string): BentoError {
  return new BentoError("BENTO_CONFIG_INVALID", `The option auth.tokens ${problem}.`, {
    hint: "Give tokens of visible ASCII characters, as a list or as { name: token }.",
  });
}
