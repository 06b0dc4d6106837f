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

  it("refuses or reads any text, as the platform does", () => {
    const character = fc.constantFrom("A", "Q", "z", "0", "+", "/", "=", "-", " ", "\n", "!", "\u0000", "é");
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 12 }), (text) => {
        let bytes: Uint8Array | undefined;
        try {
          bytes = decodeBase64(text);
        } catch (error) {
          expect(BentoError.is(error, "BENTO_INPUT_INVALID")).toBe(true);
        }
        expect(bytes && [...bytes]).toEqual(byPlatform(text.replaceAll("-", "+")));
      }),
      { numRuns: 2000 },
    );
  });
});

/** The web's own function, which is as forgiving. */
function byPlatform(text: string): number[] | undefined {
  try {
    return Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
