import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BentoError } from "../../errors.js";
import { BentoFile } from "../bento-file.js";
import { BentoImage } from "../bento-image.js";
import { sniffMediaType } from "../sniff-media-type.js";
import { readImageHead } from "./read-image-head.js";

/** Bytes of characters (one each), numbers (one each) and `[number, count, endian]`. */
type Piece = string | number | readonly [value: number, bytes: number, order?: "le"];

function made(...pieces: readonly Piece[]): Uint8Array {
  return Uint8Array.from(
    pieces.flatMap((piece) => {
      if (typeof piece === "string") return Array.from(piece, (character) => character.charCodeAt(0));
      if (typeof piece === "number") return [piece];
      const [value, count, order] = piece;
      const bytes = Array.from({ length: count }, (_, i) => Math.floor(value / 256 ** (count - 1 - i)) % 256);
      return order === "le" ? bytes.toReversed() : bytes;
    }),
  );
}

function box(name: string, ...content: readonly Piece[]): Piece[] {
  return [[8 + made(...content).length, 4], name, ...content];
}

const pngStart = ["\u0089PNG\r\n\u001a\n", [13, 4], "IHDR"] as const;

function png(width: number, height: number): Uint8Array {
  return made(...pngStart, [width, 4], [height, 4], 8, 2, 0, 0, 0, [0, 4]);
}

function jpeg(...segments: readonly Piece[]): Uint8Array {
  return made(0xff, 0xd8, ...segments, 0xff, 0xc2, [11, 2], 8, [480, 2], [640, 2], 1, 1, 0x11, 0);
}

function tiff(entries: readonly Piece[], count: number, offset = 8): Uint8Array {
  return made("II*\0", [offset, 4, "le"], [count, 2, "le"], ...entries, [0, 4], [0, 4]);
}

function heif(...properties: readonly Piece[][]): Uint8Array {
  const associations: Piece[] = [[1, 2], properties.length, ...properties.map((_, i) => i + 1)];
  const lists = [...box("ipco", ...properties.flat()), ...box("ipma", [0, 4], [1, 4], ...associations)];
  return made(...box("ftyp", "avif", [0, 4], "mif1"), ...box("meta", [0, 4], ...box("pitm", [0, 4], [1, 2]), ...box("iprp", ...lists)));
}

function ico(...pictures: readonly { readonly said: number; readonly bytes: Uint8Array }[]): Uint8Array {
  const head = 6 + 16 * pictures.length;
  const starts = pictures.map((_, i) => head + pictures.slice(0, i).reduce((sum, { bytes }) => sum + bytes.length, 0));
  const entries = pictures.flatMap(({ said, bytes }, i): Piece[] => [
    said,
    said,
    0,
    0,
    [1, 2, "le"],
    [32, 2, "le"],
    [bytes.length, 4, "le"],
    [starts[i] ?? 0, 4, "le"],
  ]);
  return made(0, 0, [1, 2, "le"], [pictures.length, 2, "le"], ...entries, ...pictures.flatMap(({ bytes }) => [...bytes]));
}

describe("readImageHead", () => {
  it("tells of a gigapixel picture what it would be, from a few bytes", () => {
    expect(readImageHead(png(100_000, 50_000))).toEqual({ format: "png", width: 100_000, height: 50_000 });
    expect(readImageHead(png(0xffffffff, 0xffffffff))).toEqual({ format: "png", width: 4_294_967_295, height: 4_294_967_295 });
  });

  it("knows no picture without pixels", () => {
    expect(readImageHead(png(0, 5))).toBeUndefined();
    expect(readImageHead(made("GIF89a", [0, 2], [5, 2, "le"]))).toBeUndefined();
  });

  it("takes the frame of a JPEG, not the one of a thumbnail within its EXIF data", () => {
    const thumbnail = jpeg();
    const found = readImageHead(jpeg(0xff, 0xff, 0xff, 0xe1, [2 + thumbnail.length, 2], ...thumbnail, 0xff, 0x01));
    expect(found).toEqual({ format: "jpeg", width: 640, height: 480 });
  });

  it.each([
    ["data before any frame", made(0xff, 0xd8, 0xff, 0xda, [8, 2], [0, 4], [0, 4])],
    ["an end before any frame", made(0xff, 0xd8, 0xff, 0xd9, [0, 4], [0, 4])],
    ["a segment shorter than its own length", made(0xff, 0xd8, 0xff, 0xe0, [1, 2], [0, 4], [0, 4])],
    ["something else where a marker should be", made(0xff, 0xd8, 0x00, 0xe0, [1, 2], [0, 4], [0, 4])],
  ])("finds nothing in a JPEG with %s", (_, bytes) => {
    expect(readImageHead(bytes)).toBeUndefined();
  });

  it("reads tags of a TIFF in any order and of either size, and no other types", () => {
    const width: Piece[] = [
      [256, 2, "le"],
      [3, 2, "le"],
      [1, 4, "le"],
      [31, 4, "le"],
    ];
    const height: Piece[] = [
      [257, 2, "le"],
      [4, 2, "le"],
      [1, 4, "le"],
      [70_000, 4, "le"],
    ];
    expect(readImageHead(tiff([...height, ...width], 2))).toEqual({ format: "tiff", width: 31, height: 70_000 });
    const asText: Piece[] = [
      [256, 2, "le"],
      [2, 2, "le"],
      [1, 4, "le"],
      [31, 4, "le"],
    ];
    expect(readImageHead(tiff([...height, ...asText], 2))).toBeUndefined();
    expect(readImageHead(tiff([...height, ...width], 2, 4_000_000_000))).toBeUndefined();
  });

  it("cuts and turns an AVIF as its properties demand", () => {
    const extent = box("ispe", [0, 4], [640, 4], [480, 4]);
    const turned = box("irot", 1);
    const aperture = box("clap", [600, 4], [1, 4], [401, 4], [2, 4], [0, 4], [1, 4], [0, 4], [1, 4]);
    const excessive = box("clap", [9000, 4], [1, 4], [1, 4], [0, 4], [0, 4], [1, 4], [0, 4], [1, 4]);
    expect(readImageHead(heif(extent))).toEqual({ format: "avif", width: 640, height: 480 });
    expect(readImageHead(heif(extent, turned))).toEqual({ format: "avif", width: 480, height: 640 });
    expect(readImageHead(heif(extent, aperture))).toEqual({ format: "avif", width: 600, height: 200 });
    expect(readImageHead(heif(extent, excessive))).toEqual({ format: "avif", width: 640, height: 480 });
    expect(readImageHead(heif(turned))).toBeUndefined();
  });

  it("asks each picture of an icon how large it is", () => {
    const bitmap = made([40, 4, "le"], [48, 4, "le"], [96, 4, "le"], [1, 2, "le"], [32, 2, "le"], [0, 4], [0, 4]);
    expect(readImageHead(ico({ said: 16, bytes: bitmap }))).toEqual({ format: "ico", width: 48, height: 48 });
    expect(readImageHead(ico({ said: 16, bytes: bitmap }, { said: 16, bytes: png(60_000, 60_000) }))).toMatchObject({ width: 60_000 });
    expect(readImageHead(ico({ said: 0, bytes: new Uint8Array(24) }))).toMatchObject({ width: 256, height: 256 });
  });
});

/** What goes on as long as somebody asks, each in its own way. */
const endless: Readonly<Record<string, Uint8Array>> = {
  "fill bytes of a JPEG": made(0xff, 0xd8, ...Array.from({ length: 100_000 }, () => 0xff)),
  "empty segments of a JPEG": made(0xff, 0xd8, ...Array.from({ length: 25_000 }, (): Piece[] => [0xff, 0xe0, [2, 2]]).flat()),
  "empty boxes of an AVIF": made(...box("ftyp", "avif", [0, 4]), ...Array.from({ length: 12_500 }, () => box("free")).flat()),
  "empty boxes within an AVIF": made(
    ...box("ftyp", "avif", [0, 4]),
    ...box("meta", ...Array.from({ length: 12_500 }, () => box("free")).flat()),
  ),
  "an icon of 65,535 pictures": made(0, 0, [1, 2, "le"], [65_535, 2, "le"], ...Array.from({ length: 100_000 }, () => 0)),
};

describe("a hostile file", () => {
  it.each(Object.entries(endless))("of %s is given up after bounded reads", async (_, bytes) => {
    expect(readImageHead(bytes)).toBeUndefined();
    let read = 0;
    const file = new BentoFile({
      size: Number.MAX_SAFE_INTEGER,
      stream: () => expect.unreachable("not read as a whole"),
      range(start, end) {
        read += end - start;
        return Promise.resolve(bytes.subarray(start, end));
      },
    });
    await expect(BentoImage.from(file)).rejects.toMatchObject({ code: "BENTO_INPUT_INVALID" });
    expect(read).toBeLessThan(200_000);
  });

  it("never makes the head throw, loop or read beyond a bounded part, whatever its bytes are", async () => {
    const seeds = [
      png(3, 4),
      jpeg(),
      tiff([], 3),
      heif(box("ispe", [0, 4], [6, 4], [4, 4]), box("irot", 1)),
      ico({ said: 1, bytes: png(9, 9) }),
    ];
    const starts = [
      "GIF89a",
      "RIFF\0\0\0\0WEBPVP8X",
      "RIFF\0\0\0\0WEBPVP8L",
      "RIFF\0\0\0\0WEBPVP8 ",
      "BM",
      "MM\0*",
      "II+\0",
      "MM\0+\0\u0008\0\0",
      "\0\0\0\u0018ftypheic",
    ];
    const random = fc.tuple(fc.constantFrom("", ...starts), fc.uint8Array({ maxLength: 400 })).map(([start, rest]) => made(start, ...rest));
    const edit = fc.record({ at: fc.nat(300), value: fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff)) });
    const mutated = fc.tuple(fc.constantFrom(...seeds), fc.array(edit, { maxLength: 8 })).map(([seed, edits]) => {
      const bytes = seed.slice();
      for (const { at, value } of edits) bytes[at % bytes.length] = value;
      return bytes;
    });
    await fc.assert(
      fc.asyncProperty(fc.oneof(random, mutated), async (bytes) => {
        const head = readImageHead(bytes);
        if (head !== undefined) expect([head.width, head.height].every((measure) => Number.isInteger(measure) && measure >= 1)).toBe(true);
        sniffMediaType(bytes);
        const image = await BentoImage.from(bytes).catch((error: unknown) => error);
        if (head === undefined) expect(BentoError.is(image, "BENTO_INPUT_INVALID")).toBe(true);
        else expect(image).toMatchObject(head);
      }),
      { numRuns: 3000 },
    );
  });
});
