import fc from "fast-check";
import { BentoError } from "@bento/core";
import { expect, test } from "vitest";

import { checkContentType } from "./content-type.js";

test.each([
  undefined,
  "application/json",
  'Application/JSON ; charset="UTF-8"',
  "application/vnd.api+json",
  "application/octet-stream",
  "",
  "text/plain;charset=UTF-8",
])("%j is taken", (type) => {
  expect(() => checkContentType(type)).not.toThrow();
});

test.each([
  "application/vnd.bentoml+pickle",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=b",
  "application/json; charset=latin1",
  "application/xml",
  "text/html",
])("%j is 415, with a hint", (type) => {
  const refusal = expect.objectContaining({ code: "BENTO_MEDIA_TYPE_UNSUPPORTED", status: 415, hint: expect.any(String) });
  expect(() => checkContentType(type)).toThrow(refusal);
});

test("whatever else is sent is taken or 415, and nothing else", () => {
  fc.assert(
    fc.property(fc.string(), (type) => {
      try {
        checkContentType(type);
      } catch (error) {
        expect(BentoError.is(error, "BENTO_MEDIA_TYPE_UNSUPPORTED")).toBe(true);
      }
    }),
  );
});
