import fc from "fast-check";
import { expect, test } from "vitest";
import { formatManifest, parseManifest } from "./manifest.js";

const entry = fc.record({
  path: fc.string({ unit: "grapheme", minLength: 1 }),
  size: fc.nat(),
  sha256: fc.stringMatching(/^[0-9a-f]{64}$/),
});

test("a manifest says what went in, in one form whatever the order", () => {
  fc.assert(
    fc.property(fc.uniqueArray(entry, { selector: ({ path }) => path, maxLength: 20 }), (entries) => {
      const text = formatManifest(entries);
      expect(formatManifest(entries.toReversed())).toBe(text);
      expect(parseManifest(text)).toEqual(new Map(entries.map((each) => [each.path, { ...each }])));
    }),
  );
});

const digest = "0".repeat(64);
test.each([
  "",
  "null",
  "[]",
  "{}",
  '{"version":2,"files":[]}',
  '{"version":1}',
  '{"version":1,"files":[1]}',
  `{"version":1,"files":[{"path":"a","size":-0.5,"sha256":"${digest}"}]}`,
  '{"version":1,"files":[{"path":"a","size":1,"sha256":"../../x"}]}',
  `{"version":1,"files":[{"path":"a","size":1,"sha256":"${digest}"},{"path":"a","size":1,"sha256":"${digest}"}]}`,
])("%s is not relied on", (text) => expect(parseManifest(text)).toBeUndefined());
