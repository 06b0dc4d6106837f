import { type TextModelData, tokensOf } from "./text-model.js";

/** Learns from a text which token comes after which. Equal texts give equal models. */
export function train(text: string): TextModelData {
  const places = new Map<string, number>();
  const counts = new Map<string, Map<number, number>>();
  let context: readonly number[] = [];
  for (const word of tokensOf(text.trim())) {
    const token = places.get(word) ?? places.size;
    places.set(word, token);
    // After two tokens, after the last of them, and after anything.
    for (let from = 0; from <= context.length; from += 1) count(counts, context.slice(from).join(" "), token);
    context = [...context, token].slice(-2);
  }
  return { tokens: [...places.keys()], continuations: Object.fromEntries(Array.from(counts, ([key, found]) => [key, [...found]])) };
}

function count(counts: Map<string, Map<number, number>>, key: string, token: number): void {
  const found = counts.get(key) ?? new Map<number, number>();
  found.set(token, (found.get(token) ?? 0) + 1);
  counts.set(key, found);
}
