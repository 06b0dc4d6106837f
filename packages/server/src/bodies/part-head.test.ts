import { BentoError } from "@bento/core";
import fc from "fast-check";
import { expect, test } from "vitest";

import { parsePartHead } from "./part-head.js";

const disposition = "Content-Disposition: form-data; ";

test.each([
  [`${disposition}name="a"`, { name: "a" }],
  [`${disposition}name=a`, { name: "a" }],
  [`content-disposition:form-data;name="a";filename=x.txt`, { name: "a", filename: "x.txt" }],
  [`${disposition}name="a"; filename=""`, { name: "a", filename: "" }],
  [`${disposition}name="a;b=\\"c\\""; filename="\\\\server\\x.txt"`, { name: 'a;b="c"', filename: "\\server\\x.txt" }],
  [`${disposition}name="%22%0d%0A%20"`, { name: '"\r\n%20' }],
  [`${disposition}name="ä"; filename="日本.png"`, { name: "ä", filename: "日本.png" }],
  [`${disposition}name="a"; filename="old.txt"; filename*=UTF-8''%E6%97%A5.txt`, { name: "a", filename: "日.txt" }],
  [`${disposition}name="a"; filename="old.txt"; filename*=UTF-8''%E6.txt`, { name: "a", filename: "old.txt" }],
  [`${disposition}name="a"; name="b";`, { name: "a" }],
  [`Content-Type: text/plain; charset=utf-8\r\n${disposition}name="__proto__"`, { name: "__proto__", type: "text/plain; charset=utf-8" }],
  [`${disposition}name="a"\r\nContent-Transfer-Encoding: binary\r\nX-Other:`, { name: "a" }],
])("%s", (block, expected) => {
  expect(parsePartHead(Buffer.from(block))).toEqual({ filename: undefined, type: undefined, ...expected });
});

test("bytes that are no UTF-8 are read as Latin-1", () => {
  expect(parsePartHead(Buffer.from(`${disposition}name="\xe9"`, "latin1")).name).toBe("é");
});

test.each([
  ["", /no Content-Disposition/],
  [" folded: line", /is none/],
  [`${disposition}name="a"\nX: y`, /is none/],
  [`${disposition}name="a`, /Content-Disposition/],
  [`${disposition}name="a" x`, /Content-Disposition/],
  ["Content-Disposition: ", /Content-Disposition/],
  [`${disposition}filename="x"`, /no name/],
  [`${disposition}name="a"; filename="${"x".repeat(2000)}"`, /2000 characters/],
])("%j is refused", (block, message) => {
  expect(() => parsePartHead(Buffer.from(block))).toThrow(
    expect.objectContaining({ code: "BENTO_BAD_REQUEST", message: expect.stringMatching(message) }),
  );
});

test("a header of quotes and backslashes takes no longer than another", () => {
  const started = process.cpuUsage();
  for (const text of ['"\\'.repeat(8000), "\\".repeat(16_000), "; ".repeat(8000), "; a=".repeat(4000), `; a="${"\\a".repeat(8000)}`]) {
    expect(() => parsePartHead(Buffer.from(`${disposition}${text}`))).toThrow(/Disposition|name/);
  }
  expect(process.cpuUsage(started).user / 1000).toBeLessThan(500);
});

test("whatever the headers are, they name a field or are refused", () => {
  const word = fc.constantFrom(
    "Content-Disposition",
    "Content-Type",
    ":",
    " form-data",
    ";",
    " name",
    "filename",
    "*",
    "=",
    '"',
    "\\",
    "a",
    "%22",
    "utf-8''",
    "%E4",
    "\r\n",
    "\t",
    "é",
  );
  const block = fc.oneof(
    fc.array(word, { maxLength: 20 }).map((words) => Buffer.from(words.join(""))),
    fc.array(word, { maxLength: 10 }).map((words) => Buffer.from(`${disposition}name="a"${words.join("")}`)),
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  );
  let named = 0;
  fc.assert(
    fc.property(block, (bytes) => {
      try {
        const { name, filename = "" } = parsePartHead(bytes);
        expect([name.length > 0, Math.max(name.length, filename.length) <= 1024]).toEqual([true, true]);
        named += 1;
      } catch (error) {
        if (!BentoError.is(error, "BENTO_BAD_REQUEST")) throw error;
        expect(error.message.length).toBeLessThan(300);
      }
    }),
    { numRuns: 2000 },
  );
  expect(named).toBeGreaterThan(0);
});
