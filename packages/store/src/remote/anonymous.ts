import type { RemoteLocation } from "./remote.js";

/** Whether a location says that nobody in particular asks: `anonymous=true`, or `anon=true` as fsspec has it. */
export function isAnonymous({ params }: RemoteLocation): boolean {
  return /^(true|1|yes)$/i.test(params["anonymous"] ?? params["anon"] ?? "");
}
