import { FileModelStore } from "@bento/store";
import { stat } from "node:fs/promises";
import type { GlobalOptions } from "../command/global-options.js";
import { modelKind } from "../command/kind.js";
import { itemText } from "../output/item-text.js";
import { warnAll } from "../output/warn.js";
import type { Terminal } from "../terminal/terminal.js";

/** How is printed what was signed. */
export type SignFormat = "text" | "json";

interface SignModelsRequest extends GlobalOptions {
  readonly tags: readonly string[];
  /** Path of the private key. */
  readonly key: string;
  readonly replace?: true;
  readonly output: SignFormat;
}

/**
 * `bento models sign`: signs models, one after the other.
 * @throws BENTO_INTEGRITY_FAILED for one that is not what was saved, BENTO_CONFLICT for one that another key signed, BENTO_CONFIG_INVALID for a key that cannot sign
 */
export async function signModels(terminal: Terminal, request: SignModelsRequest): Promise<void> {
  const { tags, key, replace = false, home, output } = request;
  if (await isOpenToOthers(key)) warnAll(terminal, [`${key} can be read by other users: \`chmod 600\` it.`], request);
  // What is not signed yet is what this is for, whatever the environment requires of others.
  await using store = new FileModelStore(home, { signatures: { require: false } });
  const signal = terminal.interruption();
  for (const tag of tags) {
    const model = await store.get(tag);
    const keyId = await model.sign({ key, replace, signal });
    const texts: Readonly<Record<SignFormat, () => string>> = {
      text: () => `${itemText(modelKind, model.tag)} signed with the key ${keyId}.`,
      json: () => JSON.stringify({ tag: model.tag, key_id: keyId }),
    };
    terminal.out(`${texts[output]()}\n`);
  }
}

/** What is not there is told apart when it is read. On Windows modes say nothing. */
async function isOpenToOthers(path: string): Promise<boolean> {
  const state = await stat(path).catch(() => undefined);
  return process.platform !== "win32" && state !== undefined && (state.mode & 0o077) !== 0;
}
