import fc from "fast-check";
import { expect, test } from "vitest";

import { dispositionOf } from "./disposition.js";

test.each([
  ["upper.txt", "text/plain", 'attachment; filename="upper.txt"'],
  ["dot.gif", "image/gif", 'inline; filename="dot.gif"'],
  ["x.svg", "image/svg+xml", 'attachment; filename="x.svg"'],
  ["table é.csv", "text/csv", `attachment; filename="table _.csv"; filename*=utf-8''table%20%C3%A9.csv`],
  [`"'(50%)*\\".csv`, "text/csv", `attachment; filename="_'(50_)*__.csv"; filename*=utf-8''%22%27%2850%25%29%2A%5C%22.csv`],
  [undefined, "image/png", "inline"],
  ...[
    "text/html; charset=utf-8",
    "Text/HTML",
    "application/xhtml+xml",
    "image/svg+xml",
    "text/xml",
    "application/xml",
    "application/rss+xml",
  ].map((type): [undefined, string, string] => [undefined, type, "attachment"]),
  [undefined, "multipart/x-mixed-replace; boundary=b", "attachment"],
  ...["text/plain", "application/json", "application/pdf", "audio/wav", "application/octet-stream"].map(
    (type): [undefined, string, undefined] => [undefined, type, undefined],
  ),
])("%j of type %s", (name, type, disposition) => {
  expect(dispositionOf({ name }, type)).toBe(disposition);
});

test("whatever a file is called, the header is one line of ASCII that tells it exactly", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (name) => {
      const header = dispositionOf({ name }, "text/csv") ?? "";
      const [, plain, , exact] = /^attachment; filename="([\x20-\x7e]*?)"(; filename\*=utf-8''([\w!#$&+.^`|~%-]*))?$/.exec(header) ?? [];
      expect(plain).not.toMatch(/["\\]/);
      expect(exact === undefined ? plain : decodeURIComponent(exact)).toBe(name);
    }),
  );
});
