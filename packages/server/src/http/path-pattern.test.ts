import { describe, expect, test } from "vitest";

import { PathPattern } from "./path-pattern.js";

const fits = (pattern: string, path: string): boolean => new PathPattern(pattern).fits(path.split("/").slice(1));

describe("a path pattern", () => {
  test.each([
    ["/items/{key}", "/items/abc", true],
    ["/items/{key}", "/items/{key}", true],
    ["/items/{key}", "/items/", false],
    ["/items/{key}", "/items", false],
    ["/items/{key}", "/items/a/b", false],
    ["/{a}/x/{b}", "/1/x/2", true],
    ["/{a}/x/{b}", "/1/y/2", false],
    ["/side/*", "/side", true],
    ["/side/*", "/side/", true],
    ["/side/*", "/side/a/b", true],
    ["/side/*", "/sideways", false],
    ["/side/*", "//side/a", false],
    ["/*", "/", true],
    ["/*", "/a/b", true],
  ])("%s and %s: %s", (pattern, path, expected) => {
    expect(fits(pattern, path)).toBe(expected);
  });

  test.each([
    ["/items/{key}", "http://a/items/x%20y", "", { key: "x y" }],
    ["/items/{key}", "http://a/items/a%2Fb%252F?q=/x#/", "", { key: "a/b%2F" }],
    ["/items/{key}", "http://a/items/%E0%A4%A", "", { key: "%E0%A4%A" }],
    ["/items/{key}", "http://a/v/items/x", "/v", { key: "x" }],
    ["/side/*", "http://a/side/p%2Fx/?q", "", { "*": "/p%2Fx/" }],
    ["/side/*", "http://a/side", "", { "*": "/" }],
    ["/v1/side/*", "http://a/m/v1/side/ping", "/m", { "*": "/ping" }],
    ["/*", "http://a", "", { "*": "/" }],
    ["/*", "http://a//b", "", { "*": "//b" }],
    ["/{__proto__}", "http://a/x", "", { ["__proto__"]: "x" }],
  ])("%s of %s below %j", (pattern, url, mount, params) => {
    expect(Object.entries(new PathPattern(pattern).paramsOf(url, mount))).toEqual(Object.entries(params));
  });

  test("what says more is asked first", () => {
    const paths = ["/*", "/{a}/{b}", "/a/*", "/{a}/b", "/a/{b}", "/a/b/*"];
    const sorted = paths.map((path) => new PathPattern(path)).toSorted((one, other) => PathPattern.compare(one, other));
    expect(sorted.map(({ path }) => path)).toEqual(["/a/b/*", "/a/{b}", "/a/*", "/{a}/b", "/{a}/{b}", "/*"]);
  });

  test("only some paths need one", () => {
    expect(["/a", "/a/{b}", "/{}", "/a/*", "/a{b}"].map((path) => PathPattern.isNeeded(path))).toEqual([false, true, false, true, false]);
  });
});
