import { BentoError, makeVersion, Tag, type TagLike } from "@bento/core";
import { latestName } from "../disk/layout.js";
import type { VersionedTag } from "./stored-item.js";

/**
 * The tag under which a new model is saved: the given one, with a new version if it has none.
 * @throws BENTO_TAG_INVALID, also for the version `latest`, which is where the store keeps its pointer
 */
export function tagForDraft(given: TagLike): VersionedTag {
  const tag = Tag.from(given);
  if (tag.version === latestName) {
    throw new BentoError(
      "BENTO_TAG_INVALID",
      `${JSON.stringify(String(tag))} cannot be saved: "latest" means the newest version, and is none itself.`,
      {
        hint: `Write ${JSON.stringify(tag.name)} to get a new version.`,
      },
    );
  }
  return (tag.version === undefined ? tag.withVersion(makeVersion()) : tag) as VersionedTag;
}
