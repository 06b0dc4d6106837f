import { Tag } from "@bento/core";
import type { PullOptions } from "./pull-model.js";

/**
 * Sees to it that the store has what is the newest version in the registry. Loads what it takes to pull with the first call.
 * @returns whether there is a registry to ask
 * @throws BENTO_MODEL_NOT_FOUND when the registry does not have the model; what the registry failed with
 */
export async function pullNewest(tag: string, options: PullOptions): Promise<boolean> {
  const { pullNewest: pull } = await import("./pull-model.js");
  return pull(Tag.parse(tag), options);
}
