import fc from "fast-check";
import { BentoError } from "@bento/core";
import { describe, expect, test } from "vitest";
import { readTar } from "../src/archive/container/tar-read.js";
import { defaultLimits } from "../src/archive/rules/limits.js";
import { codeOf, errorOf } from "./model-store-contract.js";
import { memoryTree, pieces } from "./support/memory-tree.js";
import { type RawMember, type WholeEntry, packed, paxMember, paxRecord, rawMember, rawTar, unpacked, withChecksum } from "./support/tar.js";

const megabyte = 1024 * 1024;
const base256 = (hex: string): Buffer => Buffer.from(hex, "hex");
const good: RawMember = { name: "good", content: "abc" };

/** A sparse file of pax 1.0 with this map in front of its content. */
function sparse(map: string, size: number, content = ""): Buffer {
  const padded = Buffer.concat([Buffer.from(map), Buffer.alloc((512 - (map.length % 512)) % 512), Buffer.from(content)]);
  const records = { "GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "holes", "GNU.sparse.realsize": String(size) };
  return Buffer.concat([paxMember(records), rawMember({ name: "GNUSparseFile.0/holes", content: padded })]);
}

/** An old GNU sparse file: places and lengths, whether more follow, the size in the end. */
function oldSparse(parts: readonly (readonly [number, number])[], size: number, content: string, hasMore = false): Buffer {
  const octal = (value: number): string => `${value.toString(8).padStart(11, "0")}\0`;
  const map = parts.map(([start, length]) => octal(start) + octal(length)).join("");
  return rawMember({
    name: "holes",
    type: "S",
    magic: "ustar  \0",
    content,
    patches: { 386: map, 482: hasMore ? "\x01" : "\0", 483: octal(size) },
  });
}

describe("is refused as damaged or ambiguous", () => {
  test.each<[string, Buffer, string]>([
    ["a negative size", rawTar(good, { size: base256("ffffffffffffffffffffffff") }), "size"],
    ["a size with a minus", rawTar(good, { size: "-0000000001\0" }), '"-0000000001"'],
    ["a size beyond 2^53", rawTar(good, { size: base256("800000000020000000000000") }), "size"],
    ["a size in base 256 that starts oddly", rawTar(good, { size: base256("810000000000000000000001") }), "size"],
    ["a size that is no octal number", rawTar(good, { size: "00000000008\0" }), '"00000000008"'],
    ["a size in two parts", rawTar(good, { size: "0000001\x00001\0" }), "size"],
    ["a mode that is no octal number", rawTar(good, { mode: "rw-r--r-" }), '"rw-r--r-"'],
    ["a size far beyond the archive", rawTar(good, { size: 8 ** 11 - 1 }), "cut off"],
    ["a folder with content", rawTar({ name: "d/", type: "5", content: "abc" }), '"d/" is a folder with 3 bytes'],
    ["an old folder with content", rawTar({ name: "d/", type: "0", content: "abc" }), '"d/"'],
    ["a symbolic link with content", rawTar({ name: "l", type: "2", target: "t", content: "abc" }), '"l" is a symlink with 3'],
    ["a hard link with content", rawTar({ name: "l", type: "1", target: "t", content: "abc" }), '"l" is a hardlink with 3'],
    ["a device with content", rawTar({ name: "null", type: "3", content: "abc" }), '"null" is a device with 3'],
    ["a volume label", rawTar({ name: "label", type: "V" }), '"label" is of type "V"'],
    ["the rest of a file of another volume", rawTar({ name: "m", type: "M", content: "abc" }), '"m" is of type "M"'],
    ["an unknown type", rawTar({ name: "q", type: "Q" }), '"q" is of type "Q"'],
    ["an unknown dialect", rawTar({ magic: "ustar\x01\x0000" }), "dialect"],
    ["a prefix without a dialect that has one", rawTar({ magic: "", prefix: "p" }), "dialect"],
    ["something behind the end", Buffer.concat([rawTar(good), Buffer.from("x")]), "follows its end, at byte 2048"],
    ["two archives in a row", Buffer.concat([rawTar(good), rawTar(good)]), "follows its end, at byte 2048"],
    ["a member behind a single empty block", Buffer.concat([rawMember(good), Buffer.alloc(512), rawMember(good)]), "at byte 1536"],
    ["nothing", Buffer.alloc(0), "it is empty"],
    ["too little for a header", Buffer.from("PK"), "no tar archive"],
    ["text", Buffer.alloc(2048, "text "), "no tar archive"],
    ["a checksum alone", Buffer.concat([rawMember(good), withChecksum(Buffer.alloc(512))]), "checksum"],
    ["an extended header without a member", rawTar(paxMember({ path: "a" })), "is missing"],
    ["an extended header at the end of the input", paxMember({ path: "a" }), "cut off"],
    ["two extended headers of one member", rawTar(paxMember({ path: "a" }), paxMember({ path: "b" }), good), "second one"],
    [
      "a chain of long names",
      rawTar({ type: "L", content: "x\0" }, { type: "L", content: "x\0" }, { type: "L", content: "x\0" }, good),
      "second one",
    ],
    ["a chain of long link targets", rawTar({ type: "K", content: "x\0" }, { type: "K", content: "y\0" }, good), "second one"],
    ["a long name beside an extended header", rawTar({ type: "L", content: "x\0" }, paxMember({ path: "a" }), good), "another kind"],
    ["an extended header beside a long name", rawTar(paxMember({ path: "a" }), { type: "L", content: "x\0" }, good), "another kind"],
    ["an empty long name", rawTar({ type: "L", content: "" }, good), "is empty"],
    ["a long name of NULs", rawTar({ type: "L", content: "\0\0\0" }, good), "is empty"],
    ["an empty extended header", rawTar({ type: "x" }, good), "is empty"],
    ["a global header that renames", rawTar(paxMember({ path: "a" }, "g"), good), "the path of every member"],
    ["a global header that resizes", rawTar(paxMember({ size: "1" }, "g"), good), "the size of every member"],
    ["hundreds of global headers", rawTar(...Array<Buffer>(500).fill(paxMember({ comment: "x" }, "g")), good), "follows 100 others"],
    ["a long name of more than 1 MiB", rawTar({ type: "L", content: Buffer.alloc(megabyte + 1, "x") }, good), "more than 1048576"],
    ["an extended header of more than 1 MiB", rawTar(paxMember({ comment: "x".repeat(megabyte) }), good), "more than 1048576"],
    ["an extended header cut off", paxMember({ comment: "x".repeat(2000) }).subarray(0, 1024), "cut off"],
    ["a pax size that is no number", rawTar(paxMember({ size: "-1" }), good), '"-1" as its size'],
    ["a pax size beyond 2^53", rawTar(paxMember({ size: "9007199254740992" }), good), "as its size"],
    ["a pax size with a sign", rawTar(paxMember({ size: "+3" }), good), '"+3" as its size'],
    ["an empty pax path", rawTar(paxMember({ path: "" }), good), "as its path"],
    ["a pax record without a length", rawTar(paxMember(Buffer.from("path=a\n")), good), "malformed"],
    ["a pax record with a length of zero", rawTar(paxMember(Buffer.from("0 path=a\n")), good), "malformed"],
    ["a pax record longer than its header", rawTar(paxMember(Buffer.from("99 path=a\n")), good), "malformed"],
    ["a pax record too short", rawTar(paxMember(Buffer.from("7 path=a\n")), good), "malformed"],
    ["a pax record without an end", rawTar(paxMember(Buffer.from("10 path=abc")), good), "malformed"],
    ["a pax record without a key", rawTar(paxMember(paxRecord("", "a")), good), "malformed"],
    ["a pax record without a value", rawTar(paxMember(Buffer.from("8 path\n\n")), good), "malformed"],
    ["NULs behind the pax records", rawTar(paxMember(Buffer.concat([paxRecord("path", "a"), Buffer.alloc(5)])), good), "malformed"],
    ["a sparse map that stores more than there is", rawTar(sparse("1\n0\n1024\n", 2000, "x".repeat(512))), '"holes" does not add up'],
    ["a sparse map that stores less than there is", rawTar(sparse("1\n0\n512\n", 2000, "x".repeat(1024))), "does not add up"],
    ["a sparse map that goes back", rawTar(sparse("2\n512\n512\n0\n512\n", 2000, "x".repeat(1024))), "does not add up"],
    ["a sparse map beyond the size", rawTar(sparse("1\n2000\n512\n", 2000, "x".repeat(512))), "does not add up"],
    ["a sparse map without an end", rawTar(sparse("100000\n", 2000)), "does not add up"],
    ["a sparse map of no numbers", rawTar(sparse("1\nx\n512\n", 2000, "x".repeat(512))), "does not add up"],
    ["parts of a sparse file that fill no block", rawTar(sparse("2\n0\n5\n512\n5\n", 2000, "x".repeat(10))), "does not add up"],
    [
      "a sparse file of an unknown version",
      rawTar(paxMember({ "GNU.sparse.major": "2", "GNU.sparse.realsize": "3" }), good),
      "does not add up",
    ],
    ["a sparse file without a size", rawTar(paxMember({ "GNU.sparse.major": "1", "GNU.sparse.minor": "0" }), good), "does not add up"],
    ["a sparse folder", rawTar(paxMember({ "GNU.sparse.realsize": "3" }), { name: "d", type: "5" }), "sparse folder"],
    ["an old sparse map that does not add up", rawTar(oldSparse([[0, 512]], 2000, "x")), "does not add up"],
    ["an old sparse map cut off", oldSparse([[0, 1]], 2000, "", true), "cut off"],
  ])("%s", async (_, tar, part) => {
    for (const size of [tar.length || 1, 100]) {
      const error = await errorOf(unpacked(pieces(tar, size)));
      expect([error.code, error.message]).toEqual(["BENTO_ARCHIVE_INVALID", expect.stringContaining(part)]);
    }
  });
});

describe("is refused as unsafe", () => {
  const notText = Buffer.from([0x63, 0x61, 0x66, 0xe9]);
  test.each<[string, Buffer, string]>([
    ["a name that is not UTF-8", rawTar({ name: notText }), "caf\ufffd"],
    ["a link target that is not UTF-8", rawTar({ type: "2", target: notText }), "caf\ufffd"],
    ["a long name that is not UTF-8", rawTar({ type: "L", content: notText }, good), "caf\ufffd"],
    ["a long target that is not UTF-8", rawTar({ type: "K", content: notText }, { type: "2" }), "caf\ufffd"],
    ["a pax path that is not UTF-8", rawTar(paxMember({ path: notText }), good), "caf\ufffd"],
    ["a pax link target that is not UTF-8", rawTar(paxMember({ linkpath: notText }), { type: "2" }), "caf\ufffd"],
    ["a prefix that is not UTF-8", rawTar({ prefix: "p\xff", patches: { 345: notText } }), "caf\ufffd"],
    ["a name that goes on behind a NUL", rawTar({ name: "model.yaml\0.txt" }), "model.yaml\\u0000.txt"],
    ["a long name that goes on behind a NUL", rawTar({ type: "L", content: "a\0b" }, good), "a\\u0000b"],
    ["a prefix that goes on behind a NUL", rawTar({ prefix: "a\0b" }), "a\\u0000b"],
    ["a link target that goes on behind a NUL", rawTar({ type: "2", target: "a\0b" }), "a\\u0000b"],
  ])("%s, which the message shows", async (_, tar, part) => {
    const error = await errorOf(unpacked(tar));
    expect([error.code, error.message]).toEqual(["BENTO_ARCHIVE_UNSAFE", expect.stringContaining(part)]);
  });

  test("a member too many, before its content is read", async () => {
    const tar = rawTar(good, good, good);
    expect((await unpacked(tar, { maxEntries: 3 })).length).toBe(3);
    const error = await errorOf(unpacked(tar, { maxEntries: 2 }));
    expect([error.code, error.hint]).toEqual(["BENTO_ARCHIVE_UNSAFE", expect.stringContaining("maxEntries")]);
  });
});

test("zeros without an end are no end of an archive", async () => {
  async function* endless(): AsyncGenerator<Uint8Array, void> {
    yield rawTar(good);
    for (;;) yield new Uint8Array(megabyte);
  }
  expect(await errorOf(unpacked(endless()))).toMatchObject({
    code: "BENTO_ARCHIVE_INVALID",
    message: expect.stringContaining("nothing but zeros") as unknown,
  });
});

test("names and links that lead anywhere are handed on as they stand, for the rules to judge", async () => {
  const names = ["../x", "/abs", "C:\\x", "", "a//b", ".", "..", "a\nb", "\u001b[2J", "x".repeat(100)];
  const tar = rawTar(
    ...names.map((name) => ({ name })),
    { name: "l", type: "2", target: "../../out" },
    { name: "n", type: "3" },
    { name: "p", type: "6" },
  );
  const entries = await unpacked(tar);
  expect(entries.slice(0, names.length).map(({ path }) => path)).toEqual(names);
  expect(entries.slice(names.length)).toMatchObject([{ kind: "symlink", target: "../../out" }, { kind: "special" }, { kind: "special" }]);
});

test("a file of a petabyte of holes is not made before somebody asks for it", async () => {
  const tar = rawTar(sparse("0\n", 2 ** 50), good);
  const seen: string[] = [];
  for await (const { path, size, content } of readTar(pieces(tar, 512), { signal: new AbortController().signal, limits: defaultLimits })) {
    seen.push(`${path} ${size}`);
    if (!(content instanceof Uint8Array)) for await (const chunk of content) if (chunk.length > 0) break;
  }
  expect(seen).toEqual([`holes ${2 ** 50}`, "good 3"]);
});

describe("an archive with a fault", () => {
  const tree = memoryTree({ "a.txt": "first", ["ü".repeat(60)]: "second", "d/b": new Uint8Array(700).fill(5), e: "" });

  /** Where the headers of an archive are, and where its members end: cut off there it has lost members, which nothing in it tells. */
  function layout(tar: Buffer): { readonly headers: readonly number[]; readonly ends: readonly number[] } {
    const headers: number[] = [];
    const ends: number[] = [];
    for (let at = 0; tar[at] !== 0;) {
      headers.push(at);
      const isExtension = tar[at + 156] === 0x78;
      at += 512 + Math.ceil(Number.parseInt(tar.toString("latin1", at + 124, at + 135), 8) / 512) * 512;
      if (!isExtension) ends.push(at);
    }
    return { headers, ends };
  }

  /** What reading comes to, in a text: a hundred times as fast to compare as by expect. */
  async function outcome(input: AsyncIterable<Uint8Array>): Promise<string> {
    try {
      return textOf(await unpacked(input));
    } catch (error) {
      return BentoError.is(error) ? error.code : String(error);
    }
  }

  function textOf(entries: readonly WholeEntry[]): string {
    return entries.map(({ content, ...entry }) => JSON.stringify(entry) + content.toString("latin1")).join("\n");
  }

  test("cut off anywhere is refused, or at the end of a member gives what came before", { timeout: 60_000 }, async () => {
    const tar = await packed(tree);
    const whole = await unpacked(tar);
    const { ends } = layout(tar);
    const lastEnd = ends.at(-1) as number;
    const wrong: unknown[] = [];
    for (let length = 0; length < lastEnd + 1100; length += 1) {
      const members = length >= lastEnd + 512 ? whole.length : ends.indexOf(length) + 1;
      const expected = members > 0 ? textOf(whole.slice(0, members)) : "BENTO_ARCHIVE_INVALID";
      const found = await outcome(pieces(tar.subarray(0, length), 4096));
      if (found !== expected) wrong.push([length, found]);
    }
    expect(wrong).toEqual([]);
  });

  test("of one bit in a header is refused, or changes nothing", { timeout: 60_000 }, async () => {
    const tar = await packed(tree);
    const whole = textOf(await unpacked(tar));
    const harmless = new Set<number>();
    const wrong: unknown[] = [];
    for (const start of layout(tar).headers) {
      for (let at = start; at < start + 512; at += 1) {
        for (let bit = 0; bit < 8; bit += 1) {
          const flipped = Buffer.from(tar);
          flipped[at] = (tar[at] as number) ^ (1 << bit);
          const found = await outcome(pieces(flipped, flipped.length));
          if (found === whole) harmless.add(at - start);
          else if (found !== "BENTO_ARCHIVE_INVALID") wrong.push([at, bit, found]);
        }
      }
    }
    expect(wrong).toEqual([]);
    // A zero in front of the checksum may be a blank, and the blank and the NUL behind it may change places.
    expect(harmless).toEqual(new Set([148, 154, 155]));
  });
});

test("whatever headers say, reading ends, with entries or with an error that is known", { timeout: 30_000 }, async () => {
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 12 }),
    fc.string({ maxLength: 12 }).map((text) => Buffer.from(text)),
  );
  const type = fc.oneof(
    fc.constantFrom(..."01234567xgLKSVDNXA\0".split("")),
    fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code & 0x7f)),
  );
  const raw = fc.record({
    type,
    size: fc.oneof(
      fc.nat({ max: 2000 }),
      bytes.map((value) => Buffer.from(value)),
    ),
    content: fc.oneof(
      fc.uint8Array({ maxLength: 1500 }),
      fc
        .array(
          fc.tuple(
            fc.constantFrom(
              "path",
              "size",
              "linkpath",
              "GNU.sparse.major",
              "GNU.sparse.map",
              "GNU.sparse.realsize",
              "GNU.sparse.numblocks",
            ),
            fc.string({ maxLength: 8 }),
          ),
          { maxLength: 5 },
        )
        .map((records) => Buffer.concat(records.map(([key, value]) => paxRecord(key, value)))),
    ),
    patches: fc.dictionary(fc.integer({ min: 0, max: 511 }).map(String), bytes, { maxKeys: 3 }),
    magic: fc.constantFrom("ustar\x0000", "ustar  \0", ""),
    isFitting: fc.boolean(),
  });
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(raw, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 3000 }), async (members, chunk) => {
      runs += 1;
      const tar = rawTar(
        ...members.map(({ isFitting, size, patches, ...member }) => {
          const inside = Object.fromEntries(Object.entries(patches).map(([at, value]) => [at, value.subarray(0, 512 - Number(at))]));
          return rawMember({
            ...member,
            patches: inside,
            ...(isFitting ? {} : { size: typeof size === "number" ? size : size.subarray(0, 12) }),
          });
        }),
      );
      try {
        for await (const { content } of readTar(pieces(tar, chunk), { signal: new AbortController().signal, limits: defaultLimits })) {
          let length = 0;
          // Holes may be endless.
          if (!(content instanceof Uint8Array)) for await (const piece of content) if ((length += piece.length) > 4 * megabyte) break;
        }
      } catch (error) {
        if (!BentoError.is(error, "BENTO_ARCHIVE_INVALID") && !BentoError.is(error, "BENTO_ARCHIVE_UNSAFE")) throw error;
      }
    }),
    { seed: 20_261_121, numRuns: 1_000_000, interruptAfterTimeLimit: 2000, markInterruptAsFailure: false },
  );
  expect(runs).toBeGreaterThan(100);
});

describe("reading that stops early", () => {
  /** An archive that never ends, and knows whether somebody still reads it. */
  function endless(): { readonly input: AsyncIterable<Uint8Array>; readonly state: { isClosed: boolean } } {
    const state = { isClosed: false };
    const input = (async function* input() {
      try {
        yield rawMember({ name: "large", size: base256("800000000010000000000000") });
        for (;;) yield new Uint8Array(megabyte);
      } finally {
        state.isClosed = true;
      }
    })();
    return { input, state };
  }

  test("by its taker lets go of the input", async () => {
    const { input, state } = endless();
    for await (const { content } of readTar(input, { signal: new AbortController().signal, limits: defaultLimits })) {
      for await (const _ of content as AsyncIterable<Uint8Array>) break;
      break;
    }
    expect(state.isClosed).toBe(true);
  });

  test("by its signal is BENTO_CANCELLED, in a stream and while skipping one", async () => {
    for (const isRead of [true, false]) {
      const { input, state } = endless();
      const abort = new AbortController();
      const read = async (): Promise<void> => {
        for await (const { content } of readTar(input, { signal: abort.signal, limits: defaultLimits })) {
          abort.abort();
          if (isRead) for await (const _ of content as AsyncIterable<Uint8Array>);
        }
      };
      expect(await codeOf(read())).toBe("BENTO_CANCELLED");
      expect(state.isClosed).toBe(true);
    }
  });

  test("by a fault lets go of the input", async () => {
    let isClosed = false;
    const input = (async function* damaged() {
      try {
        yield Buffer.alloc(megabyte, "x");
        yield Buffer.alloc(megabyte, "x");
      } finally {
        isClosed = true;
      }
    })();
    expect(await codeOf(unpacked(input))).toBe("BENTO_ARCHIVE_INVALID");
    expect(isClosed).toBe(true);
  });

  test("by the input throws what the input throws", async () => {
    const input = (async function* failing() {
      yield rawMember(good).subarray(0, 100);
      throw new Error("the network is gone");
    })();
    await expect(unpacked(input)).rejects.toThrow("the network is gone");
  });

  test("streams that nobody reads, or half, are skipped; whoever comes late is told", async () => {
    const content = Buffer.alloc(3 * megabyte, "x");
    const tar = rawTar({ name: "unread", content }, { name: "half", content }, { name: "last", content: "abc" });
    const streams: AsyncIterable<Uint8Array>[] = [];
    const paths: string[] = [];
    for await (const entry of readTar(pieces(tar, 65_536), { signal: new AbortController().signal, limits: defaultLimits })) {
      paths.push(entry.path);
      if (entry.content instanceof Uint8Array) continue;
      streams.push(entry.content);
      if (entry.path === "half") for await (const _ of entry.content) break;
    }
    expect(paths).toEqual(["unread", "half", "last"]);
    const readLate = async (): Promise<void> => {
      for await (const _ of streams[0] as AsyncIterable<Uint8Array>);
    };
    expect(await codeOf(readLate())).toBe("BENTO_INTERNAL");
  });
});
