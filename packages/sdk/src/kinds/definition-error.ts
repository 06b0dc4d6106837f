import type { BentoError } from "@bento/core";
import { describe } from "../option-checks.js";
import { serviceInvalid } from "../service-invalid.js";

/** The error for a kind that is defined with what it cannot be made of. */
export function refuse(kind: string, option: string, value: unknown, hint: string): BentoError {
  return serviceInvalid(`The ${option} of a ${kind} is ${describe(value)}.`, hint);
}
