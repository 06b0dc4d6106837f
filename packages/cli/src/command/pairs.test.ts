import { expect, test } from "vitest";
import { collectPair, collectValue } from "./pairs.js";

test("labels are text, whatever they look like; the last of a key counts", () => {
  const labels = collectPair("n=1", collectPair("a==b", collectPair("n=0")));
  expect(labels).toEqual({ n: "1", a: "=b" });
});

test.each([
  ["x=1", 1],
  ["x=-0.5", -0.5],
  ["x=true", true],
  ["x=null", null],
  ["x=[1,2]", [1, 2]],
  ['x={"a":"12345678901234567890"}', { a: "12345678901234567890" }],
  ['x="1"', "1"],
  ["x=v1", "v1"],
  ["x=01", "01"],
  ["x=", ""],
  ["x=9007199254740993", 9_007_199_254_740_993n],
  ["x=[1e300]", [1e300]],
])("%s", (text, value) => {
  expect(collectValue(text)).toEqual({ x: value });
});

test("an integer that JavaScript would round is refused where it cannot be kept", () => {
  expect(() => collectValue("x=[9007199254740993]")).toThrow("9007199254740993 inside a list or object would be rounded");
});

test("a key may be called anything", () => {
  expect(Object.keys(collectPair("__proto__=x"))).toEqual(["__proto__"]);
});

test.each(["a", "=1", ""])("%j is no pair", (text) => {
  expect(() => collectPair(text)).toThrow("Write key=value.");
});
