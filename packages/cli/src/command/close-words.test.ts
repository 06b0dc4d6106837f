import { expect, test } from "vitest";
import { closeWords } from "./close-words.js";

const words = ["create", "list", "get", "verify", "export", "import", "delete", "help"];

test.each([
  ["lst", ["list"]],
  ["gte", ["get"]],
  ["LIST", ["list"]],
  ["exprot", ["export", "import"]],
  ["zzz", []],
])("%s: %j", (word, close) => {
  expect(closeWords(word, words)).toEqual(close);
});

test("never more than three", () => {
  expect(closeWords("ab", ["aba", "abb", "abc", "abd"])).toHaveLength(3);
});
