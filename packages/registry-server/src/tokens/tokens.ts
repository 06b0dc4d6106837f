import type { ListQuery, Page } from "../catalog/catalog.js";

/** What a token lets its bearer do: each includes those before it. */
export type Scope = "read" | "write" | "admin";

/** A token as it is kept. The token itself is known to nobody but whoever it was given to. */
export interface TokenInfo {
  readonly id: string;
  /** Whose, or what for. No two that are valid have the same. */
  readonly name: string;
  readonly description: string;
  readonly scope: Scope;
  /** ISO 8601, as all times here. */
  readonly createdAt: string;
  /** Null: never. */
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  /** To the minute. */
  readonly lastUsedAt: string | null;
  /** Neither revoked nor expired. */
  readonly valid: boolean;
}

export interface NewToken {
  readonly name: string;
  readonly scope: Scope;
  readonly description?: string | undefined;
  /** When it ends, ISO 8601; absent: never. */
  readonly expiresAt?: string | undefined;
}

/** Whose token it is that came with a request. */
export interface TokenBearer {
  readonly tokenId: string;
  readonly name: string;
  readonly scope: Scope;
}

export interface TokenQuery extends ListQuery {
  /** Those that are revoked or expired as well. */
  readonly invalid?: boolean | undefined;
}

/** Who may ask a registry for what. */
export interface Tokens {
  /**
   * Makes a token. `token` is what its bearer sends, and cannot be had again.
   * @throws BENTO_BAD_REQUEST for a name, scope or time that cannot be one; BENTO_CONFLICT where a valid token has the name
   */
  create(input: NewToken): Promise<{ readonly token: string; readonly info: TokenInfo }>;
  /** Newest first. */
  list(query?: TokenQuery): Promise<Page<TokenInfo>>;
  get(id: string): Promise<TokenInfo | undefined>;
  /** Ends a valid token, by its id or name, from the next request on; answers whether there was one. */
  revoke(idOrName: string): Promise<boolean>;
  /** Whose token a text is; undefined for one that is unknown, revoked or expired. */
  verify(token: string): Promise<TokenBearer | undefined>;
}
