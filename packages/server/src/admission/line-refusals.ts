import { type CallTime, neverBegun } from "../http/out-of-time.js";
import { Refusal } from "../http/refusal.js";

const whoSaysSo = "How many may wait, traffic.maxQueue of the service says.";

/** The error for a call that would have to wait where as many wait as may. */
export function lineFull(maxQueue: number): Refusal {
  const waiting = maxQueue === 0 ? "All places are taken, and no call may wait for one." : `${maxQueue} calls wait already.`;
  return new Refusal("queue", waiting, `Try again after a pause. ${whoSaysSo}`);
}

/** The error for a call that has to give way. */
export function turnedOut(maxQueue: number): Refusal {
  const message = `More than ${maxQueue} calls would wait, and this one is less urgent than others, or of the client that has most.`;
  return new Refusal("queue", message, `Try again after a pause. ${whoSaysSo}`);
}

/** The error for a call that could only be answered too late. */
export function tooLate(time: CallTime, now: number): Refusal {
  if (now >= time.end) return neverBegun(time);
  const message = `The service has more to do than it could answer within ${Number(time.timeoutMs.toFixed(3))} ms.`;
  return new Refusal("overload", message, "Try again after a pause; or allow more time, or raise the number of workers.");
}
