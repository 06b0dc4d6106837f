import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { expect, test } from "vitest";
import { noise, piecesOf, weights, words } from "../../../../test/support/codec-data.js";
import { readXz, writeXz } from "../../../../test/support/xz.js";
import { xz } from "../xz.js";
import { fastContent } from "./fast-content.js";
import { parseBlockHeader } from "./parse.js";
import { blockHeader, dictionaryFor, littleEndian32, paddingOf, streamFooter, streamHeader, streamIndex } from "./format.js";

const invalid = { code: "BENTO_ARCHIVE_INVALID" };
const MiB = 1 << 20;

/** A stream of one block, from its parts, right but for what a test changes. */
function streamOf(parts: {
  readonly chunks: Uint8Array;
  readonly content: Uint8Array;
  readonly check?: number;
  readonly sum?: Uint8Array;
  readonly dictionaryCode?: number;
  readonly compressed?: number;
  readonly uncompressed?: number;
}): Buffer {
  const { chunks, content, check = 1, sum = littleEndian32(crc32(content)), dictionaryCode = 0 } = parts;
  const { compressed = chunks.length, uncompressed = content.length } = parts;
  const header = blockHeader(compressed, uncompressed, dictionaryCode);
  const index = streamIndex([{ unpadded: header.length + compressed + sum.length, uncompressed }]);
  const padding = Buffer.alloc(paddingOf(compressed));
  return Buffer.concat([streamHeader(check), header, chunks, padding, sum, index, streamFooter(check, index.length)]);
}

const content = noise(1000);
const stored = Buffer.from([1, 999 >> 8, 999 & 0xff, ...content, 0]);

test.each([
  ["none", 0, new Uint8Array()],
  ["CRC32", 1, littleEndian32(crc32(content))],
  ["SHA-256", 10, createHash("sha256").update(content).digest()],
])("stored chunks are passed on with every check: %s", async (_, check, sum) => {
  expect((await readXz(streamOf({ chunks: stored, content, check, sum }))).equals(content)).toBe(true);
  if (sum.length === 0) return;
  const wrong = Uint8Array.from(sum, (byte, at) => (at === 0 ? byte ^ 1 : byte));
  await expect(readXz(streamOf({ chunks: stored, content, check, sum: wrong }))).rejects.toMatchObject(invalid);
});

test.each([
  ["a size of terabytes", { compressed: 2 ** 42, uncompressed: 2 ** 43 }],
  ["more content than there is", { uncompressed: 1001 }],
  ["less content than there is", { uncompressed: 999 }],
  ["less input than there is", { compressed: 1000 }],
  ["more input than there is", { compressed: 1008 }],
  ["a dictionary of 4 GiB", { dictionaryCode: 40, uncompressed: 1001 }],
  ["a check that is unknown", { check: 2 }],
])("a block is refused that claims %s", async (_, change) => {
  await expect(readXz(streamOf({ chunks: stored, content, ...change }))).rejects.toMatchObject(invalid);
});

test.each([
  ["no kind", [3, 0, 0, 1, 0]],
  ["no start", [2, 0, 0, 1, 0]],
  ["no end", [1, 0, 0, 1]],
  ["literals with a match", [0xe0, 0, 9, 0, 7, 9, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0]],
  ["literals that need more than there is", [0xe0, 0xff, 0xff, 0, 4, 9, 0, 1, 2, 3, 4, 0]],
])("chunks are refused with %s", async (_, chunks) => {
  await expect(
    readXz(streamOf({ chunks: Uint8Array.from(chunks), content: new Uint8Array(chunks[2] === 0xff ? 65_536 : 10) })),
  ).rejects.toMatchObject(invalid);
});

test("a dictionary larger than the memory is refused in words that say so", async () => {
  const large = streamOf({
    chunks: Uint8Array.from([0xe0, 0, 0, 0, 4, 0x5d, 0, 0, 0, 0, 0, 0]),
    content: Uint8Array.of(0),
    dictionaryCode: dictionaryFor(2 ** 30).code,
  });
  await expect(readXz(large)).rejects.toMatchObject({ ...invalid, message: expect.stringContaining("memory") });
});

test("a bomb is read in constant memory", async () => {
  const signal = new AbortController().signal;
  const options = { compression: "fast", maxMemory: 64 * MiB, signal } as const;
  let length = 0;
  let largest = 0;
  const zeros = Buffer.alloc(4 * MiB);
  for await (const piece of xz.decompress(xz.compress(repeated(zeros, 5), options), options)) {
    length += piece.length;
    largest = Math.max(largest, piece.length);
  }
  expect(length).toBe(20 * MiB);
  expect(largest).toBeLessThanOrEqual(MiB);
}, 30_000);

test.each([
  ["stored", weights(3 * MiB), "store"],
  ["compressed", words(400_000), 6],
] as const)("an abort in the middle ends both directions, even when the input answers no more: %s", async (_, bytes, compression) => {
  for (const direction of ["compress", "decompress"] as const) {
    const input = direction === "compress" ? bytes : await writeXz(bytes, { compression });
    const abort = new AbortController();
    const source = async function* () {
      yield* piecesOf(input.subarray(0, input.length >> 1), 10_000);
      abort.abort();
      await new Promise(() => {});
    };
    const work = xz[direction](source(), { compression, maxMemory: 256 * MiB, signal: abort.signal });
    await expect(drained(work)).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
  }
});

test("whoever stops early closes what is read, in both directions", async () => {
  const bytes = weights(4 * MiB);
  for (const direction of ["compress", "decompress"] as const) {
    const input = direction === "compress" ? bytes : await writeXz(bytes);
    let isClosed = false;
    const source = async function* () {
      try {
        yield* piecesOf(input, 100_000);
      } finally {
        isClosed = true;
      }
    };
    for await (const piece of xz[direction](source(), {
      compression: "adaptive",
      maxMemory: 8 * MiB,
      signal: new AbortController().signal,
    })) {
      if (piece.length > 1000) break;
    }
    expect(isClosed).toBe(true);
  }
});

test("what the input throws is thrown, in both directions", async () => {
  const failing = async function* () {
    yield (await writeXz(words(1000))).subarray(0, 40);
    throw new Error("The disk is gone.");
  };
  for (const direction of ["compress", "decompress"] as const) {
    const work = xz[direction](failing(), { compression: "fast", maxMemory: MiB, signal: new AbortController().signal });
    await expect(drained(work)).rejects.toThrow("The disk is gone.");
  }
});

async function drained(stream: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const piece of stream) void piece;
}

async function* repeated(block: Uint8Array, times: number): AsyncGenerator<Uint8Array, void> {
  for (let time = 0; time < times; time += 1) yield new Uint8Array(block);
}

test("a block of very many very small chunks is left to liblzma, piece by piece", async () => {
  const many = noise(20_000);
  const chunks = Buffer.concat([...Array.from(many, (byte, at) => Buffer.from([at === 0 ? 1 : 2, 0, 0, byte])), Buffer.alloc(1)]);
  const header = parseBlockHeader(blockHeader(chunks.length, many.length, 0));
  const body = Buffer.concat([chunks, Buffer.alloc(paddingOf(chunks.length)), littleEndian32(crc32(many))]);
  expect(await fastContent(body, header, 1)).toBeUndefined();
  expect((await readXz(streamOf({ chunks, content: many }))).equals(many)).toBe(true);
});
