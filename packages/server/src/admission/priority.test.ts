import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { parsePriority, priorityOf } from "./priority.js";

describe("the header Priority", () => {
  test.each([
    [undefined, 3],
    ["", 3],
    ["u=0", 0],
    ["u=7", 7],
    ["  u=1 ", 1],
    ["u=2, i", 2],
    ["i, u=5", 5],
    ["i=?0,\tu=4;q=1", 4],
    ['x="a, u=0", u=6', 6],
    ["u=1, u=2", 2],
    ["u=1, u", 3],
    ["y=:YQ==:, z=text/plain, w=-1.5, u=0", 0],
    // Out of range, or of another type: ignored.
    ["u=8", 3],
    ["u=-1", 3],
    ["u=1.0", 3],
    ["u=?1", 3],
    ['u="1"', 3],
    ["u=one", 3],
    ["u", 3],
    ["U=1", 3],
    // No dictionary at all: ignored as a whole.
    ["u=1,", 3],
    [", u=1", 3],
    ["u=1 i", 3],
    ["u=1;", 3],
    ["u = 1", 3],
    ["u=1, =2", 3],
    ['u=1, x="', 3],
    ["1", 3],
    [`u=1, x="${"a".repeat(300)}"`, 3],
  ])("%j is %i", (header, priority) => {
    expect(parsePriority(header)).toBe(priority);
  });

  test("whatever it holds, it is a priority, and soon known", () =>
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 400 }), fc.stringMatching(/^[ui=?0-9;, "ax:-]{0,256}$/)), (header) => {
        const priority = parsePriority(header);
        expect(Number.isInteger(priority) && priority >= 0 && priority <= 7).toBe(true);
      }),
    ));

  test("no header takes long", () => {
    const began = performance.now();
    for (const piece of ["u;", "a=a;", "u=1,", '"\\"', "a; ", " ", "\t,"]) {
      for (let n = 0; n < 1000; n += 1) parsePriority(piece.repeat(256 / piece.length));
    }
    expect(performance.now() - began).toBeLessThan(1000);
  });
});

test("the claim of an identity counts where it is a priority", () => {
  const priority = priorityOf("identity");
  const of = (identity: { id: string; [claim: string]: unknown } | undefined) => priority({ identity, incoming: { header: () => "u=0" } });
  expect(of({ id: "a", priority: 1 })).toBe(1);
  expect(of({ id: "a", priority: 7 })).toBe(7);
  for (const wrong of [8, -1, 1.5, "1", null, undefined]) expect(of({ id: "a", priority: wrong })).toBe(3);
  expect(of(undefined)).toBe(3);
});
