import type { TagLike } from "@bento/core";
import type { ModelInput } from "../model/model-info.js";
import type { ModelDraft, SignalOptions, StoredModel } from "./model-store.js";

type Write = (draft: ModelDraft) => unknown;
type CreateInput = ModelInput & SignalOptions;

/** The two forms of `create`. */
export type CreateArguments = [tag: TagLike, write: Write] | [tag: TagLike, input: CreateInput, write: Write];

/** Both forms of `create` as one. */
export function createArguments(given: CreateArguments): { readonly tag: TagLike; readonly input: CreateInput; readonly write: Write } {
  if (given.length === 3) return { tag: given[0], input: given[1], write: given[2] };
  return { tag: given[0], input: {}, write: given[1] };
}

/** Lets `write` fill a draft and commits it. Whatever is thrown, nothing of the draft remains. */
export async function runDraft(draft: ModelDraft, write: Write): Promise<StoredModel> {
  await using open = draft;
  await write(open);
  return await open.commit();
}
