import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { TextModel, tokensOf } from "./text-model.js";
import { train } from "./train.js";

const text = readFileSync(new URL("assets/tales.txt", import.meta.url), "utf8");
const model = new TextModel(train(text));
const anySeed = fc.integer({ min: 0, max: 0xff_ff_ff_ff });

function story(prompt: string, seed: number, length: number): string[] {
  const telling = model.continuing(prompt, seed);
  return Array.from({ length }, () => telling.next().value);
}

test("tokens are the whole text, cut", () => {
  expect(tokensOf(text).join("")).toBe(text);
});

test("the same prompt and seed tell the same story", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 50 }), anySeed, (prompt, seed) => {
      expect(story(prompt, seed, 50)).toEqual(story(prompt, seed, 50));
    }),
  );
});

test("nothing stands after a word that never stood after it in the tales", () => {
  const tokens = tokensOf(text.trim());
  const pairs = new Set(tokens.slice(1).map((token, i) => `${tokens[i]}${token}`));
  fc.assert(
    fc.property(anySeed, (seed) => {
      const told = story("The fox", seed, 200);
      expect(told.slice(1).filter((token, i) => !pairs.has(`${told[i]}${token}`))).toEqual([]);
    }),
  );
});

test("seeds tell different stories", () => {
  expect(new Set(Array.from({ length: 100 }, (_, seed) => story("The fox", seed, 30).join(""))).size).toBeGreaterThan(90);
});
