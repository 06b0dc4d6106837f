import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { lstatSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { packTar } from "../src/archive/container/tar-pack.js";
import type { Tree } from "../src/tree/tree.js";
import { codeOf, errorOf } from "./model-store-contract.js";
import { memoryTree, pieces } from "./support/memory-tree.js";
import { packOptions, packed, unpacked } from "./support/tar.js";
import { temporaryFolder } from "./support/temporary-folder.js";

const megabyte = 1024 * 1024;

/** A tree with a bit of everything that a tar has its own way for. */
const fixed = memoryTree(
  {
    "model.yaml": "name: fixed\n",
    "run.sh": "#!/bin/sh\n",
    "empty.bin": "",
    "block.bin": new Uint8Array(512).fill(1),
    "sub/b": new Uint8Array(513).fill(2),
    "sub/ünï/日本.txt": "unicode\n",
    [`long/${"n".repeat(200)}`]: "long\n",
    "🤗.json": "{}",
  },
  { folders: ["empty folder", `long/${"f".repeat(94)}`], executables: ["run.sh"] },
);

describe("the layout of a tar", () => {
  test("is Python's: the top first, then part by part, in whole records", async () => {
    const tar = await packed(memoryTree({ "b.txt": "1", "a/x": "2", "a/sub/y": "3", "a.txt": "4" }));
    expect(tar.length).toBe(10_240);
    const listed = (await unpacked(tar)).map(({ path, kind }) => `${kind} ${path}`);
    expect(listed).toEqual(["folder ./", "folder ./a/", "folder ./a/sub/", "file ./a/sub/y", "file ./a/x", "file ./a.txt", "file ./b.txt"]);
  });

  test("of an empty tree is the top alone", async () => {
    const tar = await packed(memoryTree({}));
    expect(tar.length).toBe(10_240);
    expect(await unpacked(tar)).toMatchObject([{ path: "./", kind: "folder" }]);
  });

  test("never changes: equal trees give equal bytes, today as tomorrow", async () => {
    const digest = createHash("sha256")
      .update(await packed(fixed))
      .digest("hex");
    expect(digest).toBe("962ea5e5937b8509e7c8cedd9be7270ace58d9a618ba029b342be38122be9a82");
  });

  test("has pax headers only where names or sizes need them", async () => {
    expect((await packed(memoryTree({ ["n".repeat(98)]: "1" }))).includes("PaxHeader")).toBe(false);
    expect((await packed(memoryTree({ ["n".repeat(99)]: "1" }))).includes("PaxHeader")).toBe(true);
  });
});

test("GNU tar lists and unpacks what is packed, with its names, modes and bytes", async () => {
  await using folder = await temporaryFolder();
  const tar = await packed(fixed);
  const list = execFileSync("tar", ["-tvf-", "--quoting-style=literal", "--numeric-owner", "--utc"], { input: tar, encoding: "utf8" });
  const lines = list.trimEnd().split("\n");
  expect(lines.filter((line) => !/^(?:drwxr-xr-x|-rw-r--r--|-rwxr-xr-x) 0\/0 +\d+ 1970-01-01 00:00 \.\//.test(line))).toEqual([]);
  expect(lines.filter((line) => line.startsWith("-rwx"))).toMatchObject([expect.stringMatching(/ \.\/run\.sh$/)]);
  const target = join(folder.path, "out");
  mkdirSync(target);
  execFileSync("tar", ["-xpf-", "-C", target], { input: tar });
  const entries = await fixed.entries();
  expect(lines.length).toBe(entries.length + 1);
  for (const entry of entries) {
    const stat = lstatSync(join(target, entry.path));
    if (entry.kind === "folder") {
      expect([entry.path, stat.isDirectory(), stat.mode & 0o7777]).toEqual([entry.path, true, 0o755]);
    } else {
      expect([entry.path, stat.mode & 0o7777]).toEqual([entry.path, entry.executable ? 0o755 : 0o644]);
      expect(readFileSync(join(target, entry.path)).equals(await fixed.read(entry.path))).toBe(true);
    }
  }
});

const part = fc
  .oneof(
    fc.string({ unit: "binary", minLength: 1, maxLength: 30 }),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 }),
    fc.constantFrom("a", "b", " ", "\n", "x".repeat(300), "é".repeat(150), "PaxHeader", "1", "=", "c:\\d"),
  )
  .filter((name) => !/[/\0]/.test(name) && name !== "." && name !== "..");
const fileSize = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom(0, 1, 511, 512, 513, 4096) },
  { weight: 1, arbitrary: fc.constantFrom(megabyte - 1, megabyte, megabyte + 1, 256 * 1024, 2 * megabyte + 7) },
);
const file = fc.record({ parts: fc.array(part, { minLength: 1, maxLength: 4 }), size: fileSize, executable: fc.boolean() });

/** Bytes that differ from place to place. */
function filled(size: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 97) bytes[at] = at + seed;
  return bytes;
}

test("what is packed comes out the same, in whatever pieces it is read", { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(file, { maxLength: 8 }), fc.nat(), async (files, seed) => {
      const contents = new Map<string, Uint8Array>();
      const executables: string[] = [];
      for (const { parts, size, executable } of files) {
        const path = parts.join("/");
        // A file cannot be a folder as well.
        if ([...contents.keys()].some((other) => `${other}/`.startsWith(`${path}/`) || path.startsWith(`${other}/`))) continue;
        contents.set(path, filled(size, seed));
        if (executable) executables.push(path);
      }
      const tree = memoryTree(Object.fromEntries(contents), { executables });
      const tar = await packed(tree);
      const sizes = [tar.length > megabyte ? 65_537 : 1 + (seed % 2000), tar.length];
      for (const size of sizes) {
        const [top, ...entries] = await unpacked(pieces(tar, size));
        expect(top).toMatchObject({ path: "./", kind: "folder" });
        expect(entries.map(({ content, ...entry }) => ({ ...entry, length: content.length }))).toEqual(
          (await tree.entries()).map((entry) => ({
            path: entry.kind === "file" ? `./${entry.path}` : `./${entry.path}/`,
            kind: entry.kind,
            size: entry.kind === "file" ? entry.size : 0,
            executable: entry.kind === "file" && entry.executable,
            target: "",
            length: entry.kind === "file" ? entry.size : 0,
          })),
        );
        for (const { path, kind, content } of entries)
          if (kind === "file") expect(content.equals(await tree.read(path.slice(2)))).toBe(true);
      }
    }),
    { numRuns: 60 },
  );
});

describe("a large tree", () => {
  test("comes in few large chunks, small files and large ones alike", async () => {
    const small = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`f${index}`, new Uint8Array(4000).fill(index)]));
    const chunks: number[] = [];
    for await (const chunk of packTar(memoryTree({ ...small, large: new Uint8Array(8 * megabyte) }), packOptions()))
      chunks.push(chunk.length);
    expect(chunks.length).toBeLessThan(30);
    expect(chunks.filter((length) => length > 2 * megabyte)).toEqual([]);
  });

  test("is read ahead, many files at once but not too many", async () => {
    const count = 1000;
    let reading = 0;
    let most = 0;
    const tree: Tree = {
      ...memoryTree(Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, new Uint8Array(10)]))),
      read: async () => {
        reading += 1;
        most = Math.max(most, reading);
        await new Promise((resolve) => setImmediate(resolve));
        reading -= 1;
        return new Uint8Array(10);
      },
    };
    expect((await packed(tree)).length).toBeGreaterThan(count * 1024);
    expect(most).toBeGreaterThan(16);
    expect(most).toBeLessThanOrEqual(128);
  });

  test("tells of every byte", async () => {
    let told = 0;
    const onBytes = (bytes: number): void => void (told += bytes);
    for await (const _ of packTar(memoryTree({ a: "123", b: new Uint8Array(3 * megabyte) }), { ...packOptions(), onBytes }));
    expect(told).toBe(3 + 3 * megabyte);
  });

  test("may hold files beyond 8 GiB", { timeout: 60_000 }, async () => {
    const size = 9 * 2 ** 30 + 5;
    const zeros = new Uint8Array(megabyte);
    const tree: Tree = {
      entries: async () => [
        { kind: "file", path: "huge.bin", size, executable: false },
        { kind: "file", path: "last", size: 1, executable: false },
      ],
      read: async () => new Uint8Array(1),
      stream: async function* stream() {
        for (let left = size; left > 0; left -= zeros.length) yield left < zeros.length ? zeros.subarray(0, left) : zeros;
      },
    };
    const { readTar } = await import("../src/archive/container/tar-read.js");
    const { defaultLimits } = await import("../src/archive/rules/limits.js");
    const { signal } = packOptions();
    const seen: [string, number, number][] = [];
    let total = 0;
    const counted = async function* counted(): AsyncGenerator<Uint8Array, void> {
      for await (const chunk of packTar(tree, packOptions())) {
        total += chunk.length;
        yield chunk;
      }
    };
    for await (const { path, size: declared, content } of readTar(counted(), { signal, limits: defaultLimits })) {
      let length = 0;
      if (content instanceof Uint8Array) length = content.length;
      else for await (const chunk of content) length += chunk.length;
      seen.push([path, declared, length]);
    }
    expect(seen).toEqual([
      ["./", 0, 0],
      ["./huge.bin", size, size],
      ["./last", 1, 1],
    ]);
    expect(total % 10_240).toBe(0);
  });
});

describe("a tree that changes under way", () => {
  const listed = (size: number): Tree => ({
    ...memoryTree({ "sub/f": new Uint8Array(size) }),
    read: async () => new Uint8Array(size + 1),
  });

  test.each([0, 3, megabyte])("a file of %d bytes that grew is an error that names it", async (size) => {
    const error = await errorOf(packed(listed(size)));
    expect(error.code).toBe("BENTO_TRANSFER_FAILED");
    expect(error.message).toContain('"sub/f"');
  });

  test.each([-1, 1])("a large file whose size changed by %d too, before a byte too many is handed on", async (change) => {
    const size = 2 * megabyte;
    const tree = memoryTree({ f: new Uint8Array(size) });
    const changed: Tree = { ...tree, stream: () => pieces(new Uint8Array(size + change), megabyte) };
    let handedOn = 0;
    const pack = async (): Promise<void> => {
      for await (const chunk of packTar(changed, packOptions())) handedOn += chunk.length;
    };
    expect(await codeOf(pack())).toBe("BENTO_TRANSFER_FAILED");
    expect(handedOn).toBeLessThanOrEqual(size + 1024);
  });
});

describe("packing that is stopped", () => {
  /** A tree whose one file has no end, and which knows whether somebody still reads it. */
  function endless(): { readonly tree: Tree; readonly state: { isClosed: boolean } } {
    const state = { isClosed: false };
    const tree: Tree = {
      entries: async () => [{ kind: "file", path: "f", size: 2 ** 40, executable: false }],
      read: async () => new Uint8Array(0),
      stream: async function* stream() {
        try {
          for (;;) yield new Uint8Array(megabyte);
        } finally {
          state.isClosed = true;
        }
      },
    };
    return { tree, state };
  }

  test("by its taker lets go of the file", async () => {
    const { tree, state } = endless();
    let chunks = 0;
    for await (const _ of packTar(tree, packOptions())) {
      chunks += 1;
      if (chunks === 5) break;
    }
    expect(state.isClosed).toBe(true);
  });

  test("by its signal is BENTO_CANCELLED and lets go of the file", async () => {
    const { tree, state } = endless();
    const abort = new AbortController();
    const pack = async (): Promise<void> => {
      for await (const _ of packTar(tree, packOptions(abort.signal))) abort.abort();
    };
    expect(await codeOf(pack())).toBe("BENTO_CANCELLED");
    expect(state.isClosed).toBe(true);
  });

  test("by a file that cannot be read throws what the tree throws, and waits for the others", async () => {
    let reading = 0;
    const tree: Tree = {
      ...memoryTree({ a: "1", b: "2", c: "3" }),
      read: async (path) => {
        reading += 1;
        await new Promise((resolve) => setImmediate(resolve));
        reading -= 1;
        if (path === "b") throw new Error("the disk says no");
        return new Uint8Array(1);
      },
    };
    await expect(packed(tree)).rejects.toThrow("the disk says no");
    expect(reading).toBe(0);
  });
});
