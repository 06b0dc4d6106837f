import { BentoError } from "@bento/core";
import { openRegistryTokens, type RegistryTokens, type Scope } from "@bento/registry-server";
import type { GlobalOptions } from "../command/global-options.js";
import { itemTable } from "../output/item-table.js";
import { localTime } from "../output/local-time.js";
import { visible } from "../output/visible.js";
import type { Terminal } from "../terminal/terminal.js";
import { registryFolder } from "./registry-folder.js";

interface DataRequest extends GlobalOptions {
  readonly data?: string | undefined;
  readonly database?: string | undefined;
}

interface CreateTokenRequest extends DataRequest {
  readonly name: string;
  readonly scope: Scope;
  readonly expires?: Date | undefined;
  readonly output: "text" | "token" | "json";
}

/** `bento registry token create NAME`: the token is shown this once. @throws BENTO_BAD_REQUEST, BENTO_CONFLICT */
export async function createToken(terminal: Terminal, request: CreateTokenRequest): Promise<void> {
  await using tokens = await open(request);
  const { name, scope, expires, output } = request;
  const { token, info } = await tokens.create({ name, scope, expiresAt: expires?.toISOString() });
  if (output === "json") return terminal.out(`${JSON.stringify({ ...info, token }, undefined, 2)}\n`);
  terminal.out(`${token}\n`);
  if (output === "token" || request.quiet === true) return;
  const until = info.expiresAt === null ? "" : ` until ${localTime(new Date(info.expiresAt))}`;
  terminal.err(`${visible(name)} may ${scope}${until}. The token is not shown again; log in with it:\n`);
  terminal.err(`  bento cloud login --endpoint http://localhost:3700 --api-token TOKEN\n`);
}

interface ListTokensRequest extends DataRequest {
  readonly output: "table" | "json";
}

/** `bento registry token list`: those that are valid; with --verbose the others as well. */
export async function listTokens(terminal: Terminal, request: ListTokensRequest): Promise<void> {
  await using tokens = await open(request);
  const { items } = await tokens.list({ invalid: request.verbose === true });
  if (request.output === "json") return terminal.out(`${JSON.stringify(items, undefined, 2)}\n`);
  const columns = { id: "Id", name: "Name", scope: "May", created: "Made", expires: "Ends", used: "Last used" };
  const rows = items.map(({ id, name, scope, createdAt, expiresAt, revokedAt, lastUsedAt }) => ({
    id,
    name,
    scope,
    created: localTime(new Date(createdAt)),
    expires: revokedAt === null ? timeOr(expiresAt, "never") : "revoked",
    used: timeOr(lastUsedAt, "never"),
  }));
  terminal.out(await itemTable(columns, rows, terminal));
}

interface RevokeTokenRequest extends DataRequest {
  readonly id: string;
}

/** `bento registry token revoke ID`: from the next request on it is worth nothing. @throws BENTO_NOT_FOUND */
export async function revokeToken(terminal: Terminal, request: RevokeTokenRequest): Promise<void> {
  await using tokens = await open(request);
  if (!(await tokens.revoke(request.id))) {
    throw new BentoError("BENTO_NOT_FOUND", `There is no valid token ${JSON.stringify(request.id)}.`, {
      hint: "`bento registry token list` shows them.",
    });
  }
  terminal.out(`Token ${visible(request.id)} revoked.\n`);
}

function open(request: DataRequest): Promise<RegistryTokens> {
  return openRegistryTokens({ data: registryFolder(request), database: request.database });
}

function timeOr(time: string | null, none: string): string {
  return time === null ? none : localTime(new Date(time));
}
