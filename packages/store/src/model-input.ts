import type { Tag } from "@bento/core";
import type { ModelInfo, ModelInput } from "./model-info.js";

/** @throws BENTO_MODEL_INVALID quoting the path and the value */
export function makeModelInfo(tag: Tag, input: ModelInput, options: { creationTime?: Date } = {}): ModelInfo {
  throw new Error(`not yet: ${tag.toString()} ${String(input.module)} ${String(options.creationTime)}`);
}
