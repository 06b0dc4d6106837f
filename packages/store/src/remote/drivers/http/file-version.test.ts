import { expect, test } from "vitest";
import { isVersion, rangeOf, versionOf } from "./file-version.js";

const marks = (etag: string | undefined, modified: string | undefined, size: number | undefined) => ({ etag, modified, size });
const day = "Mon, 23 Nov 2026 02:00:00 GMT";

test.each([
  [marks('"a"', undefined, undefined), true],
  [marks(undefined, day, 7), true],
  [marks('W/"a"', day, 7), true],
  [marks('W/"a"', undefined, 7), false],
  [marks(undefined, day, undefined), false],
  [marks(undefined, undefined, 7), false],
])("of %j there is a version: %s", (given, isOne) => {
  expect(versionOf(given) !== undefined).toBe(isOne);
});

test("all that both sides say must be the same, and a weak ETag may have become a strong one", () => {
  const version = versionOf(marks('W/"a"', day, 7)) ?? "";
  expect(version).toBe(versionOf(marks('"a"', day, 7)));
  for (const same of [marks('"a"', day, 7), marks('"a"', undefined, undefined), marks(undefined, day, 7), marks("a", day, 7)])
    expect(isVersion(version, same), JSON.stringify(same)).toBe(true);
  for (const other of [marks('"b"', day, 7), marks('"a"', "another day", 7), marks('"a"', day, 8), marks(undefined, undefined, 8)])
    expect(isVersion(version, other), JSON.stringify(other)).toBe(false);
});

test.each([
  ["bytes 0-4/10", { start: 0, end: 5, size: 10 }],
  ["bytes 3-3/*", { start: 3, end: 4, size: undefined }],
  ["bytes 5-4/10", undefined],
  ["bytes */10", undefined],
  ["items 0-4/10", undefined],
  [undefined, undefined],
])("%j is the range %j", (header, range) => {
  expect(rangeOf(header)).toEqual(range);
});
