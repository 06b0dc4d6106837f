import fc from "fast-check";
import { BentoError } from "@bento/core";
import { expect, test } from "vitest";

import { contentKind } from "./content-type.js";

test.each([
  [undefined, "json"],
  ["application/json", "json"],
  ['Application/JSON ; charset="UTF-8"', "json"],
  ["application/vnd.api+json", "json"],
  ["application/octet-stream", "json"],
  ["", "json"],
  ["text/plain;charset=UTF-8", "text"],
])("%j is %s", (type, kind) => {
  expect(contentKind(type)).toBe(kind);
});

test("whatever else is sent is 415, and nothing else", () => {
  fc.assert(
    fc.property(fc.string(), (type) => {
      try {
        expect(["json", "text"]).toContain(contentKind(type));
      } catch (error) {
        expect(BentoError.is(error, "BENTO_MEDIA_TYPE_UNSUPPORTED")).toBe(true);
      }
    }),
  );
});
