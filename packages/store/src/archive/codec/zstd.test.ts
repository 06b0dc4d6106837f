import { Worker } from "node:worker_threads";
import { _NapiBindings } from "@cloudpss/zstd/napi";
import { expect, test, vi } from "vitest";
import { mixedBytes, noise, piecesOf, words } from "../../../test/support/codec-data.js";
import { collected, describeCodec } from "../../../test/support/codec-contract.js";
import { ChunkReader } from "./chunk-reader.js";
import { zstd } from "./zstd.js";
import { blocksOfFrame, type FrameHeader, nextFrame } from "./zstd/frame.js";
import { FrameStream } from "./zstd/frame-stream.js";

/** `seq 1 20 | zstd` in base64: a frame without a content size. */
const streamed = "KLUv/QRYmQEAMQoyCjMKNAo1CjYKNwo4CjkKMTAKMTEKMTIKMTMKMTQKMTUKMTYKMTcKMTgKMTkKMjAK5Fi4NA==";

describeCodec({
  codec: zstd,
  blockSize: 2_097_152,
  longSize: 256 * 1024 * 1024,
  digests: {
    adaptive: "27d3958841944469758942a165bcf75d52d7dc483644f6223fd512f9afe73ccc",
    store: "2425990fd5a769052b7fa12a12e4d46b20f618c1b3c245a992da3e251e36293c",
    fast: "e2a08a3e96f9665f7e3120602f75f7623d798844cdebf6fe061223a44b179f7e",
    best: "61f1210a7c65e713b593fd2791b597c9d93d1c174a45abcc0760ed307b34a35a",
    "0": "2425990fd5a769052b7fa12a12e4d46b20f618c1b3c245a992da3e251e36293c",
    "1": "e2a08a3e96f9665f7e3120602f75f7623d798844cdebf6fe061223a44b179f7e",
    "6": "27d3958841944469758942a165bcf75d52d7dc483644f6223fd512f9afe73ccc",
    "9": "8c35f9cf84a5690f18a6da3ea50618e73053fbcaa1b070a2ce1852a1e492b28a",
  },
});

const signal = new AbortController().signal;

async function read(bytes: Uint8Array): Promise<Buffer> {
  return collected(zstd.decompress(piecesOf(bytes, 1000), { maxMemory: 2 ** 28, signal }));
}

/** A header with a window of 128 KiB and no content size. */
const openHeader = [0x28, 0xb5, 0x2f, 0xfd, 0, 7 << 3];

test("a frame without a size is read as it comes", async () => {
  const content = Buffer.concat([mixedBytes(10_000_000), words(5_000_000)]);
  const parts: Buffer[] = [];
  const compressor = new _NapiBindings.Compressor(3);
  compressor.data(content, (part) => parts.push(part));
  compressor.end((part) => parts.push(part));
  const frame = Buffer.concat(parts);
  expect((await read(frame)).equals(content)).toBe(true);
  await expect(read(frame.subarray(0, -1))).rejects.toThrow("cut off");
});

test("what the tool streams, with frames to be skipped, is read", async () => {
  const ofTool = Buffer.from(streamed, "base64");
  const skippable = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
  const content = Array.from({ length: 20 }, (_, index) => `${index + 1}\n`).join("");
  expect((await read(Buffer.concat([skippable, ofTool, skippable, ofTool]))).toString()).toBe(content + content);
  for (let at = 0; at < ofTool.length; at += 1) {
    const other = Buffer.from(ofTool);
    other.writeUInt8(other.readUInt8(at) ^ 0x10, at);
    const result = await read(other).catch((error: { code: string }) => error.code);
    expect(["BENTO_ARCHIVE_INVALID", content]).toContain(result.toString());
  }
});

test("blocks that become a thousand times larger take no more memory", { timeout: 30_000 }, async () => {
  // 4000 blocks of 128 KiB of one byte, then an empty one: 512 MB from 16 kB.
  const block = [0x02, 0x00, 0x10, 0x41];
  const bomb = Buffer.from([...openHeader, ...Array.from({ length: 4000 }, () => block).flat(), 1, 0, 0]);
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  let size = 0;
  for await (const bytes of zstd.decompress(piecesOf(bomb, 1_000_000), { maxMemory: 2 ** 28, signal })) {
    size += bytes.length;
    most = Math.max(most, process.memoryUsage().arrayBuffers);
  }
  expect(size).toBe(4000 * 128 * 1024);
  expect(most - before).toBeLessThan(160 * 1024 * 1024);
});

test("a frame that needs gigabytes to be read, or a dictionary, is refused", async () => {
  const large = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 21 << 3, 1, 0, 0]);
  await expect(read(large)).rejects.toThrow("a window of 2147483648 bytes");
  const withDictionary = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 1, 7 << 3, 9, 1, 0, 0]);
  await expect(read(withDictionary)).rejects.toThrow("dictionary");
});

test("a size in the header that does not fit is refused", async () => {
  for (const size of [3, 5]) {
    const frame = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, size, (4 << 3) | 1, 0, 0, 1, 2, 3, 4]);
    await expect(read(frame)).rejects.toMatchObject({ code: "BENTO_ARCHIVE_INVALID" });
  }
  expect((await read(Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, 4, (4 << 3) | 1, 0, 0, 1, 2, 3, 4]))).toString("hex")).toBe("01020304");
});

/** A block that holds the byte 0x41 some times over. */
function repeated(times: number): readonly number[] {
  return [((times << 3) | 2) & 0xff, times >> 5, times >> 13, 0x41];
}

test.each<[string, readonly number[], number]>([
  ["empty", [0, 0, 0], 0],
  ["empty, in the other way", repeated(0), 0],
  ["of one byte, stored", [8, 0, 0, 0x41], 1],
  ["of one byte, repeated", repeated(1), 1],
])("very many blocks that are %s are taken together", async (_, block, size) => {
  const count = 300_000;
  const blocks = Buffer.alloc(count * block.length, Uint8Array.from(block));
  const frame = Buffer.concat([Uint8Array.from(openHeader), blocks, Uint8Array.of((4 << 3) | 1, 0, 0, 1, 2, 3, 4)]);
  const reader = new ChunkReader(piecesOf(frame, 100_000));
  const header = await nextFrame(reader, true);
  let pieces = 0;
  for await (const _piece of blocksOfFrame(reader, header as FrameHeader)) pieces += 1;
  expect(pieces).toBeLessThan(60);
  const content = await read(frame);
  expect(content.length).toBe(count * size + 4);
  expect(content.subarray(-6).toString("hex")).toBe(`${"41".repeat(2 * size)}01020304`.slice(-12));
});

test("blocks of four bytes that hold much are taken a few at a time", async () => {
  const bomb = Uint8Array.from([...openHeader, ...Array.from({ length: 200 }, () => repeated(128 * 1024)).flat(), 1, 0, 0]);
  const reader = new ChunkReader(piecesOf(bomb, bomb.length));
  const header = await nextFrame(reader, true);
  for await (const piece of blocksOfFrame(reader, header as FrameHeader)) expect(piece.length).toBeLessThanOrEqual(16 * 4 + 3);
});

test("a small frame of very many pieces is not gathered", async () => {
  const empties = Buffer.alloc(3 * 20_000);
  const frame = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, 4, ...empties, (4 << 3) | 1, 0, 0, 1, 2, 3, 4]);
  const decompress = vi.spyOn(FrameStream.prototype, "decompress");
  try {
    // In chunks smaller than a block, no two blocks come together.
    expect((await collected(zstd.decompress(piecesOf(frame, 2), { maxMemory: 2 ** 28, signal }))).toString("hex")).toBe("01020304");
    expect(decompress).toHaveBeenCalledOnce();
  } finally {
    decompress.mockRestore();
  }
});

test("very many small frames go to threads together, and stay in order", async () => {
  const frameOf = (byte: number): readonly number[] => [0x28, 0xb5, 0x2f, 0xfd, 0x20, 1, (1 << 3) | 1, 0, 0, byte];
  const large = Buffer.from(
    await collected(zstd.compress(piecesOf(noise(100_000), 100_000), { compression: 3, maxMemory: 2 ** 28, signal })),
  );
  const small = Buffer.from(Array.from({ length: 1000 }, (_, index) => frameOf(index % 251)).flat());
  const content = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 251));
  const posted = vi.spyOn(Worker.prototype, "postMessage");
  try {
    const whole = await read(Buffer.concat([small, large, small]));
    expect(whole.equals(Buffer.concat([content, noise(100_000), content]))).toBe(true);
    expect(posted.mock.calls.length).toBe(9);
  } finally {
    posted.mockRestore();
  }
});
