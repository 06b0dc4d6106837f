import { expect, test } from "vitest";
import { fileFilter } from "./patterns.js";

test.each<[pattern: string, fits: readonly string[], fitsNot: readonly string[]]>([
  ["*.json", ["a.json", "a/b/c.json", ".json"], ["a.jso", "a.json5", "A.JSON"]],
  ["data/", ["data/a", "data/b/c"], ["data", "other/data/a"]],
  ["data/*.json", ["data/a.json", "data/sub/a.json"], ["a.json"]],
  ["data\\*", ["data/a"], ["data"]],
  ["model-0000?-of-*.bin", ["model-00001-of-2.bin", "model-0000😀-of-2.bin"], ["model-00010-of-2.bin"]],
  ["[a-c]x[!0-9]", ["axb", "cx-"], ["dxb", "ax1", "ax"]],
  ["[]]", ["]"], ["[", "[]]"]],
  ["[!]]", ["a"], ["]"]],
  ["[a-]", ["a", "-"], ["b"]],
  ["a[b", ["a[b"], ["ab"]],
  ["**/x", ["a/x", "a/b/x"], ["x"]],
  ["*a*b*", ["ab", "xaxbx"], ["ba"]],
  ["", [""], ["a"]],
])("%j fits as in Python's fnmatch", (pattern, fits, fitsNot) => {
  const isWanted = fileFilter([pattern], undefined);
  expect(fits.filter((path) => !isWanted(path))).toEqual([]);
  expect(fitsNot.filter(isWanted)).toEqual([]);
});

test("files are wanted that something includes and nothing excludes", () => {
  const paths = ["a.json", "b.json", "c.txt"];
  expect(paths.filter(fileFilter(undefined, undefined))).toEqual(paths);
  expect(paths.filter(fileFilter(["*.json", "*.txt"], ["b*"]))).toEqual(["a.json", "c.txt"]);
  expect(paths.filter(fileFilter([], undefined))).toEqual([]);
  expect(paths.filter(fileFilter(undefined, []))).toEqual(paths);
});

test("no pattern takes for ever", () => {
  const isWanted = fileFilter([`${"*a".repeat(40)}b`], undefined);
  expect(isWanted("a".repeat(4000))).toBe(false);
});
