import { execFileSync } from "node:child_process";
import { chmodSync, closeSync, ftruncateSync, linkSync, mkdirSync, openSync, symlinkSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { extract, pack } from "tar-stream";
import { expect, test } from "vitest";
import { codeOf } from "./model-store-contract.js";
import { memoryTree, pieces } from "./support/memory-tree.js";
import { type WholeEntry, packed, paxMember, rawMember, rawTar, unpacked } from "./support/tar.js";
import { temporaryFolder } from "./support/temporary-folder.js";

const megabyte = 1024 * 1024;

/** Data of 4 KiB at every place of a file that is zeros otherwise. */
function withHoles(size: number, places: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(size);
  for (const place of places) bytes.fill(1 + (place % 250), place, Math.min(place + 4096, size));
  return bytes;
}

/** Writes a file and leaves out what is zeros, as GNU tar only looks for holes where the disk has some. */
function writeSparse(path: string, content: Buffer): void {
  const file = openSync(path, "w");
  ftruncateSync(file, content.length);
  for (let at = 0; at < content.length; at += 4096) {
    const piece = content.subarray(at, at + 4096);
    if (piece.some((byte) => byte !== 0)) writeSync(file, piece, 0, piece.length, at);
  }
  closeSync(file);
}

const every64k = Array.from({ length: 60 }, (_, index) => index * 65_536);
const short: Readonly<Record<string, Uint8Array | string>> = {
  "./a.txt": "a",
  "./empty": "",
  "./sub/run.sh": "#!/bin/sh\n",
  "./sub/block": new Uint8Array(512).fill(7),
  "./ünï.txt": "unicode",
  "./sparse/small": withHoles(200_000, [65_536]),
  "./sparse/many": withHoles(4 * megabyte, every64k),
  "./sparse/hole at the end": withHoles(3 * megabyte, [0]),
  "./sparse/data at the end": withHoles(2 * megabyte + 5, [2 * megabyte]),
  "./sparse/nothing": new Uint8Array(2 * megabyte),
};
const long: Readonly<Record<string, Uint8Array | string>> = {
  [`./${"n".repeat(120)}`]: "long",
  [`./${"folder/".repeat(30)}f`]: "long path",
  // Cut off at 100 bytes these end inside a character.
  [`./${"é".repeat(110)}`]: "long unicode",
  [`./x${"é".repeat(110)}`]: "long unicode",
};

const dialects = [
  ["v7", [], false],
  ["oldgnu", [], true],
  ["gnu", [], true],
  ["ustar", [], false],
  ["posix", [], true],
  ["oldgnu", ["--sparse", "--hole-detection=raw"], true],
  ["gnu", ["--sparse", "--hole-detection=raw"], true],
  ["posix", ["--sparse", "--hole-detection=raw", "--sparse-version=0.0"], true],
  ["posix", ["--sparse", "--hole-detection=raw", "--sparse-version=0.1"], true],
  ["posix", ["--sparse", "--hole-detection=raw", "--sparse-version=1.0"], true],
] as const;

test.each(dialects)("GNU tar's --format=%s %j is read as it was packed", { timeout: 30_000 }, async (format, options, canBeLong) => {
  await using folder = await temporaryFolder();
  const files = canBeLong ? { ...short, ...long } : short;
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder.path, path)), { recursive: true });
    writeSparse(join(folder.path, path), Buffer.from(content));
  }
  chmodSync(join(folder.path, "sub/run.sh"), 0o755);
  mkdirSync(join(folder.path, "empty folder"));
  linkSync(join(folder.path, "a.txt"), join(folder.path, "hard"));
  symlinkSync("sub/run.sh", join(folder.path, "soft"));
  const longTarget = "é".repeat(canBeLong ? 90 : 40);
  symlinkSync(longTarget, join(folder.path, "soft and long"));
  const args = ["-C", folder.path, `--format=${format}`, ...options, "--sort=name", "-cf-", "."];
  const tar = execFileSync("tar", args, { maxBuffer: 64 * megabyte });
  if (options.length > 0) expect(tar.length).toBeLessThan(2 * megabyte);
  for (const size of [tar.length, 10_007]) {
    const entries = await unpacked(pieces(tar, size));
    const found = new Map(entries.map((entry) => [entry.path, entry]));
    const plain = Object.entries(files).filter(([path]) => path !== "./a.txt");
    for (const [path, content] of plain) {
      const entry = found.get(path) as WholeEntry;
      expect({ ...entry, content: "" }).toMatchObject({
        path,
        kind: "file",
        size: Buffer.byteLength(content),
        executable: path === "./sub/run.sh",
      });
      expect(entry.content.equals(Buffer.from(content))).toBe(true);
    }
    // Which of the two names comes first is the disk's affair.
    expect(new Set([found.get("./a.txt")?.kind, found.get("./hard")?.kind])).toEqual(new Set(["file", "hardlink"]));
    expect(found.get("./soft")).toMatchObject({ kind: "symlink", target: "sub/run.sh", size: 0 });
    expect(found.get("./soft and long")).toMatchObject({ kind: "symlink", target: longTarget });
    expect(found.get("./empty folder/")).toMatchObject({ kind: "folder", size: 0 });
    expect(found.get("./")).toMatchObject({ kind: "folder" });
  }
});

test("what tar-stream packs is read as tar-stream reads it", async () => {
  const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 180 }).filter((name) => !name.includes("\0") && !name.endsWith("/"));
  const member = fc.record({
    name: text,
    type: fc.constantFrom("file" as const, "directory" as const, "symlink" as const, "link" as const, "fifo" as const),
    linkname: text,
    content: fc.string({ maxLength: 1500 }),
    mode: fc.constantFrom(0o644, 0o755, 0o600, 0o700),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(member, { minLength: 1, maxLength: 6 }), async (members) => {
      const writer = pack();
      for (const { content, type, linkname, ...header } of members) {
        const link = type === "symlink" || type === "link" ? { linkname } : {};
        if (type === "file") writer.entry({ ...header, type }, content);
        else writer.entry({ ...header, ...link, type });
      }
      writer.finalize();
      const chunks: Uint8Array[] = [];
      for await (const chunk of writer) chunks.push(chunk as Uint8Array);
      const tar = Buffer.concat(chunks);
      const reader = extract();
      reader.end(tar);
      const theirs: unknown[] = [];
      const kinds: Readonly<Record<string, string>> = { directory: "folder", link: "hardlink", fifo: "special" };
      for await (const entry of reader) {
        const parts: Uint8Array[] = [];
        for await (const part of entry) parts.push(part as Uint8Array);
        const { name, type, linkname, mode } = entry.header;
        theirs.push({
          path: name,
          kind: kinds[type] ?? type,
          target: (linkname as string | null) ?? "",
          executable: type === "file" && (mode & 0o100) !== 0,
          content: Buffer.concat(parts).toString(),
        });
      }
      const ours = (await unpacked(tar)).map(({ path, kind, target, executable, content }) => ({
        path,
        kind,
        target,
        executable,
        content: content.toString(),
      }));
      expect(ours).toEqual(theirs);
    }),
    { numRuns: 60 },
  );
});

test("a pax header decides over the header behind it", async () => {
  const tar = rawTar(
    paxMember({ path: "0123", size: "3", comment: "x", "SCHILY.xattr.user.x": Buffer.from([0xff, 0xfe]) }),
    { name: "other", size: 0o777, content: "abc" },
    paxMember({ linkpath: "ünï/target" }),
    { name: "link", type: "2", target: "short" },
    paxMember({ path: "with\0nul" }),
    { content: "d" },
    { name: "last", content: "e" },
  );
  expect((await unpacked(tar)).map(({ path, content, target }) => [path, content.toString(), target])).toEqual([
    ["0123", "abc", ""],
    ["link", "", "ünï/target"],
    ["with\0nul", "d", ""],
    ["last", "e", ""],
  ]);
});

test("sizes in base 256, blanks around digits and slashes for folders are understood", async () => {
  const tar = rawTar(
    { name: "base256", size: Buffer.from("800000000000000000000003", "hex"), content: "abc" },
    { name: "blanks", size: "         3 \0", content: "abc" },
    { name: "no size", size: "", content: "" },
    { name: "all digits", size: "000000000003", content: "abc" },
    { name: "old folder/", type: "\0" },
    { name: "contiguous", type: "7", content: "abc" },
    { name: "v7", magic: "", type: "\0", content: "abc" },
    { name: "name", prefix: "prefix", content: "abc" },
    { name: "in gnu", magic: "ustar  \0", prefix: "00000000000", content: "abc" },
  );
  expect((await unpacked(tar)).map(({ path, kind, content }) => `${kind} ${path} ${content.toString()}`)).toEqual([
    "file base256 abc",
    "file blanks abc",
    "file no size ",
    "file all digits abc",
    "folder old folder/ ",
    "file contiguous abc",
    "file v7 abc",
    "file prefix/name abc",
    "file in gnu abc",
  ]);
});

test("small files are views of what was read, and come whole; large ones as they come", async () => {
  const { readTar } = await import("../src/archive/container/tar-read.js");
  const { defaultLimits } = await import("../src/archive/rules/limits.js");
  const tar = await packed(memoryTree({ a: "small", b: new Uint8Array(megabyte), c: new Uint8Array(megabyte + 1) }));
  const seen: unknown[] = [];
  for await (const { path, content } of readTar(pieces(tar, tar.length), { signal: new AbortController().signal, limits: defaultLimits })) {
    if (content instanceof Uint8Array) seen.push([path, content.length, content.length > 0 && content.buffer === tar.buffer]);
    else for await (const chunk of content) seen.push([path, chunk.length, "stream", chunk.buffer === tar.buffer]);
  }
  expect(seen).toEqual([
    ["./", 0, false],
    ["./a", 5, true],
    ["./b", megabyte, true],
    ["./c", megabyte + 1, "stream", true],
  ]);
});

test("an archive without its end, and one with more zeros than needed, are read", async () => {
  const member = rawMember({ content: "abc" });
  for (const tail of [0, 512, 513, 1024, 9728, 100_000]) {
    expect((await unpacked(Buffer.concat([member, Buffer.alloc(tail)]))).map(({ content }) => content.toString())).toEqual(["abc"]);
  }
  expect(await codeOf(unpacked(Buffer.concat([member, Buffer.alloc(511)])))).toBe("BENTO_ARCHIVE_INVALID");
  expect(await unpacked(Buffer.alloc(1024))).toEqual([]);
});
