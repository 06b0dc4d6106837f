import { BentoError } from "@bento/core";
import fc from "fast-check";
import { expect, test } from "vitest";

import { MultipartReader } from "./multipart-reader.js";
import type { PartHead } from "./part-head.js";

interface ReadPart extends PartHead {
  readonly content: string;
}

/** What a reader makes of pieces. */
function read(boundary: string, pieces: Iterable<Buffer>): ReadPart[] {
  const parts: ReadPart[] = [];
  let head: PartHead | undefined;
  let content = "";
  const reader = new MultipartReader(boundary, {
    onPart: (begun) => {
      expect(head).toBeUndefined();
      head = begun;
      content = "";
    },
    onContent: (bytes) => (content += bytes.toString("latin1")),
    onPartEnd: () => {
      parts.push({ ...(head as PartHead), content });
      head = undefined;
    },
  });
  for (const piece of pieces) reader.push(piece);
  reader.end();
  expect(head).toBeUndefined();
  return parts;
}

function written(boundary: string, parts: readonly ReadPart[]): Buffer {
  const texts = parts.map(({ name, filename, type, content }) => {
    const file = filename === undefined ? "" : `; filename="${escaped(filename)}"`;
    const typed = type === undefined ? "" : `\r\nContent-Type: ${type}`;
    return Buffer.concat([
      Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${escaped(name)}"${file}${typed}\r\n\r\n`),
      Buffer.from(content, "latin1"),
      Buffer.from("\r\n"),
    ]);
  });
  return Buffer.concat([...texts, Buffer.from(`--${boundary}--\r\n`)]);
}

/** As browsers do. */
function escaped(text: string): string {
  return text.replaceAll('"', "%22").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

/** Cuts bytes at these places. */
function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const places = [0, ...at.map((place) => place % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}

const boundaries = fc.stringMatching(/^[\w'()+,./:=?-]{1,70}$/);
const names = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }).filter((text) => !/[\\%\p{Cc}\p{Surrogate}]/u.test(text));
/** Much of what looks like a boundary, and is none. */
const contents = fc.oneof(
  fc.stringMatching(/^[\r\n\-b]{0,60}$/),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
);
const types = fc.constantFrom(undefined, "text/plain", "image/png", "text/plain; charset=utf-8");
const parts = fc.array(fc.record({ name: names, filename: fc.option(names, { nil: undefined }), type: types, content: contents }), {
  minLength: 1,
  maxLength: 6,
});

test("what was written is read, however it is cut", () => {
  fc.assert(
    fc.property(boundaries, parts, fc.array(fc.nat(), { maxLength: 12 }), (boundary, form, at) => {
      fc.pre(form.every(({ content }) => !`\r\n${content}`.includes(`\r\n--${boundary}`)));
      expect(read(boundary, cut(written(boundary, form), at))).toEqual(form);
    }),
    { numRuns: 500 },
  );
});

test("byte by byte it is the same", () => {
  const form = [
    { name: "a", filename: undefined, type: undefined, content: "\r\n--" },
    { name: "b", filename: "x.png", type: "image/png", content: "" },
  ];
  const bytes = written("--", form);
  expect(
    read(
      "--",
      Array.from(bytes, (_, index) => bytes.subarray(index, index + 1)),
    ),
  ).toEqual(form);
});

test("what stands before the first boundary and after the last is nobody's, and blanks after them are allowed", () => {
  const form = '\r\nabout\r\n--b \t\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--b--  \r\n--b\r\nwhatever';
  expect(read("b", [Buffer.from(form)])).toMatchObject([{ name: "a", content: "1" }]);
  expect(read("b", [Buffer.from("--b--")])).toEqual([]);
});

test("any bytes are a form, or BENTO_BAD_REQUEST", () => {
  const mutations = fc.array(
    fc.record({
      at: fc.nat(),
      what: fc.constantFrom("drop", "insert", "change", "repeat"),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }),
    }),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(parts, mutations, fc.array(fc.nat(), { maxLength: 6 }), (form, changes, at) => {
      let bytes = written("b", form);
      for (const { at: place, what, bytes: more } of changes) {
        const here = place % (bytes.length + 1);
        const rest = what === "drop" || what === "change" ? here + more.length : here;
        const between = what === "drop" ? [] : what === "repeat" ? [bytes.subarray(0, here)] : [more];
        bytes = Buffer.concat([bytes.subarray(0, here), ...between, bytes.subarray(rest)]);
      }
      try {
        read("b", cut(bytes, at));
      } catch (error) {
        if (!BentoError.is(error, "BENTO_BAD_REQUEST")) throw error;
      }
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ["all but one character of the boundary, over and over", "a".repeat(70), "a".repeat(1 << 16)],
  ["half a boundary on each line", "a".repeat(70), `\r\n--${"a".repeat(69)}`.repeat(900)],
  ["carriage returns alone", "b", "\r".repeat(1 << 16)],
  ["carriage returns alone, and a boundary of a few", "bbbb", "\r".repeat(1 << 16)],
  ["what begins like a short boundary", "b", "\r\n--".repeat(1 << 14)],
  ["new lines and dashes", "-".repeat(70), "\r\n--".repeat(1 << 14)],
])("%s take as long as anything", (_, boundary, piece) => {
  const begin = Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="a"; filename="x"\r\n\r\n`);
  const hostile = Buffer.from(piece, "latin1");
  function* body() {
    yield begin;
    // 32 MiB.
    for (let sent = 0; sent < 1 << 25; sent += hostile.length) yield hostile;
    yield Buffer.from(`\r\n.\r\n--${boundary}--`);
  }
  let size = 0;
  const reader = new MultipartReader(boundary, { onPart: () => {}, onContent: ({ length }) => (size += length), onPartEnd: () => {} });
  const started = process.cpuUsage();
  for (const bytes of body()) reader.push(bytes);
  reader.end();
  expect(size).toBeGreaterThanOrEqual(1 << 25);
  const { user, system } = process.cpuUsage(started);
  expect((user + system) / 1000).toBeLessThan(2000);
});
