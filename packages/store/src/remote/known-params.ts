import { BentoError } from "@bento/core";
import type { RemoteLocation } from "./remote.js";

/** @throws BENTO_BAD_REQUEST for a parameter that a scheme does not know: left out, it would not do what somebody wanted */
export function checkParams({ protocol, params }: RemoteLocation, known: readonly string[] = []): void {
  const strange = Object.keys(params).find((name) => !known.includes(name));
  if (strange === undefined) return;
  throw new BentoError("BENTO_BAD_REQUEST", `${protocol}:// knows no parameter ${JSON.stringify(strange)}.`, {
    hint: known.length === 0 ? "It knows none." : `There is ${known.join(", ")}.`,
  });
}
