import { BentoError } from "@bento/core";
import fc from "fast-check";
import { expect, test } from "vitest";

import { parseUrlencoded } from "./urlencoded.js";

function fields(body: string | Uint8Array): [string, string][] {
  const { parts } = parseUrlencoded(typeof body === "string" ? Buffer.from(body) : body);
  return parts.map(({ name, content }) => [name, Buffer.from(content as Uint8Array).toString()]);
}

test("what URLSearchParams writes is read as it was", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 20 });
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }), text), { maxLength: 10 }), (entries) => {
      expect(fields(new URLSearchParams(entries).toString())).toEqual(entries);
    }),
  );
});

test("empty fields, and those without a value", () => {
  expect(fields("&&a&b=&=c&d=1=2&")).toEqual([
    ["a", ""],
    ["b", ""],
    ["", "c"],
    ["d", "1=2"],
  ]);
});

test("any bytes are fields, or refused", () => {
  const piece = fc.oneof(fc.constantFrom("%", "&", "=", "+", "%4", "%e4%", "{"), fc.string({ maxLength: 3 }));
  const texts = fc.array(piece, { maxLength: 30 }).map((pieces) => Buffer.from(pieces.join("")));
  fc.assert(
    fc.property(fc.oneof(texts, fc.uint8Array({ maxLength: 100 })), (bytes) => {
      try {
        parseUrlencoded(bytes);
      } catch (error) {
        if (!BentoError.is(error) || error.status >= 500) throw error;
      }
    }),
    { numRuns: 1000 },
  );
});
