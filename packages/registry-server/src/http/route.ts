import type { IncomingMessage, ServerResponse } from "node:http";

import type { Context } from "hono";

import type { ItemKind } from "../catalog/catalog.js";
import type { Session } from "../page/sessions.js";
import type { TokenBearer } from "../tokens/tokens.js";

/** What a caller may do; each includes those before it. */
export type Access =
  /** Nobody needs to say who they are. */
  | "open"
  /** The URL carries its own permission, which the handler checks: presigned uploads and downloads. */
  | "signed"
  /** Whoever is logged in to the page; others are led to the login. */
  | "session"
  | "read"
  | "write"
  | "admin";

/** What middleware leaves for the handlers. */
export interface RegistryEnv {
  readonly Bindings: {
    /** Node's own request and answer, where there are such. */
    readonly incoming?: IncomingMessage;
    readonly outgoing?: ServerResponse;
  };
  readonly Variables: {
    /** There unless the route is open or signed. */
    readonly caller: TokenBearer | undefined;
    /** Of the page. */
    readonly session: Session | undefined;
    /** Where the request comes from: an IP address. */
    readonly address: string;
    /** `http://host:port` under which the caller reached this server, without a slash at its end. */
    readonly origin: string;
    /** Aborted when the client went away. */
    readonly signal: AbortSignal;
    /** Leads from an answer to the lines of the log that belong to it. */
    readonly requestId: string;
    /**
     * Asks again whether the caller may do this, for what has taken long: a token may have been revoked meanwhile.
     * @throws BENTO_UNAUTHORIZED, BENTO_FORBIDDEN
     */
    readonly recheck: () => Promise<void>;
  };
}

export type RouteContext = Context<RegistryEnv>;

/**
 * One row of the table of all that is answered. Nothing is answered that is not in it, and none of it without saying who
 * may ask: the app installs the check of `access` before `handle`.
 */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** In Hono's form; `:name`, `:version` and `:sha256` are read with the functions of `params.ts`. */
  readonly path: string;
  readonly access: Access;
  /** What it does, in the audit log; `undefined` for what only reads. */
  readonly audit?: string;
  readonly handle: (context: RouteContext) => Response | Promise<Response>;
}

/** `/api/v1/model_repositories/:name/models/:version`, or the same of bentos. */
export function versionRoot(kind: ItemKind): string {
  return `${repositoryRoot(kind)}/:name/${kind}s/:version`;
}

/** `/api/v1/model_repositories`, or the same of bentos. */
export function repositoryRoot(kind: ItemKind): string {
  return `/api/v1/${kind}_repositories`;
}
