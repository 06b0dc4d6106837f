import { BentoError, Tag } from "@bento/core";
import { absentCode, type ExactTag, type Noun, type RegistryApi, type Version } from "../api/registry-api.js";

/** So many of the newest are looked at: one of them is whole. As in Python's client. */
const looked = 10;

/** Which version a tag without one, or `latest`, stands for at a registry: the newest that is whole. */
export async function newestVersion(api: RegistryApi, noun: Noun, name: string, query?: string): Promise<Version> {
  if (noun === "bento") {
    const version = await api.version(noun, exactTag(name, "latest"));
    if (version !== undefined) return version;
  } else {
    const { items } = await api.versions(noun, name, { start: 0, count: looked, q: query });
    const version = items.find(({ upload_status: status }) => status === "success" || status === "");
    if (version !== undefined) return version;
  }
  const asked = query === undefined ? "" : ` that fits ${JSON.stringify(query)}`;
  throw new BentoError(absentCode(noun), `${JSON.stringify(api.http.endpoint)} has no ${noun} ${JSON.stringify(name)}${asked}.`, {
    hint: `Look what there is: \`bento ${noun === "model" ? "models " : ""}list --remote\`.`,
  });
}

/** A tag with its version. */
export function exactTag(name: string, version: string): ExactTag {
  return new Tag(name, version) as ExactTag;
}

/** The same tag, if it has a version that is not `latest`. */
export function exactOf(tag: Tag): ExactTag | undefined {
  return tag.isLatest ? undefined : (tag as ExactTag);
}
