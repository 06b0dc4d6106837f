import { isTagPart, type Tag } from "@bento/core";
import { join } from "node:path";

/** Name of the file that says what a model is. */
export const modelYamlName = "model.yaml";
/** Name of the file, beside the versions of a name, that holds the newest version. */
export const latestName = "latest";

/** Where things are below a home. Pure: it looks at no disk. */
export interface StoreLayout {
  readonly home: string;
  /** One folder for each name, in it one for each version. */
  readonly models: string;
  /** Folders where models are made and unmade, in order of preference: the first one on the file system of `models` is used. */
  readonly staging: readonly string[];
}

/** The layout of a home, which stays relative if it is. */
export function layoutOf(home: string): StoreLayout {
  return { home, models: join(home, "models"), staging: [join(home, "tmp"), join(home, ".staging")] };
}

/** Folder of all versions of a name. */
export function nameFolder(layout: StoreLayout, name: string): string {
  return join(layout.models, name);
}

/** Folder of one model. */
export function modelFolder(layout: StoreLayout, tag: Tag & { readonly version: string }): string {
  return join(layout.models, tag.name, tag.version);
}

/** Whether a folder beside the `latest` file can be a version. */
export function isVersion(text: string): boolean {
  return text !== latestName && isTagPart(text);
}
