import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { BentoFile, type FileSource } from "./bento-file.js";
import { BentoImage } from "./bento-image.js";

const bytes = Uint8Array.of(1, 2, 3, 4, 5);

/** A stream of chunks that tells what was done to it. */
function watched(chunks: readonly unknown[]): { stream: ReadableStream<Uint8Array>; pulls: () => number; cancelled: () => unknown } {
  let pulls = 0;
  let reason: unknown;
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (pulls >= chunks.length) return controller.close();
        controller.enqueue(chunks[pulls++] as Uint8Array);
      },
      cancel(why) {
        reason = why ?? "cancelled";
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, pulls: () => pulls, cancelled: () => reason };
}

async function failure(work: Promise<unknown> | (() => unknown)): Promise<unknown> {
  try {
    await (typeof work === "function" ? work() : work);
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

describe("BentoFile.from", () => {
  const sources: readonly [name: string, make: () => FileSource][] = [
    ["bytes", () => bytes],
    ["bytes within a larger buffer", () => Uint8Array.of(0, 1, 2, 3, 4, 5, 6).subarray(1, 6)],
    ["a buffer of Node", () => Buffer.from(bytes)],
    ["an ArrayBuffer", () => bytes.slice().buffer],
    ["a Blob", () => new Blob([bytes])],
    ["a File", () => new File([bytes], "a.bin")],
    ["a stream", () => new Blob([bytes]).stream()],
    ["a text", () => "\u0001\u0002\u0003\u0004\u0005"],
    ["a file", () => BentoFile.from(bytes)],
  ];

  it.each(sources)("takes %s, read in every way", async (_, make) => {
    expect(await BentoFile.from(make()).bytes()).toEqual(bytes);
    expect(new Uint8Array(await BentoFile.from(make()).arrayBuffer())).toEqual(bytes);
    expect(await BentoFile.from(make()).text()).toBe("\u0001\u0002\u0003\u0004\u0005");
    expect(new Uint8Array(await (await BentoFile.from(make()).blob()).arrayBuffer())).toEqual(bytes);
    expect(await BentoFile.from(make()).range(1, 3)).toEqual(Uint8Array.of(2, 3));
    expect(await BentoFile.from(make()).range(3, 99)).toEqual(Uint8Array.of(4, 5));
    const chunks: Uint8Array[] = [];
    for await (const chunk of BentoFile.from(make()).stream()) chunks.push(chunk);
    expect(Buffer.concat(chunks)).toEqual(Buffer.from(bytes));
  });

  it("knows sizes before it reads, but not a stream's", () => {
    expect(sources.map(([, make]) => BentoFile.from(make()).size)).toEqual([5, 5, 5, 5, 5, 5, undefined, 5, 5]);
    expect(BentoFile.from("häuser").size).toBe(7);
  });

  it("keeps a File's name and type, unless it is told others", () => {
    const file = new File([bytes], "../cat.png", { type: "image/png" });
    expect(BentoFile.from(file)).toMatchObject({ name: "cat.png", type: "image/png" });
    expect(BentoFile.from(file, { name: "dog.jpg" })).toMatchObject({ name: "dog.jpg", type: "image/png" });
    expect(BentoFile.from(file, { type: "image/webp" })).toMatchObject({ name: "cat.png", type: "image/webp" });
  });

  it("takes the type from the name where nothing says it", () => {
    expect(BentoFile.from(bytes, { name: "a/song.MP3" })).toMatchObject({ name: "song.MP3", type: "audio/mpeg" });
    expect(BentoFile.from(new File([bytes], "doc.pdf")).type).toBe("application/pdf");
    expect(BentoFile.from("a,b", { name: "t.csv" }).type).toBe("text/csv");
    expect([BentoFile.from("a").type, BentoFile.from(bytes).type]).toEqual(["text/plain;charset=utf-8", ""]);
  });

  it("drops a type that could end a header", () => {
    expect(BentoFile.from(bytes, { type: "image/png\r\nx-evil: 1" }).type).toBe("");
    expect(BentoFile.from(bytes, { type: "IMAGE/PNG; Q=1" }).type).toBe("image/png; Q=1");
  });

  it("gives the same file back, and renames without touching it", async () => {
    const file = BentoFile.from(bytes, { name: "a.bin" });
    expect(BentoFile.from(file)).toBe(file);
    const renamed = BentoFile.from(file, { name: "b.png" });
    expect([file.name, renamed.name, renamed.type]).toEqual(["a.bin", "b.png", "application/octet-stream"]);
    expect(await renamed.bytes()).toEqual(bytes);
  });

  it("shares the memory it was given instead of copying it", async () => {
    const file = BentoFile.from(bytes);
    expect((await file.bytes()).buffer).toBe(bytes.buffer);
    const blob = new Blob([bytes], { type: "image/png" });
    expect(await BentoFile.from(blob).blob()).toBe(blob);
  });

  it.each([
    [undefined],
    [null],
    [1],
    [new Float32Array(2)],
    [new DataView(new ArrayBuffer(2))],
    [[1, 2]],
    [{}],
    [Object.create(null)],
    [Symbol("s")],
  ])("refuses %s", async (source) => {
    const error = await failure(() => BentoFile.from(source as never));
    expect(error).toMatchObject({ code: "BENTO_INPUT_INVALID", issues: [{ path: [], code: "invalid_type" }] });
    expect((error as Error).message).toContain("A file was expected");
  });

  it("is known, and read, when another copy of the package made it", async () => {
    vi.resetModules();
    const copy = await import("./bento-file.js");
    const foreign: unknown = copy.BentoFile.from(bytes, { name: "a.pdf" });
    expect(foreign).not.toBeInstanceOf(BentoFile);
    expect(BentoFile.isFile(foreign)).toBe(true);
    const file = BentoFile.from(foreign as BentoFile);
    expect([file.name, file.type, file.size, await file.bytes()]).toEqual(["a.pdf", "application/pdf", 5, bytes]);
    expect([BentoFile.isFile({ name: "a" }), BentoFile.isFile(null), BentoFile.isFile(new Blob([]))]).toEqual([false, false, false]);
  });
});

describe("a file of a stream", () => {
  it("is not read before somebody asks", async () => {
    const { stream, pulls } = watched([bytes, bytes]);
    const file = BentoFile.from(stream, { name: "a.bin" });
    const out = file.stream();
    await Promise.resolve();
    expect([file.size, pulls()]).toEqual([undefined, 0]);
    await out.getReader().read();
    expect(pulls()).toBe(1);
  });

  it("is read once; every second reading says so", async () => {
    const read = BentoFile.from(watched([bytes]).stream);
    expect(await read.bytes()).toEqual(bytes);
    for (const again of [() => read.stream(), () => read.bytes(), () => read.text(), () => read.range(0, 1), () => read.blob()]) {
      const error = await failure(again);
      expect(error).toMatchObject({ code: "BENTO_FILE_UNREADABLE" });
      expect(String(error)).toContain("can be read once");
    }
  });

  it("shows its beginning, again and again, and then still comes whole", async () => {
    const { stream, pulls } = watched([Uint8Array.of(1, 2), Uint8Array.of(3), Uint8Array.of(4, 5)]);
    const file = BentoFile.from(stream);
    const looks = await Promise.all([file.range(0, 2), file.range(1, 3), file.range(0, 1)]);
    expect(looks).toEqual([Uint8Array.of(1, 2), Uint8Array.of(2, 3), Uint8Array.of(1)]);
    expect(pulls()).toBe(2);
    expect(await file.bytes()).toEqual(bytes);
  });

  it("comes in order while somebody still looks at it", async () => {
    const chunks = Array.from({ length: 50 }, (_, i) => Uint8Array.of(i));
    const slow = new TransformStream<Uint8Array, Uint8Array>({
      async transform(chunk, controller) {
        await Promise.resolve();
        controller.enqueue(chunk);
      },
    });
    const file = BentoFile.from(watched(chunks).stream.pipeThrough(slow));
    const look = file.range(0, 20);
    const all = file.bytes();
    expect(await look).toEqual(Uint8Array.from({ length: 20 }, (_, i) => i));
    expect(await all).toEqual(Uint8Array.from({ length: 50 }, (_, i) => i));
  });

  it("does not show what lies beyond its first MiB", async () => {
    const { stream, pulls } = watched([bytes]);
    const file = BentoFile.from(stream);
    expect(await failure(file.range(1024 * 1024, 1024 * 1024 + 1))).toMatchObject({ code: "BENTO_FILE_UNREADABLE" });
    expect(pulls()).toBe(0);
    expect(await file.bytes()).toEqual(bytes);
  });

  it("cancels its source, read or unread", async () => {
    const unread = watched([bytes]);
    await BentoFile.from(unread.stream).stream().cancel("enough");
    expect([unread.cancelled(), unread.pulls()]).toEqual(["enough", 0]);
    const begun = watched([bytes, bytes]);
    const reader = BentoFile.from(begun.stream).stream().getReader();
    await reader.read();
    await reader.cancel("stop");
    expect(begun.cancelled()).toBe("stop");
  });

  it("passes on what its source fails with", async () => {
    const failing = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.error(new Error("the line broke"));
      },
    });
    expect(String(await failure(BentoFile.from(failing).bytes()))).toContain("the line broke");
  });

  it("says when somebody else holds the stream, or it is one of text", async () => {
    const { stream } = watched([bytes]);
    stream.getReader();
    expect(String(await failure(BentoFile.from(stream).bytes()))).toContain("locked");
    const text = await failure(BentoFile.from(watched(["text"]).stream).text());
    expect(text).toMatchObject({ code: "BENTO_FILE_UNREADABLE" });
    expect(String(text)).toContain("string");
  });
});

describe("a file of a content of one's own", () => {
  it("needs a stream alone, which is cancelled behind the part that was asked for", async () => {
    const opened: ReturnType<typeof watched>[] = [];
    const file = new BentoFile({
      size: 6,
      stream() {
        const source = watched([Uint8Array.of(1, 2), Uint8Array.of(3, 4), Uint8Array.of(5, 6)]);
        opened.push(source);
        return source.stream;
      },
    });
    expect(opened).toHaveLength(0);
    expect(await file.range(1, 3)).toEqual(Uint8Array.of(2, 3));
    expect(await file.range(4, 99)).toEqual(Uint8Array.of(5, 6));
    expect(await file.bytes()).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6));
    expect(opened.map(({ pulls, cancelled }) => [pulls(), cancelled()])).toEqual([
      [2, "cancelled"],
      [3, undefined],
      [3, undefined],
    ]);
  });
});

describe("a large file in memory", () => {
  it("streams whole in pieces, and stops where it is cancelled", async () => {
    const large = Uint8Array.from({ length: 300_000 }, (_, i) => i % 251);
    const sizes: number[] = [];
    for await (const chunk of BentoFile.from(large).stream()) sizes.push(chunk.length);
    expect(sizes).toEqual([65_536, 65_536, 65_536, 65_536, 37_856]);
    for await (const chunk of BentoFile.from(large).stream()) {
      expect(chunk).toHaveLength(65_536);
      break;
    }
  });

  it("is the same whatever the pieces of its stream are", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 50 })), fc.nat(100), fc.nat(100), async (chunks, start, length) => {
        const file = BentoFile.from(watched(chunks).stream);
        const whole = new Uint8Array(Buffer.concat(chunks));
        expect(await file.range(start, start + length)).toEqual(whole.slice(start, start + length));
        expect(await file.bytes()).toEqual(whole);
      }),
    );
  });
});

describe("BentoImage.from", () => {
  const png = Uint8Array.from("\u0089PNG\r\n\u001a\n\0\0\0\rIHDR\0\0\0\u0003\0\0\0\u0002\u0008\u0002\0\0\0", (character) =>
    character.charCodeAt(0),
  );

  it("says what the bytes are, whatever name and sender say", async () => {
    const image = await BentoImage.from(new File([png], "x.jpg", { type: "image/jpeg" }));
    expect(image).toMatchObject({ name: "x.jpg", type: "image/png", format: "png", width: 3, height: 2, size: png.length });
    expect([image instanceof BentoFile, BentoFile.isFile(image), BentoImage.isImage(image)]).toEqual([true, true, true]);
    expect([
      BentoImage.isImage(BentoFile.from(png)),
      await BentoImage.from(image),
      (await BentoImage.from(image, { name: "y" })).name,
    ]).toEqual([false, image, "y"]);
  });

  it.each([
    ["something else", "GIF89", 'The file "x" is no image: it starts with 47 49 46 38 39.'],
    ["nothing", "", 'The file "x" is empty, and no image.'],
  ])("refuses %s", async (_, content, message) => {
    const error = await failure(BentoImage.from(BentoFile.from(content, { name: "x" })));
    expect(error).toMatchObject({ code: "BENTO_INPUT_INVALID", message, issues: [{ path: [], message, code: "invalid_image" }] });
  });

  it("leaves a stream that is no image to be read", async () => {
    const file = BentoFile.from(watched([bytes]).stream);
    await failure(BentoImage.from(file));
    expect(await file.bytes()).toEqual(bytes);
  });
});
