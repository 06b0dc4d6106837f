import { expect, test, vi } from "vitest";
import { blockWithMagicNumber } from "../../../../test/support/bzip2-block.js";
import { noise, piecesOf } from "../../../../test/support/codec-data.js";
import { collected } from "../../../../test/support/codec-contract.js";
import { ChunkReader } from "../chunk-reader.js";
import { bzip2 } from "../bzip2.js";
import { segmentsOf } from "./segments.js";

const options = { compression: "best", maxMemory: 2 ** 28, signal: new AbortController().signal } as const;

test("a stream that comes byte by byte is not copied again for each byte", async () => {
  const stream = await collected(bzip2.compress(piecesOf(noise(200_000), 50_000), options));
  let copied = 0;
  // oxlint-disable-next-line typescript/unbound-method -- it is called with its `this` below
  const { set } = Uint8Array.prototype;
  const spy = vi.spyOn(Uint8Array.prototype, "set").mockImplementation(function count(this: Uint8Array, source, offset) {
    copied += source.length;
    set.call(this, source, offset);
  });
  try {
    const kinds: string[] = [];
    for await (const { kind } of segmentsOf(new ChunkReader(piecesOf(stream.subarray(4), 1)))) kinds.push(kind);
    expect(kinds).toEqual(["block", "end"]);
  } finally {
    spy.mockRestore();
  }
  expect(copied).toBeLessThan(4 * stream.length);
});

test.each([1, 7, 1000])("segments are the same whatever the chunks are: %d", async (size) => {
  const { stream, content } = blockWithMagicNumber("block");
  expect((await collected(bzip2.decompress(piecesOf(stream, size), options))).equals(content)).toBe(true);
});
