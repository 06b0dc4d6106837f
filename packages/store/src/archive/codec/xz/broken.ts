import type { BentoError } from "@bento/core";
import { damaged } from "../damage.js";

export function cutOff(): BentoError {
  return damaged("The xz archive is cut off: it ends in the middle.");
}

export function blockDoesNotFit(cause?: unknown): BentoError {
  return damaged("The xz archive is corrupted: a block of it does not fit its checksum or its sizes.", cause);
}
