import { isTagPart } from "@bento/core";
import { join } from "node:path";
import type { ItemInfo, ItemKind } from "../store/item-kind.js";
import type { VersionedTag } from "../store/stored-item.js";

/** Name of the file that says what a model is. */
export const modelYamlName = "model.yaml";
/** Name of the file that says what a bento is. */
export const bentoYamlName = "bento.yaml";
/** Name of the file, beside the versions of a name, that holds the newest version. */
export const latestName = "latest";

/** Where the items of one kind are below a home. Pure: it looks at no disk. */
export interface StoreLayout<Info extends ItemInfo = ItemInfo> {
  readonly kind: ItemKind<Info>;
  readonly home: string;
  /** One folder for each name, in it one for each version. */
  readonly items: string;
  /** Folders where items are made and unmade, in order of preference: the first one on the file system of `items` is used. */
  readonly staging: readonly string[];
}

/** The layout of a home, which stays relative if it is. */
export function layoutOf<Info extends ItemInfo>(home: string, kind: ItemKind<Info>): StoreLayout<Info> {
  return { kind, home, items: join(home, kind.folder), staging: [join(home, "tmp"), join(home, ".staging")] };
}

/** Folder of all versions of a name. */
export function nameFolder(layout: StoreLayout, name: string): string {
  return join(layout.items, name);
}

/** Folder of one item. */
export function itemFolder(layout: StoreLayout, tag: VersionedTag): string {
  return join(layout.items, tag.name, tag.version);
}

/** Whether a folder beside the `latest` file can be a version. */
export function isVersion(text: string): boolean {
  return text !== latestName && isTagPart(text);
}
