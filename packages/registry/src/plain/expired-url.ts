import { BentoError } from "@bento/core";
import { isTransient } from "../api/http.js";

/** Whether another URL may help: after a failure that passes, and once after one that looks like a URL that has expired. */
export function isExpiredOnce(): (error: unknown) => boolean {
  let isTold = false;
  return (error) => {
    if (isTransient(error)) return true;
    if (isTold || !BentoError.is(error, "BENTO_FORBIDDEN")) return false;
    isTold = true;
    return true;
  };
}
