import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromErrorResponse, toErrorResponse } from "./error-body.js";
import { errorCodes } from "./error-codes.js";
import { BentoError, internalErrorMessage } from "./errors.js";

describe("toErrorResponse", () => {
  it("answers an invalid input with an object and a detail for each problem", () => {
    const error = new BentoError("BENTO_INPUT_INVALID", "bad input", {
      issues: [{ path: ["n"], message: "no number", code: "invalid_type" }],
    });
    expect(toErrorResponse(error)).toEqual({
      status: 400,
      body: { error: "bad input", detail: [{ type: "invalid_type", loc: ["n"], msg: "no number" }], code: "BENTO_INPUT_INVALID" },
    });
  });

  it("answers other client errors with an array, as BentoML does", () => {
    expect(toErrorResponse(new BentoError("BENTO_NOT_FOUND", "no such cat", { hint: "try dogs" }))).toEqual({
      status: 404,
      body: [{ error: "no such cat", code: "BENTO_NOT_FOUND", hint: "try dogs" }],
    });
  });

  it.each(["BENTO_UNAUTHORIZED", "BENTO_FORBIDDEN", "BENTO_TOO_MANY_REQUESTS", "BENTO_TIMEOUT", "BENTO_OVERLOADED"] as const)(
    "answers %s with an object",
    (code) => {
      expect(toErrorResponse(new BentoError(code, "m"))).toEqual({ status: errorCodes[code].status, body: { error: "m", code } });
    },
  );

  it("hides what was thrown by accident", () => {
    expect(toErrorResponse(new TypeError("x of undefined at /srv/app.js"))).toEqual({
      status: 500,
      body: { error: internalErrorMessage, code: "BENTO_INTERNAL" },
    });
  });
});

describe("fromErrorResponse", () => {
  it("reads back every code that may be shown", () => {
    for (const code of Object.keys(errorCodes) as (keyof typeof errorCodes)[]) {
      const { status, body } = toErrorResponse(new BentoError(code, "what happened", { hint: "do this" }));
      const back = fromErrorResponse(status, JSON.stringify(body));
      expect(back).toMatchObject({ code, status, message: errorCodes[code].exposed ? "what happened" : internalErrorMessage });
      expect(back.hint).toBe(errorCodes[code].exposed ? "do this" : undefined);
    }
  });

  it("keeps path, message and code of each issue", () => {
    const issues = [{ path: ["a", 0, "b"], message: "m", code: "too_big" }];
    const { status, body } = toErrorResponse(new BentoError("BENTO_INPUT_INVALID", "bad", { issues }));
    expect(fromErrorResponse(status, JSON.stringify(body)).issues).toEqual(issues);
  });

  it.each([
    [
      400,
      '{"error":"1 validation error for Input","detail":[{"type":"missing","loc":["n"],"msg":"Field required","url":"u"}]}',
      "BENTO_INPUT_INVALID",
      "1 validation error for Input",
    ],
    [400, '[{"error":"argument n must be even"}]', "BENTO_BAD_REQUEST", "argument n must be even"],
    [404, '[{"error":"no such cat"}]', "BENTO_NOT_FOUND", "no such cat"],
    [401, '{"error":"Authorization error"}', "BENTO_UNAUTHORIZED", "Authorization error"],
    [503, '{"error":"An unexpected error has occurred"}', "BENTO_UNAVAILABLE", "An unexpected error has occurred"],
    [404, "Not Found", "BENTO_NOT_FOUND", "Not Found"],
    [502, "<html><body>Bad gateway</body></html>", "BENTO_REMOTE_FAILED", "The server answered with status 502."],
    [500, "", "BENTO_INTERNAL", "The server answered with status 500."],
    [418, "[]", "BENTO_BAD_REQUEST", "The server answered with status 418."],
  ] as const)("understands what other servers send: %s %s", (status, text, code, message) => {
    expect(fromErrorResponse(status, text)).toMatchObject({ code, message, status });
  });

  it("makes a BentoError of any answer", () => {
    fc.assert(
      fc.property(fc.integer({ min: 400, max: 599 }), fc.oneof(fc.string(), fc.json()), (status, text) => {
        expect(BentoError.is(fromErrorResponse(status, text))).toBe(true);
      }),
    );
  });
});
