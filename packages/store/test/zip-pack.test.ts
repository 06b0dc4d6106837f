import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Compression } from "../src/archive/compression.js";
import { packZip } from "../src/archive/container/zip-pack.js";
import type { Tree } from "../src/tree/tree.js";
import { codeOf, errorOf } from "./model-store-contract.js";
import { noise, weights, words } from "./support/codec-data.js";
import { memoryTree } from "./support/memory-tree.js";
import { packOptions, unzipped, zipped } from "./support/zip.js";

const megabyte = 1024 * 1024;
const compressions: readonly Compression[] = ["adaptive", "store", "fast", "best", 0, 3, 9];

/** A bit of everything that is packed in a way of its own. */
const fixed = memoryTree(
  {
    "model.yaml": "name: fixed\n",
    "run.sh": "#!/bin/sh\n",
    "empty.bin": "",
    "noise.bin": noise(20_000),
    "sub/ünï/日本.txt": "unicode\n",
    [`long/${"n".repeat(200)}`]: "long\n",
    "weights.bin": weights(2 * megabyte + 1),
    "words.txt": words(megabyte + 1),
    "words-small.txt": words(30_000),
    "🤗.json": "{}",
  },
  { folders: ["empty folder"], executables: ["run.sh"] },
);

/** What is in a tree, as a reader of the zip should see it. */
async function heldBy(tree: Tree): Promise<readonly string[]> {
  return Promise.all(
    (await tree.entries()).map(async (entry) => {
      if (entry.kind === "folder") return `folder ${entry.path}/`;
      return `file ${entry.path} ${entry.size}${entry.executable ? "*" : ""} ${sha256(await tree.read(entry.path))}`;
    }),
  );
}

async function readFrom(zip: Buffer): Promise<readonly string[]> {
  return (await unzipped(zip)).map(({ path, kind, size, executable, content }) =>
    kind === "folder" ? `folder ${path}` : `${kind} ${path} ${size}${executable ? "*" : ""} ${sha256(content)}`,
  );
}

/** Whether it has no half of a surrogate pair. */
function isUtf8(text: string): boolean {
  return Buffer.from(text).toString() === text;
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

describe("the layout of a zip", () => {
  test("is Python's: no top, no ./, folders with a slash, in the order of the tree", async () => {
    const zip = await zipped(
      memoryTree({ "b.txt": "1", "a/x": "2", "a/sub/y": "3", "a.sh": "4" }, { folders: ["none"], executables: ["a.sh"] }),
    );
    const listed = (await unzipped(zip)).map(({ path, kind, executable }) => `${kind} ${path}${executable ? "*" : ""}`);
    expect(listed).toEqual(["folder a/", "folder a/sub/", "file a/sub/y", "file a/x", "file a.sh*", "file b.txt", "folder none/"]);
  });

  test("of an empty tree is an end record alone", async () => {
    const zip = await zipped(memoryTree({}));
    expect(zip.toString("latin1")).toBe(`PK\x05\x06${"\0".repeat(18)}`);
    expect(await unzipped(zip)).toEqual([]);
  });

  test("marks names as UTF-8 that are not ASCII, and no others", async () => {
    const zip = await zipped(memoryTree({ plain: "", é: "" }));
    const flags = [zip.indexOf("PK\x03\x04"), zip.lastIndexOf("PK\x03\x04")].map((at) => zip.readUInt16LE(at + 6));
    expect(flags).toEqual([0, 0x800]);
  });

  test("keeps names that mean something elsewhere", async () => {
    const files = Object.fromEntries(["a\\b", "C:x", "weights:0/c:d", "a b ", "~", "..x"].map((name) => [name, name]));
    const found = await unzipped(await zipped(memoryTree(files)));
    expect(found.filter(({ kind }) => kind === "file").map(({ path, content }) => [path, content.toString()])).toEqual(
      expect.arrayContaining(Object.keys(files).map((name) => [name, name])),
    );
  });
});

describe("the same tree", () => {
  test.each([
    ["adaptive", "93059ee2c6b3c6afaf5c300643d4c905b66f4f4c3dd8d6ef5cc729ac0640893f"],
    ["store", "aec27d436d7416fdbbedd6d5d3d215d9866ef148819b23d1862df19bc97071a9"],
    ["fast", "a2c3e256c7a700a6f9c65e57080a8d9002cf1d77d4e8d68fbbe6bd33f83b5789"],
    ["best", "04db585924b7317d23e1d10a11366ff1bfd6453660698b17fe13a93d3fe0f05e"],
    [6, "92d96d84de0ebb7e3e916941feb9b3f69f00b92279d61191552fc202d7613e7b"],
  ] as const)("gives the same bytes on every machine: %s", async (compression, digest) => {
    const zip = await zipped(fixed, { compression });
    expect(sha256(zip)).toBe(digest);
  });

  test("gives the same bytes in every time zone", async () => {
    const before = process.env["TZ"];
    const digests = [];
    try {
      for (const zone of ["UTC", "Asia/Tokyo", "America/Los_Angeles"]) {
        process.env["TZ"] = zone;
        digests.push([new Date(0).getHours(), (await zipped(memoryTree({ a: "1" }, { folders: ["b"] }))).toString("base64")]);
      }
    } finally {
      if (before === undefined) delete process.env["TZ"];
      else process.env["TZ"] = before;
    }
    expect(digests.map(([hours]) => hours)).toEqual([0, 9, 16]);
    expect(new Set(digests.map(([, digest]) => digest)).size).toBe(1);
  });

  test("gives the same bytes whatever the memory", async () => {
    expect((await zipped(fixed, { maxMemory: 1 })).equals(await zipped(fixed))).toBe(true);
  });
});

describe("what is packed is read", () => {
  test.each(compressions)("with compression %s", async (compression) => {
    expect(await readFrom(await zipped(fixed, { compression }))).toEqual(await heldBy(fixed));
  });

  test.each([0, 1, 65_535, 65_536, megabyte - 1, megabyte, megabyte + 1, 2 * megabyte, 3 * megabyte + 7])(
    "a file of %i bytes",
    async (size) => {
      const tree = memoryTree({ a: words(size), b: noise(size), "c/d": weights(size), e: "end" });
      for (const compression of ["adaptive", "store"] as const) {
        expect(await readFrom(await zipped(tree, { compression }))).toEqual(await heldBy(tree));
      }
    },
  );

  test("any tree", async () => {
    const name = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 40 })
      .filter((text) => isUtf8(text) && !/[/\0]/.test(text) && text !== "." && text !== "..");
    const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
    const content = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.nat(70_000).map(words),
      fc.nat(70_000).map((size) => noise(size)),
    );
    const files = fc.uniqueArray(fc.tuple(path, content, fc.boolean()), { maxLength: 12, selector: ([each]) => each });
    await fc.assert(
      fc.asyncProperty(files, fc.constantFrom(...compressions), async (made, compression) => {
        const isFree = ([each]: (typeof made)[number]): boolean =>
          !made.some(([other]) => other.startsWith(`${each}/`)) && !each.startsWith("*");
        const tree = memoryTree(Object.fromEntries(made.filter(isFree).map(([each, bytes, runs]) => [`${runs ? "*" : ""}${each}`, bytes])));
        expect(await readFrom(await zipped(tree, { compression }))).toEqual(await heldBy(tree));
      }),
      { numRuns: 40 },
    );
  });

  test.each([65_534, 65_535])("%i members, around where zip64 begins", { timeout: 60_000 }, async (count) => {
    const entries = Array.from({ length: count }, (_, index) => ({ kind: "folder", path: `d${index}` }) as const);
    const zip = await zipped({ ...memoryTree({}), entries: async () => entries });
    const found = await unzipped(zip);
    expect(found.length).toBe(count);
    expect(found.every(({ path }, index) => path === `d${index}/`)).toBe(true);
    expect(zip.includes("PK\x06\x06")).toBe(count >= 65_535);
  });
});

test("data of few different bytes shrinks far below an eighth", async () => {
  expect((await zipped(memoryTree({ zeros: new Uint8Array(3 * megabyte) }))).length).toBeLessThan(10_000);
});

test("files that do not shrink are stored, others deflated", async () => {
  const zip = await zipped(memoryTree({ noise: noise(10_000), words: words(10_000) }));
  const methods = [zip.indexOf("PK\x03\x04"), zip.lastIndexOf("PK\x03\x04")].map((at) => zip.readUInt16LE(at + 8));
  expect(methods).toEqual([0, 8]);
});

test("every byte that is taken in is told", async () => {
  let told = 0;
  await zipped(fixed, { onBytes: (count) => (told += count) });
  const sizes = (await fixed.entries()).map((entry) => (entry.kind === "file" ? entry.size : 0));
  expect(told).toBe(sizes.reduce((sum, size) => sum + size, 0));
});

describe("a file that is not as it was listed", () => {
  test.each([
    ["small, and shorter", 10, 9],
    ["small, and longer", 10, 11],
    ["large, and shorter", 2 * megabyte, 2 * megabyte - 1],
    ["large, and longer", 2 * megabyte, 2 * megabyte + 1],
    ["large, and empty", 2 * megabyte, 0],
  ])("%s", async (_, listed, found) => {
    for (const compression of ["adaptive", "store"] as const) {
      const tree = memoryTree({ "a/f.bin": noise(found) });
      const entries = async () => [{ kind: "file", path: "a/f.bin", size: listed, executable: false } as const];
      const error = await errorOf(zipped({ ...tree, entries }, { compression }));
      expect(error.code).toBe("BENTO_TRANSFER_FAILED");
      expect(error.message).toContain('"a/f.bin"');
    }
  });
});

describe("stopping in the middle", () => {
  /** Three large files, and how many of their streams are open. */
  function watchedTree(): { readonly tree: Tree; readonly open: () => number; readonly opened: () => number } {
    let [open, opened] = [0, 0];
    const files = memoryTree({ a: noise(6 * megabyte), b: noise(6 * megabyte), c: noise(6 * megabyte) });
    const stream = async function* stream(path: string): AsyncGenerator<Uint8Array, void> {
      open += 1;
      opened += 1;
      try {
        yield* files.stream(path);
      } finally {
        open -= 1;
      }
    };
    return { tree: { ...files, stream }, open: () => open, opened: () => opened };
  }

  test("closes what was opened, also ahead", async () => {
    const { tree, open, opened } = watchedTree();
    for await (const chunk of packZip(tree, packOptions)) if (chunk.length > 0) break;
    expect(opened()).toBeGreaterThan(1);
    expect(open()).toBe(0);
  });

  test("by its signal is an error, and closes them too", async () => {
    const { tree, open } = watchedTree();
    const controller = new AbortController();
    const packing = async (): Promise<void> => {
      for await (const chunk of packZip(tree, { ...packOptions, signal: controller.signal })) if (chunk.length > 0) controller.abort();
    };
    expect(await codeOf(packing())).toBe("BENTO_CANCELLED");
    expect(open()).toBe(0);
  });

  test("before the beginning", async () => {
    expect(await codeOf(zipped(fixed, { signal: AbortSignal.abort() }))).toBe("BENTO_CANCELLED");
  });

  test("passes on what the tree throws", async () => {
    const tree: Tree = { ...fixed, read: () => Promise.reject(new Error("no disk")) };
    await expect(zipped(tree)).rejects.toThrow("no disk");
  });
});
