import { BentoError } from "@bento/core";

import { Refusal } from "./refusal.js";

/** How long a call may take until its answer begins, and who said so. */
export interface CallTime {
  readonly timeoutMs: number;
  /** When it is over; see `performance.now()` of this process. */
  readonly end: number;
  /** Whether it was the caller, by the header `X-Request-Timeout`. */
  readonly isCallers: boolean;
}

/** The body took too long: the caller's fault, not the method's. */
export function slowBody(time: CallTime): BentoError {
  return new BentoError("BENTO_TIMEOUT", `The request body did not arrive within ${seconds(time)} seconds.`, {
    status: 408,
    hint: `Send the body without pauses, or ${moreTime(time)}.`,
  });
}

/** What the URLs of the input lead to took too long. */
export function slowUrls(time: CallTime): BentoError {
  return new BentoError("BENTO_TIMEOUT", notAble(time), {
    hint: `The files that the input names by URL were not there yet: send them, name faster ones, or ${moreTime(time)}.`,
  });
}

/** The method took too long. */
export function slowMethod(time: CallTime): BentoError {
  return new BentoError("BENTO_TIMEOUT", notAble(time), { hint: `Ask for less at once, or ${moreTime(time)}.` });
}

/** The method was not begun in time. */
export function neverBegun(time: CallTime): Refusal {
  return new Refusal("deadline", notAble(time), `The service was busy with others: try again after a pause, or ${moreTime(time)}.`);
}

/** In the words that BentoML's callers know. */
function notAble(time: CallTime): string {
  return `Not able to process the request in ${seconds(time)} seconds.`;
}

function seconds({ timeoutMs }: CallTime): number {
  return Number((timeoutMs / 1000).toFixed(6));
}

function moreTime({ isCallers }: CallTime): string {
  return isCallers ? "allow more time in X-Request-Timeout" : "raise traffic.timeout of the service";
}
