import { expect, test } from "vitest";
import { failureKind, markFailure, networkFailureKind } from "./failure-kind.js";

const failed = (cause: unknown) => new TypeError("fetch failed", { cause });

test.each([
  [Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }), "unsent"],
  [Object.assign(new AggregateError([]), { code: "ECONNREFUSED" }), "unsent"],
  [Object.assign(new Error("connect ETIMEDOUT"), { code: "ETIMEDOUT", syscall: "connect" }), "unsent"],
  [Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET", syscall: "read" }), "lost"],
  [Object.assign(new Error("other side closed"), { code: "UND_ERR_SOCKET" }), "lost"],
  [undefined, "lost"],
])("a fetch that failed with %s is %s", (cause, kind) => {
  expect(networkFailureKind(failed(cause))).toBe(kind);
});

test("causes that go round in a circle end", () => {
  const circular = new Error("round");
  circular.cause = circular;
  expect(networkFailureKind(circular)).toBe("lost");
});

test("only what was noted is known", () => {
  const error = new Error("a");
  expect([failureKind(error), failureKind(undefined), failureKind(markFailure(error, "lost"))]).toEqual([undefined, undefined, "lost"]);
});
