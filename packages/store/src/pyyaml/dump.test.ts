import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { home, typed } from "../../test/typed-values.js";
import { PlainDate } from "../model/plain-date.js";
import { dumpPyYaml } from "./dump.js";
import { parsePyYaml, readAny } from "./parse.js";

describe("dumpPyYaml", () => {
  it.each(home.tables.yaml_dumps)("writes what PyYAML writes: $yaml", (row) => {
    const value = typed(row.value);
    expect(dumpPyYaml({ k: value })).toBe(row.yaml);
    if (typeof row["in list"] === "string") expect(dumpPyYaml([[value]])).toBe(row["in list"]);
    if (row["as key"] !== undefined) expect(dumpPyYaml(new Map([[value, 1]]))).toBe(row["as key"]);
  });

  it("covers all the rows that Python answered", () => {
    expect(home.tables.yaml_dumps).toHaveLength(269);
  });

  it("names a date that occurs twice, and only that one", () => {
    const day = new PlainDate(2020, 2, 29);
    expect(dumpPyYaml([day, new PlainDate(2020, 2, 29), day, { d: day }])).toBe(
      "- &id001 2020-02-29\n- 2020-02-29\n- *id001\n- d: *id001\n",
    );
  });

  it("writes times as timestamps, or as the text that BentoML writes", () => {
    const time = new Date("2024-01-02T03:04:05.006Z");
    expect(dumpPyYaml({ t: time })).toBe("t: 2024-01-02 03:04:05.006000+00:00\n");
    expect(dumpPyYaml({ t: time }, { times: "text" })).toBe("t: '2024-01-02T03:04:05.006000+00:00'\n");
  });

  it("writes sets, and scalars that stand alone", () => {
    expect(dumpPyYaml({ s: new Set(["a", 1]) })).toBe("s: !!set\n  a: null\n  1: null\n");
    expect(dumpPyYaml("text")).toBe("text\n...\n");
    expect(dumpPyYaml("yes")).toBe("'yes'\n");
  });

  it("keeps what JavaScript cannot tell apart in what it read", () => {
    const text = "a: 1.0\nb: 1\n'2': x\n'1': y\nc:\n- 2.0\n- 3\nd:\n  1.0: 4.0\n";
    expect(dumpPyYaml(parsePyYaml(text))).toBe(text);
    expect(parsePyYaml(text)).toMatchObject({ a: 1, b: 1, c: [2, 3] });
  });

  it("refuses what YAML cannot hold, and cycles", () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    for (const value of [undefined, () => 1, Symbol("s"), new URL("http://x"), new Date(Number.NaN), cycle]) {
      expect(() => dumpPyYaml({ k: value })).toThrow(expect.objectContaining({ code: "BENTO_MODEL_INVALID" }));
    }
  });

  it("writes ASCII from which every text comes back", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ unit: "grapheme" }),
      fc.stringMatching(/^[ \n:#'"\\\-?,a\u{85}\u2028]{0,120}$/u),
    );
    fc.assert(
      fc.property(text, (value) => {
        const yaml = dumpPyYaml({ k: value, l: [value, [value]], m: new Map([[value, value]]) });
        expect(yaml).toMatch(/^[\n\x20-\x7E]*$/);
        expect(parsePyYaml(yaml)).toEqual({ k: value, l: [value, [value]], m: makeOwn(value) });
      }),
      { numRuns: 150 },
    );
  });

  it("writes data that comes back equal, by either reader", () => {
    fc.assert(
      fc.property(data, (value) => {
        const yaml = dumpPyYaml({ k: value });
        expect(parsePyYaml(yaml)).toEqual({ k: value });
        expect(readAny(yaml)).toEqual({ k: value });
        expect(dumpPyYaml(parsePyYaml(yaml))).toBe(yaml);
      }),
      { numRuns: 150 },
    );
  });
});

/** Generated metadata, in the form in which it is read. */
const { data } = fc.letrec<{ data: unknown }>((tie) => ({
  data: fc.oneof(
    { maxDepth: 4 },
    fc.string(),
    fc.stringMatching(/^(?:[-+.:_0-9eExXobT]{1,8}|yes|No|~|null|=|<<)$/),
    fc.double(),
    fc.integer(),
    fc.bigInt().filter((big) => !Number.isSafeInteger(Number(big))),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array().map((bytes) => new Uint8Array(bytes)),
    fc.date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true }),
    fc
      .tuple(fc.integer({ min: 1, max: 9999 }), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 28 }))
      .map((day) => new PlainDate(...day)),
    fc.array(tie("data")),
    fc.dictionary(fc.string(), tie("data"), { noNullPrototype: true }),
    fc
      .uniqueArray(fc.tuple(fc.integer({ min: 2 }), tie("data")), { selector: ([key]) => key, minLength: 1 })
      .map((entries) => new Map(entries)),
  ),
}));

function makeOwn(text: string): object {
  return Object.fromEntries([[text, text]]);
}
