import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBase64, encodeBase64 } from "./base64.js";
import { BentoError } from "./errors.js";

describe("base64", () => {
  it("is written as the platform writes it, and read back", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = encodeBase64(bytes);
        expect(text).toBe(Buffer.from(bytes).toString("base64"));
        expect(decodeBase64(text)).toEqual(bytes);
        expect(decodeBase64(Buffer.from(bytes).toString("base64url"))).toEqual(bytes);
      }),
    );
  });

  it.each([
    ["", []],
    ["AQ", [1]],
    ["AQ==", [1]],
    [" A Q\t=\r\n= ", [1]],
    ["AQI", [1, 2]],
    ["AQID", [1, 2, 3]],
    ["-_-_", [0xfb, 0xff, 0xbf]],
  ])("takes %j", (text, bytes) => {
    expect([...decodeBase64(text)]).toEqual(bytes);
  });

  it.each([["A"], ["AQIDA"], ["AQ="], ["AQ==="], ["AQI=="], ["AQID="], ["="], ["AQ==AQ=="], ["A*"], ["é"], ["\u2028"], ["AQ=\u0000="]])(
    "refuses %j",
    (text) => {
      expect(() => decodeBase64(text)).toThrow(expect.objectContaining({ code: "BENTO_INPUT_INVALID" }));
    },
  );

  it("is the same where it is long, and left to Node", () => {
    const head = fc.uint8Array({ maxLength: 5 });
    const edit = fc.tuple(fc.nat(30_000), fc.constantFrom("", "A", "!", "=", "==", " ", "-", "é", "\u{1f389}"));
    fc.assert(
      fc.property(head, fc.option(edit), (start, edited) => {
        const bytes = Uint8Array.from({ length: 20_000 + start.length }, (_, i) => start[i] ?? i % 253);
        const text = encodeBase64(bytes);
        expect(text).toBe(Buffer.from(bytes).toString("base64"));
        const [at, piece] = edited ?? [0, ""];
        const other = text.slice(0, at) + piece + text.slice(at);
        expect(hash(attempt(() => decodeBase64(other)))).toBe(hash(byPlatform(other.replaceAll("-", "+"))));
      }),
      { numRuns: 200 },
    );
    expect(decodeBase64("A".repeat(12_000)).buffer.byteLength).toBe(9000);
  });

  it("refuses or reads any text, as the platform does", () => {
    const character = fc.constantFrom("A", "Q", "z", "0", "+", "/", "=", "-", " ", "\n", "!", "\u0000", "é");
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 12 }), (text) => {
        expect(attempt(() => decodeBase64(text))).toEqual(byPlatform(text.replaceAll("-", "+")));
      }),
      { numRuns: 2000 },
    );
  });
});

function attempt(decode: () => Uint8Array): Uint8Array | undefined {
  try {
    return decode();
  } catch (error) {
    expect(BentoError.is(error, "BENTO_INPUT_INVALID")).toBe(true);
    return undefined;
  }
}

/** The web's own function, which is as forgiving. */
function byPlatform(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** Comparing long arrays item by item takes longer than making them. */
function hash(bytes: Uint8Array | undefined): string | undefined {
  return bytes && createHash("sha256").update(bytes).digest("hex");
}
