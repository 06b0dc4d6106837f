import { BentoError } from "@bento/core";
import fc from "fast-check";
import { expect, test } from "vitest";

import { withoutParams } from "../http/path-pattern.js";
import type { ExecutorCall } from "./executor.js";
import { callHead, parseCallHead, parseReplyHead, parseRequestHead, replyHead } from "./pool-heads.js";

test("what a worker needs of a call comes over, its time by the clock that both have", () => {
  const time = fc.record({
    end: fc.double({ min: -1e9, max: 1e12, noNaN: true }),
    timeoutMs: fc.double({ min: 0.001, max: 1e12, noNaN: true }),
    isCallers: fc.boolean(),
  });
  const call = fc.record({
    api: fc.string(),
    requestId: fc.string(),
    accept: fc.option(fc.string(), { nil: undefined }),
    time: fc.option(time, { nil: undefined }),
    request: fc.record({
      method: fc.string(),
      url: fc.string(),
      rawHeaders: fc.array(fc.string()),
      identity: fc.constant(undefined),
      params: fc.oneof(fc.constant(withoutParams()), fc.dictionary(fc.string(), fc.string())),
    }),
  });
  fc.assert(
    fc.property(call, ({ api, accept, requestId, time: own, request }) => {
      const { rawHeaders, identity } = request;
      const context = { requestId, rawHeaders, identity, request, time: own } as unknown as ExecutorCall["context"];
      const head = parseCallHead(callHead({ api, accept, context } as ExecutorCall));
      expect([head.api, head.requestId, head.accept]).toEqual([api, requestId, accept]);
      expect(parseRequestHead(head.request)).toEqual(request);
      expect([head.time?.timeoutMs, head.time?.isCallers]).toEqual([own?.timeoutMs, own?.isCallers]);
      // Rounded up: nobody is cut off too early.
      if (own !== undefined && head.time !== undefined) expect(Math.abs(head.time.end - own.end - 0.5)).toBeLessThanOrEqual(0.51);
    }),
  );
});

test.each([
  ["no list", "5"],
  ["an end that is a text", '["soon",1,true]'],
  ["no limit", "[1]"],
])("a time that is %s is BENTO_WIRE_INVALID", (_, timing) => {
  expect(() => parseCallHead(`["a","b",null,${timing}]\n[]`)).toThrow(expect.objectContaining({ code: "BENTO_WIRE_INVALID" }));
});

test("status and headers come over as they are", () => {
  const status = fc.integer({ min: 200, max: 599 });
  const name = fc.stringMatching(/^[\w!#$%&'*+.^`|~-]+$/);
  const value = fc.stringMatching(/^[\t\x20-\x7e\x80-\xff]*$/);
  const headers = fc.array(fc.tuple(name, value), { maxLength: 5 }).map((pairs) => pairs.flat());
  fc.assert(
    fc.property(fc.record({ status, headers }), (reply) => {
      expect(parseReplyHead(replyHead(reply))).toEqual(reply);
    }),
  );
});

test("an answer without headers is one", () => {
  expect(parseReplyHead("[204,[]]")).toEqual({ status: 204, headers: [] });
});

test.each([
  ["no JSON", "[200,"],
  ["no list", '{"status":200}'],
  ["nothing", "null"],
  ["a status that is a text", '["200",[]]'],
  ["a status that is no whole number", "[200.5,[]]"],
  ["a status that says that there will be another", "[101,[]]"],
  ["a status that is too large", "[600,[]]"],
  ["no headers", "[200]"],
  ["headers that are an object", '[200,{"a":"b"}]'],
  ["a name without a value", '[200,["a"]]'],
  ["a name that is none", '[200,["a b","c"]]'],
  ["an empty name", '[200,["","c"]]'],
  ["a value that is a number", '[200,["a",1]]'],
  ["a value that is null", '[200,["a",null]]'],
  ["a value that would begin another header", '[200,["a","b\\r\\nset-cookie: c"]]'],
  ["a value that no byte holds", '[200,["a","\u0142"]]'],
])("%s is BENTO_WIRE_INVALID", (_, head) => {
  expect(() => parseReplyHead(head)).toThrow(expect.objectContaining({ code: "BENTO_WIRE_INVALID" }));
});

test("whatever comes, it is an answer that Node can write, or BENTO_WIRE_INVALID", () => {
  const anything = fc.oneof(
    fc.string(),
    fc.json(),
    fc.tuple(fc.integer(), fc.array(fc.string())).map((head) => JSON.stringify(head)),
  );
  fc.assert(
    fc.property(anything, (head) => {
      try {
        const { status, headers } = parseReplyHead(head);
        const pairs = Array.from({ length: headers.length / 2 }, (_, at) => headers.slice(at * 2, at * 2 + 2) as [string, string]);
        void new Response(null, { status, headers: pairs });
      } catch (error) {
        expect(BentoError.is(error, "BENTO_WIRE_INVALID")).toBe(true);
      }
    }),
  );
});
