import { bentoKind, modelKind } from "../command/kind.js";
import type { Candidate } from "./complete.js";
import type { Source } from "./hints.js";

/** Names and tags of a store; a name stands before its versions. */
export async function storeWords(source: Source, home: string | undefined): Promise<readonly Candidate[]> {
  const [noun, what] = source.split("-");
  const kind = [modelKind, bentoKind].find((each) => each.noun === noun);
  if (kind === undefined) return [];
  await using store = await kind.open(home);
  const tags = await store.listTags(undefined);
  const names = [...new Set(tags.map(({ name }) => name))];
  const describe = (word: string): Candidate => ({ word, description: kind.noun });
  return [...names, ...(what === "tags" ? tags.map(String) : [])].map(describe);
}
