import { describe, expect, it } from "vitest";
import { cleanMediaType, essenceOf, matchMediaType } from "./media-type.js";
import { mediaTypeOfName } from "./media-type-of-name.js";

describe("matchMediaType", () => {
  it.each([
    ["image/png", "image/png"],
    ["image/*", "image/png; charset=x"],
    ["IMAGE/PNG", "image/Png"],
    ["video/mp4", "video/mp4;codecs=avc1"],
    ["*/*", "a/b"],
    ["application/*+json", "application/ld+json"],
    ["application/vnd.*", "application/vnd.ms-excel"],
    ["audio/mp3", "audio/mpeg"],
    ["audio/mpeg", "audio/mp3"],
    ["audio/wav", "audio/x-wav"],
    ["image/jpg", "image/jpeg"],
  ])("%s means %s", (pattern, type) => {
    expect(matchMediaType(pattern, type)).toBe(true);
  });

  it.each([
    ["image/png", "image/jpeg"],
    ["image/*", "video/mp4"],
    ["image/*", ""],
    ["image/*", "image"],
    ["image/*", "image/"],
    ["image/*", "image/png/x"],
    ["image", "image/png"],
    ["application/*+json", "application/json"],
    ["a*b/c", "ab"],
    ["audio/mp3", "audio/wav"],
  ])("%s does not mean %s", (pattern, type) => {
    expect(matchMediaType(pattern, type)).toBe(false);
  });

  it("takes time that grows with the text alone", () => {
    const started = performance.now();
    expect(matchMediaType(`${"*".repeat(100)}/*`, "a/".repeat(500_000))).toBe(false);
    expect(matchMediaType("*/*", `a/b${" ".repeat(500_000)}x`)).toBe(false);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

describe("a media type", () => {
  it("is cleaned for a header, with its parameters", () => {
    expect(
      ["Text/HTML; charset=UTF-8", " image/png ", "image/png\n", "image png", "", "a/b; x=ü", `a/${"b".repeat(200)}`].map(cleanMediaType),
    ).toEqual(["text/html; charset=UTF-8", "image/png", "image/png", "", "", "", ""]);
  });

  it("has an essence without them", () => {
    expect(["Text/HTML ;charset=UTF-8", "nothing"].map(essenceOf)).toEqual(["text/html", ""]);
  });

  it("is guessed by the last extension, in any case", () => {
    expect(["a.PNG", "a.tar.gz", "x.unknown", "png", "a.", "a.constructor", "a.__proto__"].map(mediaTypeOfName)).toEqual([
      "image/png",
      "application/gzip",
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
