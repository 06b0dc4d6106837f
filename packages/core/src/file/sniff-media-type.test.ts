import { describe, expect, it } from "vitest";
import { sniffMediaType } from "./sniff-media-type.js";

/** One byte for each character. */
function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

// The real files of test/media-files.test.ts show what is found; here is what a few bytes may and may not show.
describe("sniffMediaType", () => {
  it.each([
    ["", undefined],
    ["BMW builds cars, motorcycles and much else besides", undefined],
    ["FORM 27b, to be filled in", undefined],
    ["RIFFRAFF and others", undefined],
    ['{"a":1}', undefined],
    ["<!doctype html>", undefined],
    ["id,name\n1,a", undefined],
    ["%PDF-1.7", "application/pdf"],
    ["PK\u0003\u0004", "application/zip"],
    [`${"\0".repeat(257)}ustar`, "application/x-tar"],
    ["\0\0\0\u0014ftypisom\0\0\0\0mp42", "video/mp4"],
    ["\0\0\0\u0014ftyp3gp4\0\0\0\0mp42", "video/3gpp"],
    ["\0\0\0\u0014ftypmp42\0\0\0\0avif", "video/mp4"],
    ["\0\0\0\u0014ftypmif1\0\0\0\0avif", "image/avif"],
    ["\0\0\0\u0010ftypmif1\0\0\0\0avif", "image/heic"],
  ])("of %j is %s", (text, type) => {
    expect(sniffMediaType(latin1(text))).toBe(type);
  });

  it("takes no text in UTF-16 and no stray sync for sound", () => {
    expect(sniffMediaType(latin1("\u00ff\u00feh\0i\0"))).toBeUndefined();
    expect(sniffMediaType(latin1(`\u00ff\u00fb\u0090\u0064${"\0".repeat(2000)}`))).toBeUndefined();
    expect(sniffMediaType(latin1("\u00ff\u00fb\u00f0\u0064"))).toBeUndefined();
    expect(sniffMediaType(latin1("\u00ff\u00f1\u003c\u0080"))).toBeUndefined();
  });

  it("takes MP3's first frame alone where the head ends with it", () => {
    const frame = `\u00ff\u00fb\u0090\u0064${"\0".repeat(413)}`;
    expect(sniffMediaType(latin1(frame))).toBe("audio/mpeg");
    expect(sniffMediaType(latin1(`${frame}${frame}`))).toBe("audio/mpeg");
  });
});
