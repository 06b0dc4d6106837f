import { Refusal } from "../http/refusal.js";

/** The error for a call that would have to wait where as many wait as may. */
export function queueFull(maxQueue: number): Refusal {
  const waiting = maxQueue === 0 ? "No worker is free, and no call may wait for one." : `${maxQueue} calls wait for a worker already.`;
  return new Refusal("queue", waiting, "Try again after a pause. How many may wait, traffic.maxQueue of the service says.");
}
