import { BentoError, type BentoErrorCode } from "@bento/core";
import { expect, test } from "vitest";
import { markFailure } from "./failure-kind.js";
import { checkRetries, mayRetry, pauseMs } from "./retry-rule.js";

function answered(code: BentoErrorCode, retryAfterMs?: number): BentoError {
  return markFailure(new BentoError(code, "no", { retryAfterMs }), "answered");
}

const broken = () => new BentoError("BENTO_REMOTE_FAILED", "broken");

test.each<[string, unknown, boolean, boolean]>([
  ["no connection", markFailure(broken(), "unsent"), true, true],
  ["a connection that broke", markFailure(broken(), "lost"), false, true],
  ["overload that says when", answered("BENTO_OVERLOADED", 1000), true, true],
  ["too many that says when", answered("BENTO_TOO_MANY_REQUESTS", 0), true, true],
  ["overload that does not say when", answered("BENTO_OVERLOADED"), false, false],
  ["a worker that died", answered("BENTO_WORKER_DIED", 1000), false, true],
  ["a gateway that lost the service", answered("BENTO_REMOTE_FAILED"), false, true],
  ["a timeout", answered("BENTO_TIMEOUT"), false, false],
  ["a failure of the service", answered("BENTO_INTERNAL", 1000), false, false],
  ["bad input", answered("BENTO_INPUT_INVALID"), false, false],
  ["what is no failure of a request", broken(), false, false],
  ["what is no error at all", "no", false, false],
])("%s", (_name, error, plain, idempotent) => {
  expect([mayRetry(error, false), mayRetry(error, true)]).toEqual([plain, idempotent]);
});

test("pauses grow, and are as long as chance says, at least half", () => {
  expect([0, 1, 2].map((retry) => pauseMs(broken(), retry, 1))).toEqual([300, 900, 2700]);
  expect([0, 1, 2].map((retry) => pauseMs(broken(), retry, 0))).toEqual([150, 450, 1350]);
  expect(pauseMs(broken(), 50, 1)).toBe(10_000);
});

test("what the service asks for is the least, and nobody is kept waiting for long", () => {
  expect([0, 1].map((chance) => pauseMs(answered("BENTO_OVERLOADED", 2000), 0, chance))).toEqual([2000, 2300]);
  expect(pauseMs(answered("BENTO_OVERLOADED", 2000), 5, 1)).toBe(3000);
  expect(pauseMs(answered("BENTO_CRASH_LOOP", 30_000), 0, 0)).toBeUndefined();
});

test.each([-1, 1.5, Number.NaN, "3" as unknown as number])("%s is no number of retries", (value) => {
  expect(() => checkRetries(value, 3)).toThrow(expect.objectContaining({ code: "BENTO_CONFIG_INVALID" }) as Error);
});
