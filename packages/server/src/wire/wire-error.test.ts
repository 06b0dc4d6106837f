import { runInNewContext } from "node:vm";

import { BentoError } from "@bento/core";
import * as fc from "fast-check";
import { expect, test } from "vitest";

import { isHeadTooLong } from "./frame.js";
import { errorFromHead, errorToHead } from "./wire-error.js";

const cross = (thrown: unknown): Error => errorFromHead(errorToHead(thrown));

test("a BentoError crosses with all it says", () => {
  const cause = new TypeError("the deeper reason", { cause: new RangeError("the deepest") });
  const issues = [{ path: ["a", 1], message: "too small", code: "too_small" }];
  const error = new BentoError("BENTO_INPUT_INVALID", "It is wrong.", {
    hint: "Make it right.",
    issues,
    status: 422,
    retryAfterMs: 1500,
    cause,
  });
  const crossed = cross(error) as BentoError;
  expect(BentoError.is(crossed, "BENTO_INPUT_INVALID")).toBe(true);
  expect(Object.entries(crossed)).toEqual(Object.entries(error));
  expect([crossed.message, crossed.stack]).toEqual([error.message, error.stack]);
  const { cause: crossedCause } = crossed as { cause: Error };
  expect([crossedCause.name, crossedCause.message, crossedCause.stack]).toEqual([cause.name, cause.message, cause.stack]);
  expect((crossedCause.cause as Error).name).toBe("RangeError");
});

test("any other error keeps name, message and stack, and gains no properties", () => {
  const error = new TypeError("no");
  const crossed = cross(error);
  expect(crossed).toBeInstanceOf(Error);
  expect(BentoError.is(crossed)).toBe(false);
  expect([crossed.name, crossed.message, crossed.stack]).toEqual(["TypeError", "no", error.stack]);
  expect(Object.keys(crossed)).toEqual([]);
  expect("cause" in crossed).toBe(false);
});

test("an error of another realm is one, too", () => {
  expect(cross(runInNewContext("new RangeError('elsewhere')"))).toMatchObject({ name: "RangeError", message: "elsewhere" });
});

test("what is no error becomes the message of one", () => {
  expect(cross("just text").message).toBe("just text");
  expect(cross(undefined).message).toBe("undefined");
  expect(cross(Symbol("s")).message).toBe("Symbol(s)");
});

test("whatever is thrown can be told, in a head that is not too long", () => {
  const huge = "\u0000".repeat(500_000);
  const issue = { path: [], message: huge, code: "custom" };
  const ring = new Error("ring");
  ring.cause = ring;
  const sly = new Error("sly");
  Object.defineProperty(sly, "stack", { get: () => expect.fail("never caught") as string });
  const big = new BentoError("BENTO_INPUT_INVALID", "m", { issues: [{ path: [1n as never], message: "", code: "" }] });
  for (const thrown of [Object.create(null), sly, ring, new Error(huge, { cause: new Error(huge, { cause: new Error(huge) }) })]) {
    const head = errorToHead(thrown);
    expect(isHeadTooLong(head)).toBe(false);
    expect(errorFromHead(head)).toBeInstanceOf(Error);
  }
  for (const thrown of [big, new BentoError("BENTO_INPUT_INVALID", "m", { issues: Array.from({ length: 5 }, () => issue) })]) {
    expect(cross(thrown)).toMatchObject({ code: "BENTO_INPUT_INVALID", message: "m", issues: [] });
  }
});

test("what is malformed in a description is left out", () => {
  const read = (head: object): BentoError => errorFromHead(JSON.stringify(head)) as BentoError;
  expect(read({ code: "BENTO_NOT_FOUND", message: 1, status: "200", hint: {}, issues: "x", stack: 5 })).toMatchObject({
    code: "BENTO_NOT_FOUND",
    message: "",
    status: 404,
    hint: undefined,
    issues: undefined,
  });
  for (const status of [200, 99, 600, 404.5, -1, 1e300]) expect(read({ code: "BENTO_NOT_FOUND", status }).status).toBe(404);
  expect(
    read({ code: "BENTO_INPUT_INVALID", issues: [null, 1, { path: "a" }, { path: [], message: "m", code: "c" }] }).issues,
  ).toHaveLength(1);
  for (const code of ["__proto__", "constructor", "toString", "BENTO_OF_TOMORROW"])
    expect(read({ code, message: "m" }).code).toBe("BENTO_INTERNAL");
});

test("any JSON is read as an error, and what is no JSON is refused", () => {
  fc.assert(
    fc.property(fc.json(), (head) => {
      expect(errorFromHead(head)).toBeInstanceOf(Error);
    }),
  );
  for (const head of ["", "{", "undefined", "{}x"])
    expect(() => errorFromHead(head)).toThrow(expect.objectContaining({ code: "BENTO_WIRE_INVALID" }));
});

test("causes are followed only so far", () => {
  let head: object = { message: "end" };
  for (let depth = 0; depth < 1000; depth += 1) head = { message: "m", cause: head };
  let depth = 0;
  for (let error: unknown = errorFromHead(JSON.stringify(head)); error !== undefined; error = (error as Error).cause) depth += 1;
  expect(depth).toBe(6);
});
