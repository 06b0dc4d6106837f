import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import tags from "../test/fixtures/tags.json" with { type: "json" };
import { BentoError } from "./errors.js";
import { Tag } from "./tag.js";

/** Where ours differs from what Python answered: a trailing newline is refused. */
const stricter = new Set(["a\n", "a:v\n"]);

describe("Tag.parse", () => {
  for (const [text, answer] of Object.entries(tags.parse)) {
    it(`reads ${JSON.stringify(text)} as Python does`, () => {
      if ("error" in answer || stricter.has(text)) {
        expect(() => Tag.parse(text)).toThrow(expect.objectContaining({ code: "BENTO_TAG_INVALID" }));
      } else {
        const tag = Tag.parse(text);
        expect({ name: tag.name, version: tag.version ?? null }).toEqual(answer);
      }
    });
  }

  it("quotes the text and says what to write", () => {
    const error = catchError(() => Tag.parse("Bad Name:v1"));
    expect(error.message).toContain('"Bad Name:v1"');
    expect(error.hint).toContain("letters, digits");
  });

  it("refuses what is no text", () => {
    expect(catchError(() => Tag.parse(null as never)).code).toBe("BENTO_TAG_INVALID");
    expect(catchError(() => new Tag(1 as never)).code).toBe("BENTO_TAG_INVALID");
    expect(catchError(() => Tag.parse(undefined as never)).hint).toBe('Write "name" or "name:version".');
  });

  it("reads back every tag it writes", () => {
    const part = fc.stringMatching(/^[a-z0-9]([-._a-z0-9]{0,61}[a-z0-9])?$/);
    fc.assert(
      fc.property(part, fc.option(part, { nil: undefined }), (name, version) => {
        const tag = new Tag(name, version);
        expect(Tag.parse(String(tag)).equals(tag)).toBe(true);
      }),
    );
  });

  it("answers any text with a tag or BENTO_TAG_INVALID, and never lets a path through", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 80 }), (text) => {
        try {
          expect(String(Tag.parse(text))).toMatch(/^[-._a-z0-9]+(:[-._a-z0-9]+)?$/);
        } catch (error) {
          expect(BentoError.is(error, "BENTO_TAG_INVALID")).toBe(true);
        }
      }),
    );
  });
});

describe("Tag", () => {
  it("sorts by name, then without version, then by version as text", () => {
    const sorted = ["b:1", "a:2", "a:10", "a", "a.b"].map((text) => Tag.parse(text)).toSorted((a, b) => Tag.compare(a, b));
    expect(sorted.map(String)).toEqual(["a", "a:10", "a:2", "a.b", "b:1"]);
  });

  it("cannot be changed", () => {
    expect(Object.isFrozen(new Tag("a", "b"))).toBe(true);
  });

  it("knows when it asks for the newest version", () => {
    expect(["a", "a:latest", "a:LATEST", "a:v1"].map((text) => Tag.parse(text).isLatest)).toEqual([true, true, true, false]);
  });

  it("is recognised when another copy of the package made it", async () => {
    vi.resetModules();
    const copy = await import("./tag.js");
    const foreign: unknown = new copy.Tag("a", "b");
    expect(foreign).not.toBeInstanceOf(Tag);
    expect(Tag.is(foreign)).toBe(true);
    expect(Tag.from(foreign as Tag)).toBe(foreign);
    expect(Tag.parse("a:b").equals(foreign as Tag)).toBe(true);
    expect(Tag.is({ name: "a" })).toBe(false);
  });

  it("stands as text in JSON", () => {
    expect(JSON.stringify({ tag: Tag.parse("a:b") })).toBe('{"tag":"a:b"}');
  });
});

function catchError(run: () => unknown): BentoError {
  try {
    run();
  } catch (error) {
    if (BentoError.is(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
