import { BentoError } from "@bento/core";

import type { ItemKind } from "../catalog/catalog.js";

const codes = { model: "BENTO_MODEL_NOT_FOUND", bento: "BENTO_BENTO_NOT_FOUND" } as const;

/** There is no such version. */
export function versionNotFound(kind: ItemKind, name: string, version: string): BentoError {
  return new BentoError(codes[kind], `This registry has no ${kind} ${JSON.stringify(`${name}:${version}`)}.`);
}

/** There is such a version, but nobody has finished its upload. */
export function versionUnfinished(kind: ItemKind, name: string, version: string): BentoError {
  return new BentoError(codes[kind], `The upload of ${kind} ${JSON.stringify(`${name}:${version}`)} has not been finished.`, {
    hint: "Push it again, or wait until whoever pushes it is done.",
  });
}

/** There is no such name. */
export function repositoryNotFound(kind: ItemKind, name: string): BentoError {
  return new BentoError(codes[kind], `This registry has no ${kind}s named ${JSON.stringify(name)}.`);
}
