import { BentoError, type Tag } from "@bento/core";
import type { GlobalOptions } from "../command/global-options.js";
import type { Kind } from "../command/kind.js";
import { itemText } from "../output/item-text.js";
import { confirm } from "../terminal/confirm.js";
import type { Terminal } from "../terminal/terminal.js";
import type { ItemStore } from "./item-store.js";

interface DeleteItemsRequest extends GlobalOptions {
  readonly kind: Kind;
  readonly targets: readonly Tag[];
  readonly yes?: true;
  /** Also what a bento uses. */
  readonly force?: true;
}

/**
 * `bento models delete TARGET...`, `bento delete TARGET...`. Nothing is deleted before every target is known to be
 * there and, unless forced, not in use.
 * @throws BENTO_MODEL_NOT_FOUND (BENTO_BENTO_NOT_FOUND), BENTO_MODEL_IN_USE, BENTO_CANCELLED when a question gets no answer
 */
export async function deleteItems(terminal: Terminal, { kind, targets, yes, force, home }: DeleteItemsRequest): Promise<void> {
  await using store = await kind.open(home);
  const tags = await resolve(store, kind, targets);
  if (force !== true) await refuseInUse(store, tags);
  for (const tag of tags) {
    if (yes !== true && !(await confirm(terminal, `delete ${kind.noun} ${tag}?`))) continue;
    await store.delete(tag);
    terminal.out(`${itemText(kind, tag)} deleted.\n`);
  }
}

/** Whole tags, each once; a name stands for all of its versions. */
async function resolve(store: ItemStore, kind: Kind, targets: readonly Tag[]): Promise<readonly Tag[]> {
  const found = new Map<string, Tag>();
  for (const target of targets) {
    const tags = target.version === "latest" ? [(await store.get(String(target))).tag] : await store.listTags(String(target));
    if (tags.length === 0) throw notFound(kind, target);
    for (const tag of tags) found.set(String(tag), tag);
  }
  return [...found.values()];
}

function notFound({ noun, prefix }: Kind, tag: Tag): BentoError {
  const code = noun === "model" ? "BENTO_MODEL_NOT_FOUND" : "BENTO_BENTO_NOT_FOUND";
  return new BentoError(code, `There is no ${noun} ${JSON.stringify(String(tag))} in the store; nothing was deleted.`, {
    hint: `Deleting takes whole versions; \`${prefix} list ${tag.name}\` shows them.`,
  });
}

async function refuseInUse(store: ItemStore, tags: readonly Tag[]): Promise<void> {
  const usersOf = await store.usersOf(tags);
  const at = usersOf.findIndex((users) => users.length > 0);
  const [tag, users] = [tags[at], usersOf[at]];
  if (tag === undefined || users === undefined) return;
  const names = users.map(String).join(", ");
  throw new BentoError("BENTO_MODEL_IN_USE", `${JSON.stringify(String(tag))} is used by ${names}; nothing was deleted.`, {
    hint: `Delete ${users.length === 1 ? "that bento" : "those bentos"} first (\`bento delete\`), or say --force.`,
  });
}
