import type { Tag } from "@bento/core";
import type { ImportOutcome } from "@bento/store";
import { type Kind, modelKind } from "../command/kind.js";
import type { SavedOutput } from "../command/saved-output.js";
import { itemText } from "./item-text.js";

interface SavedItem {
  readonly tag: Tag;
  readonly path: string;
  readonly size: number;
}

/** A model that a bento brought along, and what became of it. */
export interface CarriedModel {
  readonly tag: Tag;
  readonly outcome: ImportOutcome;
}

interface SavedTextOptions {
  /** "imported" and the like. */
  readonly verb: string;
  readonly output: SavedOutput;
  readonly models?: readonly CarriedModel[];
}

/** What is said of an item that the store has now: a line, and as text one for each model that came along. */
export function savedText(kind: Kind, { tag, path, size }: SavedItem, { verb, output, models = [] }: SavedTextOptions): string {
  const texts: Readonly<Record<SavedOutput, () => string>> = {
    text: () => [`${itemText(kind, tag)} ${verb}.`, ...models.map(carriedText)].join("\n"),
    json: () => JSON.stringify({ tag, path, size_bytes: size, ...(kind.noun === "bento" ? { models } : {}) }, undefined, 2),
    tag: () => String(tag),
    path: () => path,
  };
  return `${texts[output]()}\n`;
}

function carriedText({ tag, outcome }: CarriedModel): string {
  return `${itemText(modelKind, tag)} ${outcome === "skipped" ? "is there already" : outcome}.`;
}
