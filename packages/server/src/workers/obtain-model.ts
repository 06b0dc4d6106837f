import { BentoModel } from "@bento/sdk";
import { type Binding, runWithContext } from "@bento/sdk/runtime";

import type { ModelWish } from "./messages.js";

/**
 * Gets a model that workers ask for, from the registry where the store does not have it.
 * @returns its exact tag
 * @throws what a reference to it throws that is resolved
 */
export async function obtainModel(tag: string, { optional, refresh, address }: ModelWish, binding: Binding): Promise<string> {
  const found = await runWithContext(undefined, binding, () => new BentoModel(address ?? tag, { optional, refresh }).resolve());
  return found.tag.toString();
}
