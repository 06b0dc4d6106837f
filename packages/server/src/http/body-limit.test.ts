import fc from "fast-check";
import { expect, test } from "vitest";

import { BodyCollector } from "./body-limit.js";

test("pieces become the whole, however they are cut, up to the limit", () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 20 });
  fc.assert(
    fc.property(pieces, fc.nat(600), (parts, limit) => {
      const collector = new BodyCollector(limit);
      let size = 0;
      for (const part of parts) {
        size += part.byteLength;
        const fits = collector.add(part);
        expect(fits).toBe(size <= limit);
        if (!fits) return;
      }
      expect(Buffer.from(collector.take())).toEqual(Buffer.concat(parts));
    }),
  );
});

test("one piece is kept without a copy", () => {
  const collector = new BodyCollector(10);
  const piece = Uint8Array.of(1, 2, 3);
  collector.add(piece);
  expect(collector.take()).toBe(piece);
});
