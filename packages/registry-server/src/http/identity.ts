import { BentoError } from "@bento/core";

import { listQuery } from "./list-query.js";
import type { LoginCodes } from "./login-codes.js";
import type { TokenBearer } from "../tokens/tokens.js";
import type { Route, RouteContext } from "./route.js";

/** When the one organization and the one cluster were made: with the registry, nobody knows when. */
const epoch = "2026-01-01T00:00:00Z";

/** Who somebody is, and how a program gets a token through the browser. There is one organization and one cluster, `default`. */
export function identityRoutes(codes: LoginCodes): readonly Route[] {
  const pollToken = (context: RouteContext): Response => {
    const token = codes.take(context.req.query("code") ?? "");
    if (token !== undefined) return context.json({ token });
    throw new BentoError("BENTO_NOT_FOUND", "Nobody has agreed to this login yet.", {
      hint: "Open the page /api_tokens?code=CODE in a browser. Codes last for ten minutes.",
    });
  };
  const showCluster = (context: RouteContext): Response => {
    if (context.req.param("cluster") === cluster.name) return context.json({ ...cluster, creator: userJson(callerIn(context)) });
    throw new BentoError("BENTO_NOT_FOUND", "There is one cluster here, and its name is default.");
  };
  const listClusters = (context: RouteContext): Response => {
    const { start = 0, count = 1, search = "" } = listQuery(context);
    const found = cluster.name.includes(search.toLowerCase()) ? [{ ...cluster, creator: userJson(callerIn(context)) }] : [];
    return context.json({ start, count, total: found.length, items: found.slice(start, start + count) });
  };
  return [
    { method: "GET", path: "/api/v1/auth/current", access: "read", handle: (context) => context.json(userJson(callerIn(context))) },
    { method: "GET", path: "/api/v1/current_org", access: "read", handle: (context) => context.json(organization) },
    { method: "GET", path: "/api/v1/auth/code", access: "open", handle: (context) => context.json({ code: codes.begin() }) },
    { method: "GET", path: "/api/v1/auth/token", access: "open", handle: pollToken },
    { method: "GET", path: "/api/v1/clusters", access: "read", handle: listClusters },
    { method: "GET", path: "/api/v1/clusters/:cluster", access: "read", handle: showCluster },
  ];
}

/** The caller of a route that wants a token. */
function callerIn(context: RouteContext): TokenBearer {
  const caller = context.get("caller");
  if (caller === undefined) throw new BentoError("BENTO_UNAUTHORIZED", "Nobody is known to call.");
  return caller;
}

/** A token's owner as the API's user. A registry knows no more of people than the names that tokens were given. */
export function userJson({ name: email }: Pick<TokenBearer, "name">): Readonly<Record<string, string>> {
  const name = /^([^@]+)@[^@]+$/.exec(email)?.[1] ?? email;
  return { name, email, first_name: name, last_name: "" };
}

/** The one organization. */
export const organization = resource("organization");
const cluster = { ...resource("cluster"), organization_name: "default", is_first: true };

function resource(type: string) {
  return {
    uid: `${type}-default`,
    created_at: epoch,
    updated_at: null,
    deleted_at: null,
    name: "default",
    resource_type: type,
    labels: [],
    description: "",
  };
}
