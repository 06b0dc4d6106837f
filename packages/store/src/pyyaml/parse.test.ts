import { describe, expect, it } from "vitest";
import { home, typed } from "../../test/typed-values.js";
import { PlainDate } from "../model/plain-date.js";
import { plain } from "./containers.js";
import { parsePyYaml, readAny } from "./parse.js";

const invalid = (words: RegExp): unknown => expect.objectContaining({ code: "BENTO_MODEL_INVALID", message: expect.stringMatching(words) });

describe("parsePyYaml", () => {
  it.each(home.tables.yaml_scalars)("reads the plain scalar $text as PyYAML does", (row) => {
    for (const read of [parsePyYaml, readAny]) {
      const value = (): unknown => (read(`k: ${row.text}\n`) as { k: unknown }).k;
      if (row.error === undefined) expect(value()).toEqual(plain(typed(row.value)));
      else expect(value).toThrow(invalid(/./));
    }
  });

  it.each([
    [
      "merge keys, where own keys win",
      "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: {<<: [{x: 5}, *a]}",
      { a: { x: 1, y: 2 }, b: { x: 1, y: 3 }, c: { x: 5, y: 2 } },
    ],
    ["explicit keys", "? a b\n: 1\n? ''\n: 2", { "a b": 1, "": 2 }],
    ["the last of equal keys", "a: 1\nb: 2\na: 3", { a: 3, b: 2 }],
    [
      "sets and ordered maps",
      "s: !!set {a, b}\no: !!omap [a: 1, b: 2]",
      {
        s: new Set(["a", "b"]),
        o: [
          ["a", 1],
          ["b", 2],
        ],
      },
    ],
    [
      "tags for types",
      "[!!str 12, !!int '7', !!float 3, !!bool 'yes', !!null '', ! '12', !!timestamp 2024-01-02]",
      ["12", 7, 3, true, null, 12, new PlainDate(2024, 1, 2)],
    ],
    ["bytes", "!!binary |\n aGVs\n bG8=\n", new Uint8Array(Buffer.from("hello"))],
    ["a byte order mark, CRLF and the marks of a document", "\uFEFF%YAML 1.1\r\n---\r\na: 'x\r\n\r\n  y'\r\n...\r\n", { a: "x\ny" }],
    ["U+0085 as a line break", "a: b\u0085c: d", { a: "b", c: "d" }],
    ["an empty document", "# nothing\n", null],
    ["times to the millisecond", "t: 2001-12-14t21:59:43.10-05:00", { t: new Date("2001-12-15T02:59:43.100Z") }],
    ["folded and literal blocks", "a: >-\n  one\n  two\nb: |+\n  x\n\n", { a: "one two", b: "x\n\n" }],
  ])("reads %s", (_what, text, value) => {
    expect(parsePyYaml(text)).toEqual(value);
  });

  it("makes one value of an anchor and its aliases", () => {
    const { a, b } = parsePyYaml("a: &x [1]\nb: *x\n") as { a: unknown; b: unknown };
    expect(b).toBe(a);
  });

  it("takes keys that are one to Python for one, and Maps for keys that are no text", () => {
    expect(parsePyYaml("{1: a, true: b, 1.0: c, x: d}")).toEqual(
      new Map<unknown, unknown>([
        [1, "c"],
        ["x", "d"],
      ]),
    );
  });

  it.each(["__proto__", "constructor", "hasOwnProperty"])("keeps %s an ordinary key", (key) => {
    for (const text of [`${key}: {polluted: 1}\n`, `${key}:\n  polluted: 1\n`, `a: &a {${key}: {polluted: 1}}\n<<: *a\n`]) {
      const value = parsePyYaml(text) as object;
      expect(Object.hasOwn(value, key)).toBe(true);
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    }
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it.each([
    ["a second document", "a: 1\n---\nb: 2\n", /second document at line 2/],
    ["an unknown tag", "a: !thing 1\n", /"!thing" is unknown here, at line 1/],
    ["a Python tag", "a: !!python/object/apply:os.getcwd []\n", /unknown here/],
    ["an anchor that holds itself", "a: &m {b: *m}\n", /"m" holds itself/],
    ["an alias without anchor", "a: *nowhere\n", /"nowhere" is not set/],
    ["an anchor set twice", "a: &x 1\nb: &x 2\n", /"x" is set twice/],
    ["a list as a key", "{[1]: 2}\n", /cannot be a key/],
    ["a NUL", "a: 1\n# \0\n", /U\+0000 at offset 7/],
    ["a day that does not exist", "a: 2024-02-30\n", /2024-2-30, at line 1, column 4/],
    ["a merge of no map", "<<: 1\n", /not a map/],
    ["broken layout", "a: b: c\n", /broken at line 1/],
    ["bytes that are no base64", "!!binary 'a'\n", /not base64/],
  ])("refuses %s", (_what, text, words) => {
    expect(() => parsePyYaml(text)).toThrow(invalid(words));
  });

  it.each([
    ["brackets", "[".repeat(1_000_000)],
    ["closed brackets", `${"[".repeat(20_000)}${"]".repeat(20_000)}`],
    ["dashes", "- ".repeat(500_000)],
    ["question marks", "? ".repeat(500_000)],
    ["braces", "{a: ".repeat(250_000)],
    ["a deep map", Array.from({ length: 1400 }, (_, i) => `${" ".repeat(i)}a:`).join("\n")],
    ["an open quote", `a: "${"x \n ".repeat(250_000)}`],
    ["an open list", `a: [${"x, ".repeat(100_000)}`],
    [
      "laughs",
      Array.from(
        { length: 12 },
        (_, i) =>
          `a${i}: &a${i} [${
            i === 0
              ? "x"
              : Array(10)
                  .fill(`*a${i - 1}`)
                  .join(",")
          }]`,
      ).join("\n"),
    ],
    ["empty lists", `a: [${"[], ".repeat(500_000)}[]]`],
    ["digits", `a: ${"9".repeat(1_000_000)}`],
    ["sixties", `a: 1${":59".repeat(300_000)}`],
  ])("ends soon, with an error, on a hostile document of %s", (_what, text) => {
    const start = performance.now();
    expect(() => parsePyYaml(text)).toThrow(invalid(/./));
    expect(performance.now() - start).toBeLessThan(8000);
  });
});
