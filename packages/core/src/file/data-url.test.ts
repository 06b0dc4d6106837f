import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BentoError } from "../errors.js";
import { BentoFile } from "./bento-file.js";
import { fileFromDataUrl, isDataUrl, toDataUrl } from "./data-url.js";

async function read(url: string): Promise<readonly [type: string, text: string, name?: string | undefined]> {
  const file = fileFromDataUrl(url);
  const text = await file.text();
  return file.name === undefined ? [file.type, text] : [file.type, text, file.name];
}

describe("fileFromDataUrl", () => {
  it.each([
    ["data:image/png;base64,aGk=", ["image/png", "hi"]],
    ["DATA:Image/PNG;BASE64,aGk", ["image/png", "hi"]],
    ["data:,a%20b%zz,c", ["text/plain;charset=US-ASCII", "a b%zz,c"]],
    ["data:;charset=utf-8,h%C3%A4", ["text/plain;charset=utf-8", "hä"]],
    ["data:;base64,aGk%3D", ["text/plain;charset=US-ASCII", "hi"]],
    ["data:text/plain;charset=utf-8;base64, aG\nk= ", ["text/plain;charset=utf-8", "hi"]],
    ["data:base64,aGk=", ["", "aGk="]],
    ["data:application/pdf;name=my%20r%C3%A9sum%C3%A9.pdf;base64,", ["application/pdf", "", "my résumé.pdf"]],
    ["data:image/png;name=..%2F..%2Fetc%2Fx.png;base64,", ["image/png", "", "x.png"]],
    ["data:image/png%0d%0ax-evil: 1;base64,", ["", ""]],
  ])("reads %s", async (url, wanted) => {
    expect(await read(url)).toEqual(wanted);
  });

  it.each([
    ["", 'this is ""'],
    ["http://x/", 'this is "http://x/"'],
    ["data:image/png;base64", "this is"],
    [`data:${";".repeat(5000)},x`, '..."'],
  ])("refuses %j", (url, words) => {
    const error = thrown(() => fileFromDataUrl(url));
    expect(error.code).toBe("BENTO_INPUT_INVALID");
    expect(error.message).toContain(words);
    expect(error.message.length).toBeLessThan(120);
  });

  it("refuses base64 that is none, saying where", () => {
    expect(thrown(() => fileFromDataUrl("data:image/png;base64,aG!k")).message).toContain('"!k" at character 2');
  });

  it("gives a file or BENTO_INPUT_INVALID for any text", () => {
    const parts = fc.constantFrom(
      "data:",
      "image/png",
      ";",
      "base64",
      ",",
      "name=",
      "%",
      "%41",
      "=",
      "aGk",
      "\u0000",
      "\ud800",
      "charset=x",
      "/",
      "é",
    );
    const text = fc.oneof(
      fc.array(fc.nat(0xffff), { maxLength: 50 }).map((units) => String.fromCharCode(...units)),
      fc.array(parts, { maxLength: 20 }).map((some) => `data:${some.join("")}`),
    );
    fc.assert(
      fc.property(text, (url) => {
        try {
          expect(BentoFile.isFile(fileFromDataUrl(url))).toBe(true);
        } catch (error) {
          expect(BentoError.is(error, "BENTO_INPUT_INVALID")).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe("toDataUrl", () => {
  it("writes type, name and bytes", async () => {
    expect(await toDataUrl(BentoFile.from("hi", { name: "a b,c.txt" }))).toBe("data:text/plain;name=a%20b%2Cc.txt;base64,aGk=");
    expect(await toDataUrl(BentoFile.from(Uint8Array.of()))).toBe("data:application/octet-stream;base64,");
    expect(await toDataUrl(BentoFile.from("hi", { type: 'a/b; x="1,2"' }))).toBe("data:a/b;base64,aGk=");
    expect([isDataUrl("data:,"), isDataUrl("Data:,"), isDataUrl("date:,")]).toEqual([true, true, false]);
  });

  it("comes back as the same file", async () => {
    const name = fc.option(fc.string({ unit: "grapheme", maxLength: 30 }), { nil: undefined });
    const type = fc.constantFrom("image/png", "text/plain;charset=utf-8", "application/ld+json");
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), name, type, async (bytes, called, of) => {
        const file = BentoFile.from(bytes, { name: called, type: of });
        const back = fileFromDataUrl(await toDataUrl(file));
        expect([back.name, back.type, await back.bytes()]).toEqual([file.name, file.type, bytes]);
      }),
    );
  });
});

function thrown(run: () => unknown): BentoError {
  try {
    run();
  } catch (error) {
    if (BentoError.is(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
