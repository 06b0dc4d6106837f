import { BentoError } from "@bento/core";

/** A service, api, hook or model reference that cannot work as it is declared: always with the cure. */
export function serviceInvalid(message: string, hint: string): BentoError<"BENTO_SERVICE_INVALID"> {
  return new BentoError("BENTO_SERVICE_INVALID", message, { hint });
}

/** A sentence's beginning: `the service "x"` becomes `The service "x"`. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
