import { BentoError } from "@bento/core";

import type { FailureLimit } from "../limits/failure-limit.js";
import type { TokenBearer, Tokens, Scope } from "../tokens/tokens.js";
import type { Access, RouteContext } from "./route.js";

export interface AccessParts {
  readonly tokens: Pick<Tokens, "verify">;
  /** Counts who tries tokens that are none. */
  readonly failures: FailureLimit;
  /** Whether everybody may do everything: on this machine alone. */
  readonly insecure: boolean;
}

/** Everybody, where no tokens are asked for. */
export const anyone: TokenBearer = { tokenId: "", name: "anyone", scope: "admin" };

const ranks = { read: 1, write: 2, admin: 3 } as const;

/**
 * Who calls, if they may do what needs `scope`.
 * @throws BENTO_UNAUTHORIZED without a token or with a wrong one, BENTO_FORBIDDEN where its scope does not reach,
 *   BENTO_TOO_MANY_REQUESTS after too many wrong ones
 */
export async function callerOf(context: RouteContext, scope: Scope, parts: AccessParts): Promise<TokenBearer> {
  if (parts.insecure) return anyone;
  const token = tokenOf(context);
  const caller = await verified(token, context.get("address"), parts);
  if (ranks[caller.scope] >= ranks[scope]) return caller;
  throw new BentoError(
    "BENTO_FORBIDDEN",
    `The token ${JSON.stringify(caller.name)} may ${caller.scope}; this takes one that may ${scope}.`,
    {
      hint: `\`bento registry token create NAME --scope ${scope}\` makes one.`,
    },
  );
}

/** Whose token it is. @throws BENTO_UNAUTHORIZED, BENTO_TOO_MANY_REQUESTS */
export async function verified(token: string | undefined, address: string, { tokens, failures }: AccessParts): Promise<TokenBearer> {
  const retryAfterMs = failures.waitMs(address);
  if (retryAfterMs > 0) {
    throw new BentoError("BENTO_TOO_MANY_REQUESTS", "Too many wrong tokens came from this address.", {
      retryAfterMs,
      hint: `Try again in ${Math.ceil(retryAfterMs / 1000)} seconds.`,
    });
  }
  if (token === undefined) {
    throw new BentoError("BENTO_UNAUTHORIZED", "This registry wants a token, and the request has none.", {
      hint: "Log in: `bento cloud login --api-token TOKEN --endpoint URL`.",
    });
  }
  const caller = await tokens.verify(token);
  if (caller !== undefined) return caller;
  failures.failed(address);
  throw new BentoError("BENTO_UNAUTHORIZED", "The token is unknown, expired or revoked.", {
    hint: "Ask whoever runs the registry for a new one, and log in with it.",
  });
}

/** Whether a route is one of the API that wants a token. */
export function needsToken(access: Access): access is Scope {
  return access in ranks;
}

/** The token that a request carries. */
export function tokenOf(context: RouteContext): string | undefined {
  const own = context.req.header("x-yatai-api-token");
  const bearer = /^Bearer +(\S+)$/i.exec(context.req.header("authorization") ?? "")?.[1];
  const token = own ?? bearer;
  return token === undefined || token === "" ? undefined : token;
}

/**
 * Refuses what web pages of other origins send: nothing here is for them. Programs send no Origin.
 * @throws BENTO_FORBIDDEN
 */
export function refuseForeignPages(context: RouteContext): void {
  const { method } = context.req;
  if (method === "GET" || method === "HEAD") return;
  const origin = context.req.header("origin");
  const site = context.req.header("sec-fetch-site");
  if (origin === undefined && (site === undefined || site === "same-origin" || site === "none")) return;
  if (origin !== undefined && origin === context.get("origin") && (site === undefined || site === "same-origin")) return;
  throw new BentoError(
    "BENTO_FORBIDDEN",
    `A web page of the origin ${JSON.stringify((origin ?? site ?? "").slice(0, 200))} may not call this registry.`,
  );
}
