import { BentoError, makeVersion, Tag, type TagLike } from "@bento/core";
import { latestName } from "../disk/layout.js";
import type { VersionedTag } from "./stored-item.js";

/**
 * The tag under which a new model is saved: the given one, with a new version if it has none.
 * @throws BENTO_TAG_INVALID, also for the version `latest`
 */
export function tagForDraft(given: TagLike): VersionedTag {
  const tag = Tag.from(given);
  refuseLatest(tag);
  return (tag.version === undefined ? tag.withVersion(makeVersion()) : tag) as VersionedTag;
}

/** Nothing can be saved as version `latest`, which is where a store keeps its pointer. @throws BENTO_TAG_INVALID */
export function refuseLatest(tag: Tag): void {
  if (tag.version !== latestName) return;
  throw new BentoError(
    "BENTO_TAG_INVALID",
    `${JSON.stringify(String(tag))} cannot be saved: "latest" means the newest version, and is none itself.`,
    { hint: `Write ${JSON.stringify(tag.name)} to get a new version.` },
  );
}
