import fc from "fast-check";
import { expect, test } from "vitest";
import { PartMemory, partsOf } from "./parts-of.js";

async function* streamOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void> {
  yield* chunks;
}

test("parts are the stream, cut at the sizes that were asked for, whatever the chunks are", async () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 12 });
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(chunks, sizes, fc.boolean(), async (given, cuts, isGivenBack) => {
      const sizeOf = (index: number): number => cuts[index % cuts.length] ?? 1;
      const whole = Buffer.concat(given);
      const memory = new PartMemory();
      const got: Buffer[] = [];
      let last: { readonly isLast: boolean } | undefined;
      for await (const part of partsOf(streamOf(given), sizeOf, memory)) {
        expect(last?.isLast ?? false).toBe(false);
        expect(part.index).toBe(got.length);
        expect(part.start).toBe(Buffer.concat(got).length);
        if (part.isLast) expect(part.bytes.length).toBeLessThanOrEqual(sizeOf(part.index));
        else expect(part.bytes.length).toBe(sizeOf(part.index));
        // None but that of an empty stream is empty.
        expect(part.bytes.length > 0 || whole.length === 0).toBe(true);
        got.push(Buffer.from(part.bytes));
        if (isGivenBack) memory.giveBack(part);
        last = part;
      }
      expect(last?.isLast).toBe(true);
      expect(Buffer.concat(got).equals(whole)).toBe(true);
    }),
  );
});
