import { InvalidArgumentError } from "commander";
import { expect, test } from "vitest";
import { parsePort, parseSeconds, parseWorkers, withoutEmpty } from "./server-values.js";

test.each([
  [parsePort, "0", 0],
  [parsePort, "65535", 65_535],
  [parsePort, "", undefined],
  [parseSeconds, "0.5", 0.5],
  [parseSeconds, "60", 60],
  [parseSeconds, "", undefined],
  [parseWorkers, "2", 2],
  [parseWorkers, "cpu_count", "cpu_count"],
  [parseWorkers, "", undefined],
])("%s of %j", (parse, text, value) => {
  expect(parse(text)).toBe(value);
});

test.each([
  [parsePort, ["65536", "-1", "3e3", "a", " 1", "1.5"]],
  [parseSeconds, ["0", "-1", "1s", "1e3", "Infinity", "."]],
  [parseWorkers, ["0", "-1", "1.5", "two", "9007199254740993"]],
])("%s refuses", (parse, texts) => {
  for (const text of texts) expect(() => parse(text), text).toThrow(InvalidArgumentError);
});

test("what got nothing is left out", () => {
  expect(withoutEmpty({ port: 0, host: "", quiet: false })).toEqual({ port: 0, quiet: false });
});
