import { createHash } from "node:crypto";
import { crc32, deflateRawSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { readFile } from "node:fs/promises";
import { archivePath } from "../../../test/support/archive-fixtures.js";
import { piecesOf, words } from "../../../test/support/codec-data.js";
import { collected, describeCodec } from "../../../test/support/codec-contract.js";
import { gzip } from "./gzip.js";

describeCodec({
  codec: gzip,
  blockSize: 1_048_576,
  longSize: 256 * 1024 * 1024,
  digests: {
    adaptive: "06c8622a7c74ceff052ac3830e8fcc38ccef02b610942f7f5efab1bdcaee8956",
    store: "58e8bb36e569421fdc8813e56455b2fed8dbb08e2fa5decc6d4aa271d1ffc301",
    fast: "984fb187bb8bedcdf54d59b4592b924b59e077efdd6d9041be8984e0a205c03f",
    best: "66df188ebee867caf0eece44665c48fc91aa7bc5f6e534604c2deb44f6d636b1",
    "0": "58e8bb36e569421fdc8813e56455b2fed8dbb08e2fa5decc6d4aa271d1ffc301",
    "1": "984fb187bb8bedcdf54d59b4592b924b59e077efdd6d9041be8984e0a205c03f",
    "6": "7b503a335e82f49c3bd8ecd1d3cd001369f9428f9c386d6f5e0c99c7a8f24205",
    "9": "66df188ebee867caf0eece44665c48fc91aa7bc5f6e534604c2deb44f6d636b1",
  },
});

const signal = new AbortController().signal;

async function read(bytes: Uint8Array): Promise<Buffer> {
  return collected(gzip.decompress(piecesOf(bytes, 1000), { maxMemory: 2 ** 28, signal }));
}

test.each([
  ["foreign/gz-multimember.gz", "47fbe667426b6fb0e16f8828a7dcf2b8dd7c1fa5f6c57bf3161bd2c3d51a93de"],
  ["foreign/gzip-1.gz", "1408e6136314796416554de9ef6aa8ab1284e13b8981590466b9e680001f1143"],
  ["foreign/gnu-tar-names.tar.gz", "298a111675d373562372d13b15fc8483e41006ba431e769aa92400721a71c67f"],
  ["python/many-files-v1.gz", "27e2144878a004ac04d7e353ea708a3ec3fed8591ee4c5bbcc65358904b8c477"],
])("%s is read as gzip reads it", async (name, sha256) => {
  expect(
    createHash("sha256")
      .update(await read(await readFile(archivePath(name))))
      .digest("hex"),
  ).toBe(sha256);
});

test.each(["hard/bad-crc.gz", "hard/truncated.gz", "hard/xz-as-gz.gz"])("%s is refused", async (name) => {
  await expect(read(await readFile(archivePath(name)))).rejects.toMatchObject({ code: "BENTO_ARCHIVE_INVALID" });
});

test("a header may hold a name, a comment, extra fields and a checksum of its own", async () => {
  const content = words(5000);
  const header = Buffer.from([0x1f, 0x8b, 8, 0x1f, 1, 2, 3, 4, 0, 3, 3, 0, 7, 7, 7, ...Buffer.from("name\0a comment\0")]);
  const headerCrc = Buffer.from([crc32(header) & 0xff, (crc32(header) >> 8) & 0xff]);
  const body = gzipSync(content).subarray(10);
  expect((await read(Buffer.concat([header, headerCrc, body]))).equals(content)).toBe(true);
  await expect(read(Buffer.concat([header, Buffer.from([0, 0]), body]))).rejects.toThrow("header");
});

test("zeros behind the end are padding, and nothing else is", async () => {
  const file = gzipSync(words(5000));
  expect((await read(Buffer.concat([file, Buffer.alloc(5000)]))).length).toBe(5000);
  await expect(read(Buffer.concat([file, Buffer.alloc(5000), file]))).rejects.toThrow("behind the end");
});

test("a size that does not fit is refused", async () => {
  const content = words(100);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(content), 0);
  trailer.writeUInt32LE(101, 4);
  const file = Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]), deflateRawSync(content), trailer]);
  await expect(read(file)).rejects.toThrow("not as long");
});
