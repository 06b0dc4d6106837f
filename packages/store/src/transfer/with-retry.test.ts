import { BentoError } from "@bento/core";
import { expect, test } from "vitest";
import { withRetry } from "./with-retry.js";

const busy = (retryAfterMs?: number): BentoError => new BentoError("BENTO_REGISTRY_FAILED", "Busy.", { retryAfterMs });
const isTransient = (error: unknown): boolean => BentoError.is(error, "BENTO_REGISTRY_FAILED");

/** Fails as often as said, and tells how long was waited each time. */
function failing(times: number, error: () => Error = busy) {
  const waits: number[] = [];
  let tries = 0;
  const work = async (): Promise<string> => {
    tries += 1;
    if (tries <= times) throw error();
    return `after ${tries}`;
  };
  return { work, waits, wait: async (ms: number) => void waits.push(ms) };
}

test("waits double up to the longest, half of each by chance", async () => {
  const { work, waits, wait } = failing(6);
  expect(await withRetry(work, { isTransient, wait, minMs: 100, maxMs: 1000, jitter: () => 1 })).toBe("after 7");
  expect(waits).toEqual([100, 200, 400, 800, 1000, 1000]);
  const low = failing(2);
  await withRetry(low.work, { isTransient, wait: low.wait, minMs: 100, jitter: () => 0 });
  expect(low.waits).toEqual([50, 100]);
});

test("a peer that says when to come back is waited for, but not for ever", async () => {
  const { work, waits, wait } = failing(1, () => busy(5000));
  await withRetry(work, { isTransient, wait, minMs: 1 });
  expect(waits).toEqual([5000]);
  const long = failing(1, () => busy(1e9));
  await withRetry(long.work, { isTransient, wait: long.wait, minMs: 1 });
  expect(long.waits).toEqual([60_000]);
});

test("after so many tries that brought nothing the failure itself is thrown, and at once when it is for good", async () => {
  const { work, waits, wait } = failing(9);
  await expect(withRetry(work, { isTransient, wait, retries: 3 })).rejects.toMatchObject({
    code: "BENTO_REGISTRY_FAILED",
    message: "Busy.",
  });
  expect(waits).toHaveLength(3);
  const bad = failing(9, () => new BentoError("BENTO_FORBIDDEN", "No."));
  await expect(withRetry(bad.work, { isTransient, wait: bad.wait })).rejects.toMatchObject({ code: "BENTO_FORBIDDEN" });
  expect(bad.waits).toEqual([]);
});

test("who comes further each time is never given up", async () => {
  let left = 50;
  const told: string[] = [];
  const work = async ({ progressed }: { progressed: () => void }): Promise<string> => {
    progressed();
    if ((left -= 1) > 0) throw busy();
    return "done";
  };
  const options = { isTransient, retries: 2, wait: async () => {}, onRetry: (error: BentoError) => void told.push(error.message) };
  expect(await withRetry(work, options)).toBe("done");
  expect(told).toHaveLength(49);
});

test("an aborted signal ends the waiting at once", async () => {
  const stop = new AbortController();
  const { work } = failing(9);
  const running = withRetry(work, {
    isTransient,
    minMs: 3_600_000,
    maxMs: 3_600_000,
    signal: stop.signal,
    onRetry: () => setImmediate(() => stop.abort()),
  });
  await expect(running).rejects.toMatchObject({ name: "AbortError" });
});
