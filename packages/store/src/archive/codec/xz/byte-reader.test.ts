import fc from "fast-check";
import { expect, test } from "vitest";
import { noise, piecesOf } from "../../../../test/support/codec-data.js";
import { ByteReader } from "./byte-reader.js";

test("a stream that comes byte by byte is held in few pieces", async () => {
  const bytes = noise(200_000);
  const reader = new ByteReader(piecesOf(bytes, 1));
  await reader.need(bytes.length);
  const pieces = reader.takePieces(bytes.length);
  expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
  expect(pieces.length).toBeLessThan(10);
});

test("whatever the chunks are and however much is taken, the bytes come in their order", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.nat(40), fc.integer({ min: 4000, max: 10_000 })), { maxLength: 20 }),
      fc.array(fc.integer({ min: 50, max: 20_000 }), { minLength: 1, maxLength: 20 }),
      async (chunks, takes) => {
        const bytes = noise(chunks.reduce((sum, size) => sum + size, 0));
        const reader = new ByteReader(cut(bytes, chunks));
        const taken: Uint8Array[] = [];
        let position = 0;
        for (let turn = 0; ; turn += 1) {
          const count = takes[turn % takes.length] ?? 1;
          const isThere = await reader.fill(count);
          if (reader.length > 0) expect(reader.peek(0)).toBe(bytes[position]);
          position += Math.min(count, reader.length);
          taken.push(...reader.takePieces(Math.min(count, reader.length)));
          if (!isThere) break;
        }
        expect(Buffer.concat(taken).equals(bytes)).toBe(true);
      },
    ),
    { numRuns: 30 },
  );
});

async function* cut(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array, void> {
  let start = 0;
  for (const size of sizes) yield bytes.slice(start, (start += size));
}
