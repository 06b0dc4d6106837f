import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { halfWeights, mixedBytes, noise, weights, words } from "../../../test/support/codec-data.js";
import { readXz, writeXz } from "../../../test/support/xz.js";
import { xz } from "./xz.js";

const MiB = 1 << 20;
const compressions = ["adaptive", "store", "fast", "best", 0, 4, 6] as const;

describe("what is written", () => {
  test.each(compressions)("comes back, whatever its size: %s", async (compression) => {
    for (const size of [0, 1, 65_535, 65_536, 65_537]) {
      const input = mixedBytes(size);
      expect((await readXz(await writeXz(input, { compression }))).equals(input)).toBe(true);
    }
  });

  test.each([
    ["weights of 32 bits", weights, "adaptive"],
    ["weights of 16 bits", halfWeights, "adaptive"],
    ["noise", noise, "store"],
  ] as const)("comes back from around the borders of blocks: %s", async (_, make, compression) => {
    const most = make(MiB + 65_537);
    for (const size of [MiB, MiB + 1, most.length]) {
      const input = most.subarray(0, size);
      expect((await readXz(await writeXz(input, { compression }))).equals(input)).toBe(true);
    }
  });

  test("comes back from more than one block compressed in full", async () => {
    for (const size of [8 * MiB, 8 * MiB + 1]) {
      const input = Buffer.alloc(size, "zebra");
      expect((await readXz(await writeXz(input, { compression: "fast" }))).equals(input)).toBe(true);
    }
  });

  test("comes back for any content in any chunks, and does not depend on the chunks", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 3000 }),
        fc.nat(50_000),
        fc.integer({ min: 1, max: 100_000 }),
        fc.constantFrom(...compressions),
        async (some, more, chunk, compression) => {
          const input = Buffer.concat([some, mixedBytes(more)]);
          const written = await writeXz(input, { compression }, chunk);
          expect(written.equals(await writeXz(input, { compression }, 1 << 20))).toBe(true);
          expect((await readXz(written, 1 + (chunk % 5000))).equals(input)).toBe(true);
        },
      ),
      { numRuns: 15 },
    );
  });

  test("is stored where it does not compress, coded by the byte where only that helps, and compressed in full otherwise", async () => {
    const ratioOf = async (input: Buffer): Promise<number> => (await writeXz(input)).length / input.length;
    expect(await ratioOf(noise(MiB))).toBeCloseTo(1, 3);
    expect(await ratioOf(weights(MiB))).toBeCloseTo(1, 3);
    expect(await ratioOf(halfWeights(MiB))).toBeLessThan(0.8);
    expect(await ratioOf(words(200_000))).toBeLessThan(0.2);
  });

  // The content fits every dictionary, so 6 and 9 (best) write the same.
  // Anything that changes these changes archives that users have: only a new release may do it, and it says so.
  test.each([
    ["adaptive", "7bfe1cdc7056ddf53bfb92228d5b20b09fa0d441d8e5f69054400078ea9a46f5"],
    ["store", "cc94d01b6985f6fccad31a54ac51d1092355c4d781bb6bcae9fbfbdae571adec"],
    ["fast", "72c3e9ea58742b1cc137436ad86d52b12b40cfe49943c386651679a3a89cd92e"],
    ["best", "bf5fa531660e92481e2a0b6e1ccc7ce74226bfd3fde91246a632a081f0353302"],
    [3, "31d24d13726389904d3047b914499c374a56566e84fd7f61a39a4e8b08e112dd"],
    [6, "bf5fa531660e92481e2a0b6e1ccc7ce74226bfd3fde91246a632a081f0353302"],
  ] as const)("is the same on every machine: %s", async (compression, digest) => {
    const input = Buffer.concat([...(compression === "adaptive" ? [weights(MiB), halfWeights(MiB)] : []), mixedBytes(150_000)]);
    const written = await writeXz(input, { compression });
    expect(createHash("sha256").update(written).digest("hex")).toBe(digest);
    expect(written.equals(await writeXz(input, { compression, maxMemory: 1 }, 77_777))).toBe(true);
  });

  test("takes constant memory", async () => {
    const block = noise(4 * MiB);
    let length = 0;
    const options = { compression: "adaptive", maxMemory: 256 * MiB, signal: new AbortController().signal } as const;
    const before = process.memoryUsage().arrayBuffers;
    let peak = 0;
    for await (const piece of xz.decompress(xz.compress(repeated(block, 75), options), options)) {
      length += piece.length;
      peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
    }
    expect(length).toBe(75 * block.length);
    expect(peak).toBeLessThan(150 * MiB);
  }, 30_000);
});

describe("what is read", () => {
  const archives = new URL("../../../test/fixtures/archives/", import.meta.url);
  const fixture = (path: string): Buffer => readFileSync(new URL(path, archives));
  const broken = ["empty", "flipped", "gzip-as-native", "plain-tar-as-native", "text", "truncated", "truncated-tail", "zip-as-native"];

  test.each(
    ["python", "foreign", "hard"].flatMap((folder) =>
      readdirSync(new URL(folder, archives))
        .filter((name) => /\.(?:bentomodel|xz)$|^xz-as-gz/.test(name) && !broken.includes(name.replace(/\..*$/, "")))
        .map((name) => `${folder}/${name}`),
    ),
  )("holds a tar: %s", async (path) => {
    for (const chunk of [1, 100_000]) {
      const content = await readXz(fixture(path), chunk);
      expect(content.length % 512).toBe(0);
      expect(content.subarray(257, 262).toString()).toBe("ustar");
    }
  });

  test.each(broken)("is refused where it is broken: %s", async (name) => {
    await expect(readXz(fixture(`hard/${name}.bentomodel`))).rejects.toMatchObject({ code: "BENTO_ARCHIVE_INVALID" });
  });

  test("may be several streams with padding between them", async () => {
    const [a, b] = [words(100_000), noise(100_000)];
    const streams = [
      await writeXz(a),
      Buffer.alloc(8),
      await writeXz(b, { compression: "fast" }),
      await writeXz(new Uint8Array()),
      Buffer.alloc(4),
    ];
    for (const chunk of [1000, 1_000_000]) expect((await readXz(Buffer.concat(streams), chunk)).equals(Buffer.concat([a, b]))).toBe(true);
  });

  test.each([
    ["bytes after the end", Buffer.from("more")],
    ["padding of another size", Buffer.alloc(3)],
    ["a second stream that only starts", Buffer.from([0xfd, 0x37, 0x7a])],
    ["the same with its padding", Buffer.from([0, 0, 0, 0, 0xfd, 0x37, 0x7a, 0x58, 0x5a, 0])],
  ])("is refused with %s", async (_, behind) => {
    const written = await writeXz(words(1000));
    await expect(readXz(Buffer.concat([written, behind]))).rejects.toMatchObject({ code: "BENTO_ARCHIVE_INVALID" });
    const alone = fixture("foreign/lzma-alone.bentomodel");
    await expect(readXz(Buffer.concat([alone, behind]))).rejects.toMatchObject({ code: "BENTO_ARCHIVE_INVALID" });
  });

  const small: readonly (readonly [string, () => Promise<Buffer>])[] = [
    ["compressed", () => writeXz(words(400), { compression: 6 })],
    ["stored", () => writeXz(noise(60), { compression: "store" })],
    ["two blocks of CRC64, one without sizes", async () => fixture("foreign/xz-multistream.bentomodel")],
    ["lzma", async () => fixture("foreign/lzma-alone.bentomodel")],
  ];

  test.each(small)("is refused when cut off anywhere: %s", async (_, make) => {
    const whole = await make();
    // What ends between two streams is whole.
    const secondStream = whole.indexOf(Uint8Array.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), 1);
    for (const end of whole.keys()) {
      if (end === secondStream) continue;
      await expect(readXz(whole.subarray(0, end)), `the first ${end} bytes`).rejects.toMatchObject({ code: "BENTO_ARCHIVE_INVALID" });
    }
  });

  test.each(small.slice(0, 3))("is refused when any bit of it is another: %s", async (_, make) => {
    const whole = await make();
    for (const [at, byte] of whole.entries()) {
      const flipped = Buffer.from(whole);
      flipped[at] = byte ^ (1 << (at % 8));
      await expect(readXz(flipped), `byte ${at}`).rejects.toMatchObject({ code: "BENTO_ARCHIVE_INVALID" });
    }
  });
});

async function* repeated(block: Uint8Array, times: number): AsyncGenerator<Uint8Array, void> {
  for (let time = 0; time < times; time += 1) yield new Uint8Array(block);
}
