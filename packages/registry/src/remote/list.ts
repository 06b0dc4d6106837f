import { BentoError, Tag, type TagLike } from "@bento/core";
import { absentCode, type ExactTag, type ListQuery, type Noun, type RegistryApi, type Versions } from "../api/registry-api.js";
import type { RemoteListOptions } from "../registry.js";
import { exactOf, exactTag, newestVersion } from "./newest.js";
import { type RemoteItem, remoteItem } from "./remote-item.js";
import type { Session } from "./session.js";

/** Versions of a page. */
const pageSize = 100;

/** What a registry has, newest first, page after page. */
export async function listItems(
  { api }: Session,
  noun: Noun,
  { name, search, labels = {} }: RemoteListOptions,
): Promise<readonly RemoteItem[]> {
  const asked = name === undefined || name === "" ? undefined : Tag.from(name);
  const wanted = Object.entries(labels);
  const q = wanted.length === 0 ? undefined : wanted.map(([key, value]) => `label:${key}=${value}`).join(" ");
  const found: RemoteItem[] = [];
  for (let start = 0; ;) {
    const page = await pageOf(api, noun, asked, { start, count: pageSize, search, q });
    for (const version of page.items) {
      const itsName = asked?.name ?? version.repository?.name;
      if (itsName !== undefined) found.push(remoteItem(itsName, version));
    }
    start += page.items.length;
    // Some servers know no pages, and give all they have at once.
    if (page.items.length === 0 || start >= page.total || page.items.length > pageSize) break;
  }
  // Some servers do not look at what is asked of them.
  return found.filter((item) => fits(item, { version: asked?.version, search, wanted }));
}

function pageOf(api: RegistryApi, noun: Noun, asked: Tag | undefined, query: ListQuery): Promise<Versions> {
  return asked === undefined ? api.all(noun, query) : api.versions(noun, asked.name, query);
}

interface Wanted {
  readonly version: string | undefined;
  readonly search: string | undefined;
  readonly wanted: readonly (readonly [key: string, value: string])[];
}

function fits({ tag, labels }: RemoteItem, { version, search, wanted }: Wanted): boolean {
  if (version !== undefined && tag.version !== version) return false;
  if (search !== undefined && !tag.name.includes(search.toLowerCase())) return false;
  return wanted.every(([key, value]) => labels[key] === value);
}

/** What a registry says of one item. */
export async function getItem({ api }: Session, noun: Noun, given: TagLike): Promise<RemoteItem> {
  const tag = Tag.from(given);
  const exact = exactOf(tag);
  const version = exact === undefined ? await newestVersion(api, noun, tag.name) : await api.version(noun, exact);
  if (version !== undefined) return remoteItem(tag.name, version);
  throw new BentoError(absentCode(noun), `${JSON.stringify(api.http.endpoint)} has no ${noun} ${JSON.stringify(String(tag))}.`, {
    hint: `Look what there is: \`bento ${noun === "model" ? "models " : ""}list --remote\`.`,
  });
}

/** Removes what a tag stands for. */
export async function deleteItem({ api }: Session, noun: Noun, given: TagLike): Promise<void> {
  const tag = Tag.from(given);
  if (tag.version === undefined) return api.deleteRepository(noun, tag.name);
  await api.deleteVersion(noun, exactOf(tag) ?? (await newestTag(api, noun, tag.name)));
}

async function newestTag(api: RegistryApi, noun: Noun, name: string): Promise<ExactTag> {
  return exactTag(name, (await newestVersion(api, noun, name)).version);
}
