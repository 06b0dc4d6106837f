import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { readFile } from "node:fs/promises";
import { archivePath } from "../../../test/support/archive-fixtures.js";
import { piecesOf } from "../../../test/support/codec-data.js";
import { blockWithMagicNumber } from "../../../test/support/bzip2-block.js";
import { collected, describeCodec } from "../../../test/support/codec-contract.js";
import { bzip2 } from "./bzip2.js";

/** `head -c 40000000 /dev/zero | bzip2` in base64. */
const oneBlockOfZeros = "QlpoOTFBWSZTWdjs3f4BMl9ACMAAABAACCAAMMwJqmmgSlFbUBKUV4u5IpwoSGx2bv8A";
/** `python3 -c 'print("0123456789" * 40000, end="")' | bzip2 -1` in base64. */
const severalBlocks =
  "QlpoMTFBWSZTWUqP/6UAE4cIAH/gIABwQAwClUMJnFQVHlUFR6qCo+VBUYVBUZVBUaVBUbVBUfqgqOKgqOmKCskymshsH97gAThwQAP/AQADggBgFKoYTOKgqPFQVHtUFR8qCowqCoyqCo0qCo2qCo/VBUcVBUdMUFZJlNZWTM3DgA6lQgAf+AgAHBADAKVQwmcVBUeKgqPVQVH1UFRhUFRlUFRpUFRtUFR+qCo4qCo6YoKyTKayD+3h0gCcOBAA/8BAAOCAGAUqhhM4qCo8VBUeqgqPlQVGKoKjKoKjSoKjaoKj9UFRxUFR0xQVkmU1ktwAo0AAAOCAB/4CAAMQAwClQmhnKxWa1WvK2PR8PxwdF3JFOFCQggETaw==";

describeCodec({
  codec: bzip2,
  blockSize: 899_981,
  longSize: 96 * 1024 * 1024,
  digests: {
    adaptive: "47924b734ca28ef2859f837d8067e50fbf0e9057256a4f477d7dc183f7c733fd",
    store: "283c519249823e47c5430251d94c85e82e2feac4551710c6a7e47e4457689167",
    fast: "283c519249823e47c5430251d94c85e82e2feac4551710c6a7e47e4457689167",
    best: "47924b734ca28ef2859f837d8067e50fbf0e9057256a4f477d7dc183f7c733fd",
    "0": "283c519249823e47c5430251d94c85e82e2feac4551710c6a7e47e4457689167",
    "1": "283c519249823e47c5430251d94c85e82e2feac4551710c6a7e47e4457689167",
    "6": "1f0fa015ec39eda7970c4db3b1866b3d49f24851bd78d7cd58c192907f8d358f",
    "9": "47924b734ca28ef2859f837d8067e50fbf0e9057256a4f477d7dc183f7c733fd",
  },
});

const signal = new AbortController().signal;

async function read(bytes: Uint8Array): Promise<Buffer> {
  return collected(bzip2.decompress(piecesOf(bytes, 1000), { maxMemory: 2 ** 28, signal }));
}

test.each([
  ["foreign/bz2-multistream.bz2", "47fbe667426b6fb0e16f8828a7dcf2b8dd7c1fa5f6c57bf3161bd2c3d51a93de"],
  ["foreign/gnu-tar-bzip2.tar.bz2", "1408e6136314796416554de9ef6aa8ab1284e13b8981590466b9e680001f1143"],
  ["python/many-files-v1.bz2", "27e2144878a004ac04d7e353ea708a3ec3fed8591ee4c5bbcc65358904b8c477"],
])("%s is read as bzip2 reads it", async (name, sha256) => {
  expect(
    createHash("sha256")
      .update(await read(await readFile(archivePath(name))))
      .digest("hex"),
  ).toBe(sha256);
});

test("a block may hold what looks like the start of another, or like the end", async () => {
  for (const magic of ["block", "end"] as const) {
    const { stream, content } = blockWithMagicNumber(magic);
    expect((await read(stream)).equals(content)).toBe(true);
    expect((await read(Buffer.concat([stream, stream]))).length).toBe(content.length * 2);
    await expect(read(stream.subarray(0, -1))).rejects.toMatchObject({ code: "BENTO_ARCHIVE_INVALID" });
  }
});

test("a block that holds one byte over and over is read whole", { timeout: 30_000 }, async () => {
  const zeros = Buffer.alloc(40_000_000);
  const ofTool = Buffer.from(oneBlockOfZeros, "base64");
  expect((await read(ofTool)).equals(zeros)).toBe(true);
});

test("a text of several blocks in one stream is read", async () => {
  expect((await read(Buffer.from(severalBlocks, "base64"))).equals(Buffer.from("0123456789".repeat(40_000)))).toBe(true);
});
