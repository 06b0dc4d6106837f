import type { BentoError } from "@bento/core";
import { damaged } from "../damage.js";

export function cutOff(): BentoError {
  return damaged("The xz archive is cut off: it ends in the middle.");
}
