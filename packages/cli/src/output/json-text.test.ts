import { expect, test } from "vitest";
import { jsonText } from "./json-text.js";

test("numbers keep what JSON can say of them", () => {
  expect(jsonText([-0, 0, 1.5, -(2n ** 70n), Number.NaN])).toBe("[\n  -0.0,\n  0,\n  1.5,\n  -1180591620717411303424,\n  null\n]");
  expect(Object.is((JSON.parse(jsonText({ n: -0 })) as { n: number }).n, -0)).toBe(true);
});

test("a text cannot pass for a number", () => {
  const texts = ["\uE000number:1", '"\uE000number:-0.0"', "12", '"7'];
  expect(JSON.parse(jsonText([...texts, 5n]))).toEqual([...texts, 5]);
});

test("bytes are base64, maps are objects", () => {
  expect(JSON.parse(jsonText({ bytes: new Uint8Array([1, 2]), map: new Map<unknown, unknown>([[3, "x"]]) }))).toEqual({
    bytes: "AQI=",
    map: { 3: "x" },
  });
});

test("what steers a terminal is written out, and read back as it was", () => {
  const text = "a\u001B[2J\u009B\u202Eb\u2066\u007F";
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  expect(jsonText({ [text]: text })).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/);
  expect(JSON.parse(jsonText({ [text]: text }))).toEqual({ [text]: text });
});
