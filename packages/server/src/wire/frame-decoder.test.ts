import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { BentoError } from "@bento/core";
import * as fc from "fast-check";
import { expect, test } from "vitest";

import { type Frame, type FrameKind, frameKinds, maxHeadBytes, maxPieceBytes, preambleBytes, writeFrameHead } from "./frame.js";
import { FrameDecoder } from "./frame-decoder.js";

type Plain = Omit<Frame, "bytes"> & { readonly bytes: string };

const plain = ({ bytes, ...head }: Frame): Plain => ({ ...head, bytes: Buffer.from(bytes).toString("latin1") });

function encode({ bytes, ...head }: Frame): Buffer {
  const target = Buffer.alloc(preambleBytes + head.head.length * 3 + bytes.length);
  const end = writeFrameHead(target, 0, head, bytes.length);
  target.set(bytes, end);
  return target.subarray(0, end + bytes.length);
}

const frames = fc.record<Frame>({
  kind: fc.constantFrom<FrameKind[]>(...Object.values(frameKinds)),
  more: fc.boolean(),
  call: fc.integer({ min: 0, max: 0xffff_ffff }),
  head: fc.oneof(fc.constant(""), fc.string({ unit: "binary", maxLength: 60 })),
  bytes: fc.oneof(
    { weight: 8, arbitrary: fc.uint8Array({ maxLength: 80 }) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 5000, size: "max" }) },
  ),
});

/** The bytes, cut at these places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].toSorted((a, b) => a - b);
  return [...ends, bytes.length].map((end, at) => bytes.subarray(ends[at - 1] ?? 0, end));
}

function decodeAll(chunks: Iterable<Buffer>, decoder = new FrameDecoder()): Plain[] {
  const found: Plain[] = [];
  for (const chunk of chunks) decoder.decode(chunk, (frame) => found.push(plain(frame)));
  return found;
}

test("frames come out as they went in, wherever the stream is cut", () => {
  fc.assert(
    fc.property(fc.array(frames, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 40 }), (sent, places) => {
      const decoder = new FrameDecoder();
      expect(decodeAll(cut(Buffer.concat(sent.map(encode)), places), decoder)).toEqual(sent.map(plain));
      expect(decoder.isBetweenFrames).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test("frames come out as they went in, byte by byte", () => {
  fc.assert(
    fc.property(fc.array(frames, { maxLength: 5 }), (sent) => {
      const bytes = Buffer.concat(sent.map(encode));
      expect(decodeAll(Array.from(bytes, (byte) => Buffer.of(byte)))).toEqual(sent.map(plain));
    }),
    { numRuns: 100 },
  );
});

test("what is cut off is no frame, and the decoder knows it", () => {
  const decoder = new FrameDecoder();
  const bytes = encode({ kind: 1, more: false, call: 7, head: "[]", bytes: Buffer.from("body") });
  for (let end = 1; end < bytes.length; end += 1) {
    const cutOff = new FrameDecoder();
    expect(decodeAll([bytes.subarray(0, end)], cutOff)).toEqual([]);
    expect(cutOff.isBetweenFrames).toBe(false);
  }
  expect(decodeAll([bytes], decoder)).toHaveLength(1);
  expect(decoder.isBetweenFrames).toBe(true);
});

test("the largest frame comes through in tiny parts, in time that grows with its size alone", () => {
  const frame: Frame = { kind: frameKinds.reply, more: true, call: 1, head: "h".repeat(200_000), bytes: Buffer.alloc(maxPieceBytes, 7) };
  const bytes = encode(frame);
  const decoder = new FrameDecoder();
  let found = 0;
  // To put together what is there for each of half a million parts would be to copy a hundred gigabytes.
  for (let at = 0; at < bytes.length; at += 1) {
    decoder.decode(bytes.subarray(at, at + 1), ({ head, bytes: body }) => {
      found += 1;
      expect(head).toBe(frame.head);
      expect(Buffer.compare(body, frame.bytes)).toBe(0);
    });
  }
  expect(found).toBe(1);
});

test("what is kept of an unfinished frame does not grow with the number of its parts", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const used = (): number => {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const decoder = new FrameDecoder();
  const preamble = Buffer.alloc(preambleBytes);
  writeFrameHead(preamble, 0, { kind: 2, more: true, call: 1, head: "" }, maxPieceBytes);
  const before = used();
  decoder.decode(preamble, () => expect.unreachable());
  for (let sent = 1; sent < maxPieceBytes; sent += 1) decoder.decode(Buffer.alloc(1), () => expect.unreachable());
  // To keep each part would take 50 MB.
  expect(used() - before).toBeLessThan(3 * maxPieceBytes);
  expect(decoder.isBetweenFrames).toBe(false);
});

test.each([
  ["an unknown kind", [9, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0]],
  ["kind 0", [9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
  ["a length below that of a preamble", [8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]],
  ["a head that is longer than the frame", [9, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0]],
  ["the largest length there is", [255, 255, 255, 255, 1, 0, 0, 0, 0, 0, 0, 0, 0]],
  ["the largest head there is", [255, 255, 255, 255, 1, 0, 0, 0, 0, 255, 255, 255, 255]],
  ["HTTP", Array.from(Buffer.from("GET / HTTP/1.1\r\n\r\n"))],
])("%s is refused as soon as the preamble is there, whole or in parts", (_, bytes) => {
  expect(() => decodeAll([Buffer.from(bytes)])).toThrow(expect.objectContaining({ code: "BENTO_WIRE_INVALID" }));
  expect(() => decodeAll(bytes.map((byte) => Buffer.of(byte)))).toThrow(expect.objectContaining({ code: "BENTO_WIRE_INVALID" }));
});

test("heads and pieces may be as long as the limits, and no byte more", () => {
  const preamble = (headBytes: number, byteCount: number): Buffer => {
    const bytes = Buffer.alloc(preambleBytes);
    writeFrameHead(bytes, 0, { kind: 1, more: false, call: 1, head: "" }, headBytes + byteCount);
    bytes.writeUInt32LE(headBytes, 9);
    return bytes;
  };
  expect(decodeAll([preamble(maxHeadBytes, maxPieceBytes)])).toEqual([]);
  expect(() => decodeAll([preamble(maxHeadBytes + 1, 0)])).toThrow("a head of 8388609 bytes");
  expect(() => decodeAll([preamble(0, maxPieceBytes + 1)])).toThrow("262145 bytes");
});

test("noise for a second and a half give frames or BENTO_WIRE_INVALID, and nothing else", { timeout: 20_000 }, () => {
  const end = performance.now() + 1500;
  let seed = 1;
  let refused = 0;
  let found = 0;
  while (performance.now() < end) {
    const [sample] = fc.sample(
      fc.tuple(
        fc.array(
          // Noise alone never gets past the length of the first frame, so most of it are frames with a few wrong bytes.
          fc.oneof(
            fc.uint8Array({ maxLength: 64 }),
            fc.tuple(frames, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 2 })).map(damaged),
          ),
          { maxLength: 6 },
        ),
        fc.array(fc.nat(), { maxLength: 10 }),
      ),
      { numRuns: 1, seed: (seed += 1) },
    ) as [[Uint8Array[], number[]]];
    try {
      found += decodeAll(cut(Buffer.concat(sample[0]), sample[1])).length;
    } catch (error) {
      if (!BentoError.is(error, "BENTO_WIRE_INVALID")) throw error;
      refused += 1;
    }
  }
  expect(refused).toBeGreaterThan(0);
  expect(found).toBeGreaterThan(0);
});

function damaged([frame, changes]: [Frame, [number, number][]]): Uint8Array {
  const bytes = encode(frame);
  for (const [place, byte] of changes) bytes[place % preambleBytes] = byte;
  return bytes;
}
