import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/support/temporary-folder.js";
import { detectFormat, magicBytes } from "./magic.js";

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

test.each(["v7", "ustar", "gnu", "posix", "oldgnu"])("a tar of GNU tar in its format %s", async (format) => {
  await using folder = await temporaryFolder();
  writeFileSync(join(folder.path, "model.yaml"), "name: x\n");
  for (const name of ["model.yaml", "./model.yaml"]) {
    const tar = execFileSync("tar", [`--format=${format}`, "--create", "--file=-", "--directory", folder.path, name]);
    expect(detectFormat(tar.subarray(0, magicBytes))).toBe("tar");
    expect(detectFormat(tar)).toBe("tar");
    tar.writeUInt8(tar.readUInt8(0) ^ 1, 0);
    expect(detectFormat(tar)).toBeUndefined();
    // The checksum of old writers that took bytes for signed ones, and a name with such a byte.
    expect(detectFormat(resigned(tar))).toBe("tar");
  }
});

function resigned(tar: Uint8Array): Uint8Array {
  const header = Uint8Array.from(tar.subarray(0, 512));
  header[1] = 0xc3;
  header.fill(0x20, 148, 156);
  const sum = header.reduce((total, byte) => total + ((byte << 24) >> 24), 0);
  header.set(Buffer.from(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  return header;
}

test.each([
  ["xz", "fd 37 7a 58 5a 00 00 04"],
  ["bzip2", "42 5a 68 39 31 41 59 26 53 59"],
  ["bzip2", "42 5a 68 31 17 72 45 38 50 90 00 00 00 00"],
  ["zstd", "28 b5 2f fd 24 00"],
  ["zstd", "5e 2a 4d 18 04 00 00 00"],
  ["zip", "50 4b 03 04 14 00"],
  ["zip", "50 4b 05 06 00 00"],
  ["lzma", "5d 00 00 80 00 ff ff ff ff ff ff ff ff 00"],
  ["lzma", "5d 00 00 80 00 10 00 00 00 00 00 00 00 00"],
  ["lzma", "00 00 00 c0 00 10 00 00 00 00 00 00 00 00"],
  ["tar", "00".repeat(512)],
])("%s by its magic", (form, bytes) => {
  expect(detectFormat(hex(bytes))).toBe(form);
});

test.each([
  ["nothing", ""],
  ["one byte of xz", "fd"],
  ["bzip2 without a block", "42 5a 68 39 00 00 00 00 00 00"],
  ["too little for a tar", "00".repeat(511)],
  ["properties that lzma has not", "e1 00 00 80 00 ff ff ff ff ff ff ff ff 00"],
  ["a dictionary that lzma has not", "5d 00 01 80 00 ff ff ff ff ff ff ff ff 00"],
  ["a size that no lzma file has", "5d 00 00 80 00 ff ff ff ff ff ff ff 0f 00"],
])("%s is nothing known", (_, bytes) => {
  expect(detectFormat(hex(bytes))).toBeUndefined();
});

test("what gzip writes, and what brotli writes", () => {
  expect(detectFormat(gzipSync(""))).toBe("gzip");
  expect(detectFormat(brotliCompressSync("text that brotli takes"))).toBeUndefined();
});

test("any bytes give an answer, and only the first ones count", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), fc.uint8Array({ maxLength: 100 }), (head, rest) => {
      const form = detectFormat(head.subarray(0, magicBytes));
      if (head.length >= magicBytes) expect(detectFormat(Uint8Array.from([...head, ...rest]))).toBe(form);
    }),
  );
});
