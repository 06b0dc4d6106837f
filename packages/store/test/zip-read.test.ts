import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readZip } from "../src/archive/container/zip-read.js";
import { defaultLimits } from "../src/archive/rules/limits.js";
import { codeOf, errorOf } from "./model-store-contract.js";
import { noise, words } from "./support/codec-data.js";
import { descriptor, madeZip, zip64Field } from "./support/made-zip.js";
import { memoryTree } from "./support/memory-tree.js";
import { accessTo, packOptions, unzipped, zipped } from "./support/zip.js";

interface ExpectedArchive {
  readonly container: string;
  readonly members: readonly { readonly name: string; readonly type: string; readonly size: number; readonly mode: string }[];
}

const folder = new URL("fixtures/archives/", import.meta.url);
const { archives } = JSON.parse(readFileSync(new URL("archives.expected.json", folder), "utf8")) as {
  readonly archives: Readonly<Record<string, ExpectedArchive>>;
};

/** Archives that Python takes, or takes in part, and that are refused here. */
const refused: Readonly<Record<string, string>> = {
  "hard/bad-crc.zip": '"f" does not have the checksum',
  "hard/empty.zip": "it is empty",
  "hard/encrypted.zip": '"model.yaml" is encrypted',
  "hard/tar-as-zip.zip": "no zip at all",
  "hard/truncated.zip": "cut off",
};

/** Python 3.11 reads every name without the UTF-8 mark as code page 437. Here they are what they were for Info-ZIP. */
const python437: Readonly<Record<string, string>> = { "├⌐": "é", "├á": "à", µùÑ: "日", "µ£¼": "本" };

const kinds: Readonly<Record<string, string>> = { file: "file", dir: "folder", symlink: "symlink" };

describe("the archives of others", () => {
  const names = Object.keys(archives).filter((name) => name.endsWith(".zip") || archives[name]?.container === "zip");

  test("are all there", () => {
    expect(names.length).toBeGreaterThan(20);
  });

  test.each(names.filter((name) => !(name in refused)))("%s has the members that Python lists", async (name) => {
    const found = await unzipped(readFileSync(new URL(name, folder)));
    const listed = found.map(({ path, kind, content, target, executable }) => ({
      path,
      kind,
      size: kind === "symlink" ? Buffer.byteLength(target) : content.length,
      executable,
    }));
    const python = archives[name] as ExpectedArchive;
    expect(listed).toEqual(
      python.members.map(({ name: path, type, size, mode }) => ({
        path: path.replaceAll(/├⌐|├á|µùÑ|µ£¼/g, (wrong) => python437[wrong] as string),
        kind: kinds[type],
        size,
        executable: type === "file" && mode === "0755",
      })),
    );
  });

  test.each(Object.entries(refused))("%s is refused: %s", async (name, why) => {
    const error = await errorOf(unzipped(readFileSync(new URL(name, folder))));
    expect(error.code).toBe("BENTO_ARCHIVE_INVALID");
    expect(error.message).toContain(why);
    expect(error.hint).toBeDefined();
  });

  test("a link has its target, and no content", async () => {
    expect(await unzipped(readFileSync(new URL("hard/link.zip", folder)))).toContainEqual({
      path: "link",
      kind: "symlink",
      size: 0,
      executable: false,
      target: expect.stringMatching(/./),
      content: Buffer.alloc(0),
    });
  });
});

describe("names", () => {
  const nameOf = async (name: Uint8Array, flags = 0, extra: Uint8Array = new Uint8Array(0)): Promise<string> => {
    const [entry] = await unzipped(madeZip([{ name, content: "1", flags, central: { extra } }]));
    return entry?.path as string;
  };
  /** Info-ZIP's field: a version, the checksum of the name in the header, the name. */
  const unicodePath = (crc: number, name: string): Buffer => {
    const field = Buffer.alloc(9);
    field.writeUInt16LE(0x7075, 0);
    field.writeUInt16LE(5 + Buffer.byteLength(name), 2);
    field[4] = 1;
    field.writeUInt32LE(crc, 5);
    return Buffer.concat([field, Buffer.from(name)]);
  };

  test("marked as UTF-8", async () => {
    expect(await nameOf(Buffer.from("é日🤗"), 0x800)).toBe("é日🤗");
  });

  test("marked as UTF-8, which they are not, are refused", async () => {
    expect(await codeOf(nameOf(Buffer.from([0x61, 0xff]), 0x800))).toBe("BENTO_ARCHIVE_INVALID");
  });

  test("not marked, and yet UTF-8", async () => {
    expect(await nameOf(Buffer.from("é日"))).toBe("é日");
  });

  test("of code page 437", async () => {
    expect(await nameOf(Buffer.from([0x82, 0x61, 0xff, 0x80, 0xe1]))).toBe("éa\u00a0Çß");
  });

  test("from Info-ZIP's field, while it belongs to the name", async () => {
    const { crc32 } = await import("node:zlib");
    expect(await nameOf(Buffer.from("d_j_"), 0, unicodePath(crc32("d_j_"), "déjà"))).toBe("déjà");
    expect(await nameOf(Buffer.from("d_j_"), 0, unicodePath(1, "other"))).toBe("d_j_");
  });

  test("stay as they stand there, whatever they are", async () => {
    const odd = ["../x", "/abs", "C:\\x", "a\\b", "nul\0name", "", "./a", "a//b", "x/../y"];
    expect((await unzipped(madeZip(odd.map((name) => ({ name, content: name }))))).map(({ path }) => path)).toEqual(odd);
  });
});

test.each([
  ["symlink", 0o120777],
  ["special", 0o020644],
  ["special", 0o060644],
  ["special", 0o140644],
  ["file", 0o100644],
  ["file", 0o644],
  ["folder", 0o040755],
] as const)("a member is a %s by its mode %o", async (kind, mode) => {
  const [entry] = await unzipped(madeZip([{ name: "x", content: kind === "folder" ? "" : "target", mode }]));
  expect(entry).toMatchObject({ kind, target: kind === "symlink" ? "target" : "", size: kind === "file" ? 6 : 0 });
});

test("a pipe is special, but what was packed from a pipe is a file", async () => {
  const made = madeZip([
    { name: "empty", mode: 0o010600 },
    { name: "-", content: "from a pipe", mode: 0o010700 },
  ]);
  expect((await unzipped(made)).map(({ kind, executable, content }) => [kind, executable, content.toString()])).toEqual([
    ["special", false, ""],
    ["file", true, "from a pipe"],
  ]);
});

describe("descriptors", () => {
  const content = "descriptor ".repeat(10);

  test.each([
    [true, 4],
    [true, 8],
    [false, 4],
    [false, 8],
  ] as const)("signed: %s, with sizes of %i bytes", async (isSigned, bytes) => {
    const { deflateRawSync } = await import("node:zlib");
    const behind = descriptor(content, deflateRawSync(content).length, { isSigned, bytes });
    const zip = madeZip([{ name: "a", content, flags: 8, behind, local: { crc: 0, packed: 0, size: 0 } }, { name: "b" }]);
    expect((await unzipped(zip)).map((entry) => entry.content.toString())).toEqual([content, ""]);
  });
});

describe("zip64", () => {
  test("of a member, where its record leaves values to it", async () => {
    const all = { packed: 0xffff_ffff, size: 0xffff_ffff, offset: 0xffff_ffff, extra: zip64Field(3, 3, 0) };
    const [entry] = await unzipped(madeZip([{ name: "a", content: "abc", method: 0, central: all }]));
    expect(entry?.content.toString()).toBe("abc");
  });

  test("of the end, behind other bytes too", async () => {
    const zip = madeZip([{ name: "a", content: "abc" }], {
      zip64: {},
      count: 0xffff,
      countHere: 0xffff,
      size: 0xffff_ffff,
      offset: 0xffff_ffff,
    });
    for (const each of [zip, Buffer.concat([Buffer.from("#!/bin/sh\nexit 1\n".repeat(3)), zip])]) {
      expect((await unzipped(each)).map(({ path }) => path)).toEqual(["a"]);
    }
  });
});

describe("large members", () => {
  const tree = memoryTree({ a: words(3_000_000), b: noise(2_000_000), c: "small" });

  test("come as streams, small ones whole", async () => {
    const forms: string[] = [];
    for await (const { content } of readZip(accessTo(await zipped(tree)), readOptions())) {
      forms.push(content instanceof Uint8Array ? "whole" : "stream");
      if (!(content instanceof Uint8Array)) for await (const chunk of content) expect(chunk.length).toBeLessThanOrEqual(1024 * 1024);
    }
    expect(forms).toEqual(["stream", "stream", "whole"]);
  });

  test("do not swallow what stands around them", async () => {
    const around = memoryTree({
      a: "",
      b: new Uint8Array(2_000_000),
      c: "",
      d: new Uint8Array(2_000_000),
      e: "1",
      f: noise(2_000_000),
      g: "",
    });
    const found = await unzipped(await zipped(around));
    expect(found.map(({ path, size, content }) => [path, size, content.length])).toEqual(
      [0, 2_000_000, 0, 2_000_000, 1, 2_000_000, 0].map((size, index) => ["abcdefg"[index], size, size]),
    );
  });

  test("that nobody reads are passed over", async () => {
    const paths: string[] = [];
    for await (const { path } of readZip(accessTo(await zipped(tree)), readOptions())) paths.push(path);
    expect(paths).toEqual(["a", "b", "c"]);
  });

  test.each(["adaptive", "store"] as const)("are verified when they are read: %s", async (compression) => {
    const zip = await zipped(tree, { compression });
    const at = 1_000_000;
    zip[at] = (zip[at] as number) ^ 1;
    expect(await codeOf(unzipped(zip))).toBe("BENTO_ARCHIVE_INVALID");
  });
});

describe("stopping in the middle", () => {
  test("by its signal is an error, also within a member", async () => {
    const zip = await zipped(memoryTree({ a: words(3_000_000), b: "1" }));
    const controller = new AbortController();
    const reading = async (): Promise<void> => {
      for await (const { content } of readZip(accessTo(zip), { ...readOptions(), signal: controller.signal })) {
        for await (const chunk of content as AsyncIterable<Uint8Array>) if (chunk.length > 0) controller.abort();
      }
    };
    expect(await codeOf(reading())).toBe("BENTO_CANCELLED");
  });

  test("closes what it reads from", async () => {
    const bytes = await zipped(memoryTree({ a: noise(3_000_000) }), { compression: "fast" });
    const access = accessTo(bytes);
    let open = 0;
    const stream = async function* stream(start: number, end: number): AsyncGenerator<Uint8Array, void> {
      open += 1;
      try {
        yield* access.stream(start, end);
      } finally {
        open -= 1;
      }
    };
    for await (const { content } of readZip({ ...access, stream }, readOptions())) {
      for await (const chunk of content as AsyncIterable<Uint8Array>) {
        expect(open).toBe(chunk.length > 0 ? 1 : 0);
        break;
      }
    }
    await expect.poll(() => open).toBe(0);
  });

  test("passes on what the source throws", async () => {
    const zip = await zipped(memoryTree({ a: noise(3_000_000) }));
    const stream = (): AsyncIterable<Uint8Array> => ({
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error("no network")) }),
    });
    const reading = async (): Promise<void> => {
      for await (const { content } of readZip({ ...accessTo(zip), stream }, readOptions())) {
        for await (const chunk of content as AsyncIterable<Uint8Array>) expect(chunk.length).toBeGreaterThan(0);
      }
    };
    await expect(reading()).rejects.toThrow("no network");
  });
});

function readOptions(): Parameters<typeof readZip>[1] {
  return { signal: packOptions.signal, limits: defaultLimits, maxMemory: 2 ** 28 };
}
