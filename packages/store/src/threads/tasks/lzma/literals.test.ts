import fc from "fast-check";
import { expect, test } from "vitest";
import { noise, weights } from "../../../../test/support/codec-data.js";
import { codeByReference, decodeByReference } from "../../../../test/support/literal-reference.js";

/** Content with what it is coded as. */
interface Chunk {
  readonly content: Buffer;
  readonly coded: Buffer;
  readonly length: number;
}

interface Coder {
  readonly codeLiterals: (contents: readonly Uint8Array[], positionBits: number) => readonly Uint8Array[];
}

interface Decoder {
  readonly decodeLiterals: (chunks: readonly Chunk[], positionBits: number) => readonly Uint8Array[] | undefined;
}

// By their addresses, because the checker of tests reads no JavaScript.
const { codeLiterals } = (await import(new URL("literal-coder.js", import.meta.url).href)) as Coder;
const { decodeLiterals } = (await import(new URL("literal-decoder.js", import.meta.url).href)) as Decoder;

function code(contents: readonly Buffer[], bits: number): Chunk[] {
  const coded = codeLiterals(contents, bits).values();
  return contents.map((content) => ({ content, coded: Buffer.from(coded.next().value ?? []), length: content.length }));
}

/** Text is compared much faster than bytes are. */
const textOf = (parts: readonly Uint8Array[] | undefined) => parts?.map((part) => Buffer.from(part).toString("latin1"));
const decode = (chunks: readonly Chunk[], bits: number) => textOf(decodeLiterals(chunks, bits));
const contentsOf = (chunks: readonly Chunk[]) => textOf(chunks.map(({ content }) => content));

const positionBits = fc.integer({ min: 0, max: 2 });
const seeds = fc.integer({ min: 1, max: 2 ** 31 - 1 });

function anyContent(maxLength: number): fc.Arbitrary<Buffer> {
  return fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: Math.min(maxLength, 40) }).map((bytes) => Buffer.from(bytes)),
    fc
      .record({ kind: fc.integer({ min: 0, max: 3 }), length: fc.integer({ min: 1, max: maxLength }), seed: seeds })
      .map(({ kind, length, seed }) => {
        if (kind === 0) return Buffer.alloc(length, seed);
        const bytes = noise(length, seed);
        if (kind === 1) return bytes;
        // Every other byte of a few values; or one that seldom gives way to another.
        return Buffer.from(bytes.map((byte, at) => (kind === 2 ? (at % 2 === 0 ? byte : 60 + (byte & 3)) : byte < 250 ? 255 : byte)));
      }),
  );
}

test("chunks coded together are each what the reference makes of them alone, and come back", () => {
  fc.assert(
    fc.property(fc.array(anyContent(1 << 16), { minLength: 1, maxLength: 4 }), positionBits, (contents, bits) => {
      const chunks = code(contents, bits);
      for (const { content, coded } of chunks) expect(coded.equals(codeByReference(content, bits).bytes)).toBe(true);
      // What grows is stored instead.
      const short = chunks.filter(({ coded }) => coded.length <= 1 << 16);
      expect(decode(short, bits)).toEqual(contentsOf(short));
    }),
    { numRuns: 30 },
  );
});

/**
 * Content whose code comes close to a number that ends in many zeros from below, and then goes on in any way. What the
 * zeros before that number stand for is long enough that matches have become unlikely.
 */
const carries = fc
  .record({
    start: fc.uint8Array({ minLength: 1, maxLength: 3 }),
    zeros: fc.integer({ min: 2, max: 40 }),
    part: fc.double({ min: 0.5, max: 1, noNaN: true }),
    end: fc.uint8Array({ minLength: 1, maxLength: 8 }),
  })
  .map(({ start, zeros, part, end }) => {
    const { content } = decodeByReference(Buffer.concat([Buffer.alloc(16), start, Buffer.alloc(zeros)]), 3000, 0);
    return Buffer.concat([content.subarray(0, Math.ceil(content.length * part)), end]);
  });

test("carries go through any number of bytes", () => {
  let longest = 0;
  fc.assert(
    fc.property(fc.array(carries, { minLength: 4, maxLength: 4 }), (contents) => {
      const chunks = code(contents, 0);
      for (const { content, coded } of chunks) {
        const { bytes, longestCarry } = codeByReference(content, 0);
        longest = Math.max(longest, longestCarry);
        expect(coded).toEqual(bytes);
      }
      expect(decode(chunks, 0)).toEqual(contentsOf(chunks));
    }),
    { numRuns: 100, seed: 1 },
  );
  // Through more than a word of 32 bits, or this would show nothing.
  expect(longest).toBeGreaterThan(10);
});

const damages = fc.oneof(
  fc.record({ cut: fc.nat() }).map(
    ({ cut }) =>
      (bytes: Buffer) =>
        bytes.subarray(0, cut % bytes.length),
  ),
  fc.record({ at: fc.nat(), bit: fc.integer({ min: 0, max: 7 }) }).map(({ at, bit }) => (bytes: Buffer) => {
    const other = Buffer.from(bytes);
    other.writeUInt8(other.readUInt8(at % other.length) ^ (1 << bit), at % other.length);
    return other;
  }),
  fc.uint8Array({ maxLength: 3000 }).map((bytes) => () => Buffer.from([0, ...bytes])),
  fc.uint8Array({ minLength: 1, maxLength: 9 }).map((bytes) => (all: Buffer) => Buffer.concat([all, bytes])),
);

test("what is no coder's output is found out as by the reference, whatever the other lanes hold", () => {
  let decoded = 0;
  fc.assert(
    fc.property(
      fc.array(anyContent(3000), { minLength: 1, maxLength: 4 }),
      positionBits,
      fc.nat(),
      damages,
      (contents, bits, which, damage) => {
        const chunks = code(contents, bits);
        let isWhole = false;
        const hostile = chunks.map((chunk, lane) => {
          if (lane !== which % chunks.length) return chunk;
          const coded = damage(chunk.coded);
          const found = decodeByReference(coded, chunk.length, bits);
          isWhole = found.isWhole;
          return { ...chunk, coded, content: found.content };
        });
        expect(decode(hostile, bits)).toEqual(isWhole ? contentsOf(hostile) : undefined);
        if (isWhole) decoded += 1;
        // And nothing of it is left for the next chunks.
        expect(decode(chunks, bits)).toEqual(contentsOf(chunks));
      },
    ),
    { numRuns: 200, seed: 1 },
  );
  expect(decoded).toBeLessThan(50);
});

test("the most that fits a chunk, of bytes that take the most input, stays in its lane", () => {
  const good = code([weights(1 << 16), weights(1 << 16)], 1);
  const content = noise(1 << 16, 3);
  const coded = Buffer.concat([Buffer.of(0, 0x3f), content.subarray(2)]);
  expect(decode([...good, { content, coded, length: 1 << 16 }], 1)).toBeUndefined();
  expect(decode(good, 1)).toEqual(contentsOf(good));
});
