import type { Tag } from "@bento/core";
import type { Kind } from "../command/kind.js";

/** An item as BentoML's messages name it: `Model(tag="digits:v1")`. */
export function itemText({ title }: Kind, tag: Tag): string {
  return `${title}(tag="${tag}")`;
}
