import type { Tag } from "@bento/core";
import type { Kind } from "../command/kind.js";
import type { SavedOutput } from "../command/saved-output.js";
import { itemText } from "./item-text.js";

interface SavedItem {
  readonly tag: Tag;
  readonly path: string;
  readonly size: number;
}

/** One line on an item that the store has now. @param verb "imported" and the like */
export function savedText(kind: Kind, { tag, path, size }: SavedItem, verb: string, output: SavedOutput): string {
  const texts: Readonly<Record<SavedOutput, () => string>> = {
    text: () => `${itemText(kind, tag)} ${verb}.`,
    json: () => JSON.stringify({ tag: String(tag), path, size_bytes: size }, undefined, 2),
    tag: () => String(tag),
    path: () => path,
  };
  return `${texts[output]()}\n`;
}
