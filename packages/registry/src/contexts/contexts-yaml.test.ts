import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { formatContexts, parseContexts } from "./contexts-yaml.js";

const odd = [
  "null",
  "~",
  "",
  "yes",
  "0x1f",
  "1:30",
  "1e3",
  "2026-01-01",
  "<<",
  "=",
  "- a",
  "a: b",
  "#",
  "\u0085",
  "\u2028",
  "'",
  '"',
  "\\",
  "{",
];
const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(...odd)).filter((value) => !/\p{Surrogate}/u.test(value));
const context = fc.record({ name: text, endpoint: text, api_token: text, email: fc.constantFrom(undefined, "ann@example.com") });

test("whatever text a name, an address or a token is, comes back as it was, in YAML 1.1 and 1.2", () => {
  fc.assert(
    fc.property(
      fc.array(context, { maxLength: 4 }),
      text.filter((name) => !["", "null", "~"].includes(name)),
      (contexts, current) => {
        const stored = { contexts, current_context_name: current };
        const written = formatContexts(stored);
        expect(parseContexts(written)).toEqual(stored);
        for (const version of ["1.1", "1.2"] as const) {
          const entries = contexts.map((each) => ({ ...each, email: each.email ?? null }));
          expect(parse(written, { version })).toEqual({ contexts: entries, current_context_name: current });
        }
      },
    ),
  );
});

test("a token that looks like a number, written by hand, is the text that stands there", () => {
  const hand = "contexts:\n- {name: 2, endpoint: http://x, api_token: 0123, email: ~}\ncurrent_context_name: 2\n";
  expect(parseContexts(hand).contexts).toEqual([{ name: "2", endpoint: "http://x", api_token: "0123", email: undefined }]);
});

test.each(["contexts: [", "- a", "contexts: 7", "contexts:\n- name: x", "a: &a [*a]", "contexts: {a: b}"])("%j is refused", (broken) => {
  expect(() => parseContexts(broken)).toThrow(Error);
});
