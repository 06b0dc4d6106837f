import { readFileSync } from "node:fs";
import { deflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { BentoError } from "@bento/core";
import { defaultLimits } from "../src/archive/rules/limits.js";
import { codeOf, errorOf } from "./model-store-contract.js";
import { noise, words } from "./support/codec-data.js";
import { descriptor, madeZip, zip64Field } from "./support/made-zip.js";
import { type ReadEntry, unzipped } from "./support/zip.js";

const a = { name: "a", content: "content of a" };
const b = { name: "b", content: "content of b" };
const packed = deflateRawSync(a.content).length;
const sizes = { crc: 0, packed: 0, size: 0 };

test("what is made without lies is read", async () => {
  expect((await unzipped(madeZip([a, b]))).map(({ path, content }) => [path, content.toString()])).toEqual([
    ["a", a.content],
    ["b", b.content],
  ]);
});

describe("broken or unreadable", () => {
  test.each([
    ["another checksum", madeZip([{ ...a, local: { crc: 1 }, central: { crc: 1 } }]), "checksum"],
    ["a smaller size", madeZip([{ ...a, local: { size: 3 }, central: { size: 3 } }]), "more than the 3 bytes"],
    ["a larger size", madeZip([{ ...a, local: { size: 99 }, central: { size: 99 } }]), "instead of 99"],
    ["a stored member with two sizes", madeZip([{ ...a, method: 0, local: { size: 3 }, central: { size: 3 } }]), "two sizes"],
    ["other sizes in its header", madeZip([{ ...a, local: { size: 3 } }]), "another size"],
    ["another packed size in its header", madeZip([{ ...a, local: { packed: 3 } }]), "another size"],
    ["another checksum in its header", madeZip([{ ...a, local: { crc: 3 } }]), "another checksum"],
    ["another method in its header", madeZip([{ ...a, local: { method: 0 } }]), "another compression"],
    ["other flags in its header", madeZip([{ ...a, local: { flags: 0x800 } }]), "other flags"],
    ["sizes of zero in its header, with no descriptor", madeZip([{ ...a, local: sizes }]), "another size"],
    ["no descriptor, where one is promised", madeZip([{ ...a, flags: 8, local: sizes }]), "are not those"],
    [
      "a descriptor with other sizes",
      madeZip([{ ...a, flags: 8, local: sizes, behind: descriptor(a.content, packed + 1) }]),
      "are not those",
    ],
    ["a descriptor with another checksum", madeZip([{ ...a, flags: 8, local: sizes, behind: descriptor("x", packed) }]), "are not those"],
    ["bytes between members", madeZip([{ ...a, behind: Buffer.from("hidden") }, b]), "6 bytes behind"],
    ["many bytes between members", madeZip([{ ...a, behind: noise(2_000_000) }, b]), "2000000 bytes behind"],
    [
      "bytes behind the deflated data",
      madeZip([{ ...a, data: Buffer.concat([deflateRawSync(a.content), Buffer.from("more")]) }]),
      "behind the end",
    ],
    ["data that breaks off", madeZip([{ ...a, data: deflateRawSync(a.content).subarray(0, -3) }]), "corrupted"],
    ["data that is none", madeZip([{ ...a, data: noise(50) }]), "corrupted"],
    ["encryption", madeZip([{ ...a, flags: 1 }]), "encrypted"],
    ["strong encryption", madeZip([{ ...a, flags: 0x41 }]), "encrypted"],
    ["deflate64", madeZip([{ ...a, method: 9 }]), "deflate64 (9)"],
    ["bzip2", madeZip([{ ...a, method: 12 }]), "bzip2 (12)"],
    ["lzma", madeZip([{ ...a, method: 14 }]), "lzma (14)"],
    ["zstd", madeZip([{ ...a, method: 93 }]), "zstd (93)"],
    ["a method that nobody knows", madeZip([{ ...a, method: 77 }]), "unknown method (77)"],
    ["a folder with content", madeZip([{ ...a, name: "a/" }]), "folder"],
    ["a link with a long target", madeZip([{ name: "l", mode: 0o120777, content: words(5000) }]), "target of 5000 bytes"],
    ["a link whose target is not UTF-8", madeZip([{ name: "l", mode: 0o120777, content: Buffer.from([0xff, 0xfe]) }]), "not UTF-8"],
    ["a member outside of the file", madeZip([{ ...a, central: { offset: 0x7fff_ffff } }]), "outside"],
    ["a member within the directory", madeZip([a, { ...b, central: { offset: 90 } }]), "outside"],
    ["a size beyond the file", madeZip([{ ...a, local: { packed: 0x7fff_ffff }, central: { packed: 0x7fff_ffff } }]), "outside"],
    ["a member that begins elsewhere", madeZip([{ ...a, behind: noise(9), central: { offset: 1 } }, b]), "does not begin"],
    ["a second part", madeZip([a], { disk: 1 }), "several"],
    ["a member in another part", madeZip([{ ...a, central: { disk: 2 } }]), "several"],
    ["fewer members here than in all", madeZip([a, b], { count: 2, countHere: 1 }), "several"],
    ["fewer members than it lists", madeZip([a, b], { count: 1, countHere: 1 }), "more than the 1 members"],
    ["more members than it lists", madeZip([a, b], { count: 3, countHere: 3 }), "too short|breaks off|3 members"],
    ["a directory elsewhere", madeZip([a, b], { offset: 5 }), "directory"],
    ["a directory behind the end", madeZip([a, b], { offset: 0x7fff_ffff }), "outside"],
    ["a longer directory", madeZip([a, b], { size: 0x7fff_ffff }), "outside"],
    ["bytes between directory and end", madeZip([a, b], { gap: noise(10) }), "directory"],
    ["bytes behind the end", Buffer.concat([madeZip([a]), Buffer.from("garbage")]), "other bytes follow"],
    ["a comment that breaks off", madeZip([a], { comment: Buffer.from("comment") }).subarray(0, -2), "does not end"],
    ["a second zip behind it", Buffer.concat([madeZip([a]), madeZip([b])]), "another zip stands before it"],
    ["a zip64 field without a value", madeZip([{ ...a, central: { size: 0xffff_ffff } }]), "zip64 field"],
    [
      "a zip64 field that is too short",
      madeZip([{ ...a, central: { size: 0xffff_ffff, packed: 0xffff_ffff, extra: zip64Field(1) } }]),
      "zip64 field",
    ],
    [
      "a zip64 size beyond every file",
      madeZip([{ ...a, central: { packed: 0xffff_ffff, extra: Buffer.concat([zip64Field(0).subarray(0, 4), Buffer.alloc(8, 0xff)]) } }]),
      "outside",
    ],
    ["a zip64 count beyond every file", madeZip([a], { zip64: { count: 900_000 }, count: 0xffff, countHere: 0xffff }), "too short"],
    ["a zip64 locator that leads nowhere", madeZip([a], { zip64: { at: 1_000_000 } }), "zip64 end record"],
    ["a zip64 end in another part", madeZip([a], { zip64: { disks: 3 } }), "several"],
    ["a name that claims to be UTF-8", madeZip([{ ...a, name: Buffer.from([0x61, 0xff]), flags: 0x800 }]), "not the UTF-8"],
  ])("%s", async (_, zip, why) => {
    const error = await errorOf(unzipped(zip));
    expect(error.code).toBe("BENTO_ARCHIVE_INVALID");
    expect(error.message).toMatch(new RegExp(why.replaceAll(/[()]/g, "\\$&")));
  });
});

describe("made to deceive", () => {
  test.each([
    ["two names", madeZip([{ ...a, local: { name: "z" } }]), '"a" is called "z"'],
    ["two names of other lengths", madeZip([{ ...a, local: { name: "../../z" } }]), '"../../z"'],
    ["the same bytes twice", madeZip([a, { ...b, central: { offset: 0 } }]), "share bytes"],
    [
      "a member in another",
      madeZip([
        { ...a, content: noise(500) },
        { ...b, central: { offset: 40 } },
      ]),
      "share bytes",
    ],
    ["a member that reaches into the next", madeZip([{ ...a, local: { packed: 40 }, central: { packed: 40 } }, b]), "shares? bytes"],
    [
      "extra fields that push data into the next",
      madeZip([
        { ...a, local: { extra: Buffer.alloc(40), packed: 20 }, data: Buffer.alloc(0), central: { packed: 20 } },
        { ...b, content: noise(99) },
      ]),
      "share",
    ],
    ["two ends", madeZip([a], { comment: Buffer.concat([madeZip([b])]) }), "two end records"],
    ["two zip64 fields", madeZip([{ ...a, central: { extra: Buffer.concat([zip64Field(1), zip64Field(2)]) } }]), "two zip64 fields"],
    [
      "two zip64 fields in its header",
      madeZip([{ ...a, local: { extra: Buffer.concat([zip64Field(1), zip64Field(2)]) } }]),
      "two zip64 fields",
    ],
    ["ends that contradict each other", madeZip([a, b], { zip64: { count: 1 } }), "contradict"],
  ])("%s", async (_, zip, why) => {
    const error = await errorOf(unzipped(zip));
    expect(error.code).toBe("BENTO_ARCHIVE_UNSAFE");
    expect(error.message).toMatch(new RegExp(why));
  });

  test("more members than are allowed, before any is looked at", async () => {
    const limits = { ...defaultLimits, maxEntries: 2 };
    expect((await unzipped(madeZip([a, b]), { limits })).length).toBe(2);
    const error = await errorOf(unzipped(madeZip([a, b, { ...a, name: "c" }]), { limits }));
    expect(error.code).toBe("BENTO_ARCHIVE_UNSAFE");
    expect(error.message).toContain("3 members");
    expect(error.hint).toContain("maxEntries");
  });

  test("what unpacks to far more than it says costs no more than it says", async () => {
    const bomb = { name: "bomb", content: Buffer.alloc(200_000_000) };
    const data = deflateRawSync(bomb.content);
    const before = process.memoryUsage().arrayBuffers;
    const lie = { size: 100 };
    expect(await codeOf(unzipped(madeZip([{ ...bomb, content: "x", data, local: lie, central: lie }])))).toBe("BENTO_ARCHIVE_INVALID");
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
  });
});

describe("damage", () => {
  const small = madeZip([
    { name: "model.yaml", content: "name: m\n".repeat(4) },
    { name: "stored", content: "as it is", method: 0 },
    { name: "é/", flags: 0x800, mode: 0o040755 },
    { name: "streamed", content: a.content, flags: 8, local: sizes, behind: descriptor(a.content, packed) },
  ]);
  const contentOf = (entries: readonly ReadEntry[]): readonly string[] =>
    entries.map(({ path, content }) => `${path} ${content.toString("base64")}`);

  test.each([
    ["made here", small],
    ["by Info-ZIP", readFileSync(new URL("fixtures/archives/foreign/infozip-stream.zip", import.meta.url))],
  ])("cut off anywhere, it is never taken: %s", async (_, zip) => {
    for (let length = 0; length < zip.length; length += 1) {
      expect(await codeOf(unzipped(zip.subarray(0, length))), `${length} bytes`).toBe("BENTO_ARCHIVE_INVALID");
    }
  });

  test("with any bit turned over, it is refused or has the same content", { timeout: 60_000 }, async () => {
    const whole = contentOf(await unzipped(small));
    for (let bit = 0; bit < small.length * 8; bit += 1) {
      const turned = Buffer.from(small);
      turned[bit >> 3] = (turned[bit >> 3] as number) ^ (1 << (bit & 7));
      const found = await unzipped(turned).catch((error: unknown) => error);
      if (Array.isArray(found)) {
        // A mode has no checksum: it may make a file something else that has no content, but never give it other content.
        const kept = (found as ReadEntry[]).map((entry, index) =>
          entry.kind === "file" || entry.kind === "folder" ? contentOf([entry])[0] : whole[index],
        );
        expect(kept, `bit ${bit}`).toEqual(whole);
      } else {
        expect(BentoError.is(found) ? found.code : found, `bit ${bit}`).toMatch(/^BENTO_ARCHIVE_(INVALID|UNSAFE)$/);
      }
    }
  });
});
