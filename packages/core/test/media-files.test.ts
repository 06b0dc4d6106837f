import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  BentoFile,
  BentoImage,
  matchMediaType,
  mediaTypeOfFormat,
  mediaTypeOfName,
  readImageHead,
  sniffBytes,
  sniffMediaType,
} from "@bento/core";

const folder = new URL("fixtures/media/", import.meta.url);
const names = readdirSync(folder).filter((name) => name !== "make.py");
const images = names.filter((name) => /^\d+x\d+/.test(name));
const files: Readonly<Record<string, Uint8Array>> = Object.fromEntries(
  names.map((name) => [name, new Uint8Array(readFileSync(new URL(name, folder)))]),
);

const formats: Readonly<Record<string, string>> = { jpg: "jpeg", tif: "tiff" };

/** What the file's name says of it: its measures and its format. */
function said(name: string): { format: string; width: number; height: number } {
  const [, width, height, extension = ""] = /^(\d+)x(\d+).*\.(\w+)$/.exec(name) ?? [];
  return { format: formats[extension] ?? extension, width: Number(width), height: Number(height) };
}

function bytesOf(name: string): Uint8Array {
  const bytes = files[name];
  if (bytes === undefined) throw new Error(`no fixture ${name}`);
  return bytes;
}

/** Counts what is read of it. Without `size`, it is a stream in small pieces. */
function counted(bytes: Uint8Array): { stream: ReadableStream<Uint8Array>; read: () => number } {
  let read = 0;
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (read >= bytes.length) return controller.close();
        controller.enqueue(bytes.subarray(read, read + 1000));
        read += 1000;
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, read: () => Math.min(read, bytes.length) };
}

describe("a real file of each kind", () => {
  it("is there for every format whose head is understood", () => {
    const shown = new Set(images.map((name) => said(name).format));
    expect(shown).toEqual(new Set(["avif", "bmp", "gif", "heic", "ico", "jpeg", "png", "tiff", "webp"]));
  });

  it.each(images)("%s tells its measures from bytes, a Blob and a stream", async (name) => {
    const bytes = bytesOf(name);
    expect(readImageHead(bytes)).toEqual(said(name));
    for (const source of [bytes, new Blob([new Uint8Array(bytes)]), counted(bytes).stream]) {
      const image = await BentoImage.from(source, { name });
      expect(image).toMatchObject({ ...said(name), name, type: mediaTypeOfFormat(image.format) });
      expect(Buffer.compare(await image.bytes(), bytes)).toBe(0);
    }
  });

  it.each(images)("%s shows nothing wrong when it is cut off", (name) => {
    const bytes = bytesOf(name);
    const shown = Array.from({ length: Math.min(bytes.length, 700) }, (_, length) => readImageHead(bytes.subarray(0, length)));
    const wrong = shown.filter((head) => head !== undefined && JSON.stringify(head) !== JSON.stringify(said(name)));
    expect(wrong).toEqual([]);
  });

  it.each(names)("%s shows the media type of its name", (name) => {
    const type = sniffMediaType(bytesOf(name).subarray(0, sniffBytes)) ?? "none";
    expect(`${type} ${matchMediaType(type, mediaTypeOfName(name) ?? "")}`).toBe(`${type} true`);
  });
});

describe("the head of an image", () => {
  it("is read past a thumbnail, EXIF data and a colour profile, hopping over them", async () => {
    const bytes = bytesOf("43x27-progressive-exif-icc.jpg");
    const spans: number[] = [];
    const image = await BentoImage.from(
      new BentoFile({
        size: bytes.length,
        stream: () => expect.unreachable("the whole is not needed"),
        range(start, end) {
          spans.push(end - start);
          return Promise.resolve(bytes.subarray(start, end));
        },
      }),
    );
    expect([image.width, image.height]).toEqual([43, 27]);
    expect(spans.reduce((sum, span) => sum + span, 0)).toBeLessThan(40_000);
  });

  it("is all that is read of a stream", async () => {
    const { stream, read } = counted(Buffer.concat([bytesOf("23x17.png"), Buffer.alloc(1_000_000)]));
    const image = await BentoImage.from(stream);
    expect(image.width).toBe(23);
    expect(read()).toBeLessThanOrEqual(5000);
    expect(await image.bytes()).toHaveLength(1_000_090);
  });
});
