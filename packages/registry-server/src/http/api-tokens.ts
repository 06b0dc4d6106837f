import { BentoError } from "@bento/core";
import { z } from "zod";

import type { TokenInfo, Tokens, Scope } from "../tokens/tokens.js";
import { organization, userJson } from "./identity.js";
import { jsonBody } from "./json-body.js";
import { listJson, listQuery } from "./list-query.js";
import type { Route, RouteContext } from "./route.js";

/** Scopes of BentoCloud, and ours, from the least to the most. */
const scopesOfApi: Readonly<Record<string, Scope>> = {
  read: "read",
  read_organization: "read",
  read_cluster: "read",
  write: "write",
  api: "write",
  write_organization: "write",
  write_cluster: "write",
  admin: "admin",
};

const createToken = z.object({
  name: z.string().trim().min(1).max(100),
  description: z.string().max(1000).nullish(),
  scopes: z.array(z.string().max(100)).max(20).nullish(),
  /** Python's client writes the time of its own place without saying which: a zone is taken where there is one. */
  expired_at: z.string().max(40).nullish(),
});

/** Tokens, for whoever may do everything: list, look up, make, revoke. */
export function tokenRoutes(tokens: Tokens): readonly Route[] {
  const root = "/api/v1/api_tokens";
  const list = async (context: RouteContext): Promise<Response> => {
    const { q: _, ...query } = listQuery(context);
    const page = await tokens.list(query);
    return context.json(
      listJson(
        page,
        query,
        page.items.map((record) => tokenJson(record)),
      ),
    );
  };
  const create = async (context: RouteContext): Promise<Response> => {
    const { name, description, scopes, expired_at } = await jsonBody(context, createToken);
    const expiresAt = expiryOf(expired_at);
    const { info, token } = await tokens.create({ name, description: description ?? "", scope: scopeOf(scopes ?? []), expiresAt });
    return context.json(tokenJson(info, token));
  };
  const get = async (context: RouteContext): Promise<Response> => context.json(tokenJson(await found(tokens, context)));
  const revoke = async (context: RouteContext): Promise<Response> => {
    const { id } = await found(tokens, context);
    await tokens.revoke(id);
    return context.json({});
  };
  return [
    { method: "GET", path: root, access: "admin", handle: list },
    { method: "POST", path: root, access: "admin", audit: "token.create", handle: create },
    { method: "GET", path: `${root}/:uid`, access: "admin", handle: get },
    { method: "DELETE", path: `${root}/:uid`, access: "admin", audit: "token.revoke", handle: revoke },
  ];
}

async function found(tokens: Tokens, context: RouteContext): Promise<TokenInfo> {
  const uid = context.req.param("uid") ?? "";
  const record = await tokens.get(uid);
  if (record !== undefined) return record;
  throw new BentoError("BENTO_NOT_FOUND", `There is no token with the id ${JSON.stringify(uid.slice(0, 100))}.`);
}

/** The least that covers all of them; without any, what Python's client means by `api`. @throws BENTO_BAD_REQUEST */
function scopeOf(scopes: readonly string[]): Scope {
  const ranks: readonly Scope[] = ["read", "write", "admin"];
  const known = scopes.map((text) => {
    const scope = scopesOfApi[text];
    if (scope !== undefined) return scope;
    throw new BentoError("BENTO_BAD_REQUEST", `There is no scope ${JSON.stringify(text)}.`, {
      hint: `Scopes are ${Object.keys(scopesOfApi).join(", ")}.`,
    });
  });
  return scopes.length === 0 ? "write" : (ranks.findLast((rank) => known.includes(rank)) ?? "read");
}

function expiryOf(text: string | null | undefined): string | undefined {
  if (text === null || text === undefined || text === "") return undefined;
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`;
  const time = new Date(zoned.replace(" ", "T"));
  if (!Number.isNaN(time.getTime()) && time.getTime() > Date.now()) return time.toISOString();
  throw new BentoError("BENTO_BAD_REQUEST", `expired_at is ${JSON.stringify(text)}: no time, or one that is over.`, {
    hint: "Write 2027-01-31T00:00:00Z.",
  });
}

function tokenJson(record: TokenInfo, token: string | null = null): Readonly<Record<string, unknown>> {
  return {
    uid: record.id,
    created_at: record.createdAt,
    updated_at: null,
    deleted_at: record.revokedAt,
    name: record.name,
    resource_type: "api_token",
    labels: [],
    description: record.description,
    scopes: [record.scope],
    user: userJson(record),
    organization,
    expired_at: record.expiresAt,
    last_used_at: record.lastUsedAt,
    is_expired: record.expiresAt !== null && Date.parse(record.expiresAt) <= Date.now(),
    is_api_token: true,
    is_organization_token: false,
    is_global_access: true,
    token,
  };
}
