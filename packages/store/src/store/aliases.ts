import { Tag, type TagLike } from "@bento/core";
import type { SignaturePolicy } from "../signing/policy.js";

/**
 * Other names for models: alias to tag, as a bento's `models` entries declare them.
 *
 * `get` and `getSync` look at them, for text only and before anything is parsed; an alias is found by exact match and
 * may be any text. `list`, `delete`, `create` and Tag objects never see aliases.
 *
 * They belong to the store object they are given to. In Python the map is global to the process, so that one loaded
 * bento changes what another asks for; here two stores on one home can have different ones.
 */
export type Aliases = Readonly<Record<string, string>>;

/** Options of both stores. */
export interface ModelStoreOptions {
  /** Other names for models, seen by `get` and `getSync` alone; see {@link Aliases}. */
  readonly aliases?: Aliases | undefined;
  /** Which models come in by import and pull, and are given out by `get` and `getSync`. A listing, `create` and `delete` do not ask. */
  readonly signatures?: SignaturePolicy | undefined;
}

/**
 * The tag to look for when a caller asks for `asked`.
 * @throws BENTO_TAG_INVALID
 */
export function resolveAlias(aliases: Aliases | undefined, asked: TagLike): Tag {
  if (typeof asked === "string" && aliases !== undefined && Object.hasOwn(aliases, asked)) return Tag.parse(aliases[asked] as string);
  return Tag.from(asked);
}
