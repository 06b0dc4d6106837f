import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, constants, deflateSync, gzipSync } from "node:zlib";

import { type BentoFile, DataFrame, encodeTensorBody, Tensor } from "@bento/core";
import { arrowType, encodeArrowTable, encodeArrowTensors } from "@bento/core/arrow";
import { api, service } from "@bento/sdk";
import { bytes, dataframe, file, tensor } from "@bento/sdk/kinds";
import { describe, expect, test } from "vitest";
import { z } from "zod";

import { doors, json, open } from "./doors.js";

const zeros = Buffer.alloc(64 << 20);
const bombs = {
  gzip: gzipSync(zeros, { level: 1 }),
  deflate: deflateSync(zeros, { level: 1 }),
  br: brotliCompressSync(zeros, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
};

const Everything = z.object({
  photo: file().optional(),
  photos: z.array(file()).optional(),
  key: bytes().optional(),
  name: z.string().optional(),
  count: z.number().int().optional(),
  big: z.bigint().optional(),
  at: z.date().optional(),
  tags: z.array(z.string()).optional(),
  sizes: z.array(z.number()).optional(),
  nested: z.object({ a: z.number() }).optional(),
  points: tensor("float32", ["n", 2]).optional(),
  table: dataframe().optional(),
  either: z.union([z.number(), z.string()]).optional(),
});

/** What tells a file from another. */
async function described(one: BentoFile): Promise<object> {
  const content = await one.bytes();
  const text = content.byteLength > 20 ? `${content.byteLength} of ${content[0]}` : new TextDecoder().decode(content);
  return { name: one.name ?? null, type: one.type, size: one.size, text, onDisk: one.path !== undefined };
}

@service({ name: "forms" })
class Forms {
  @api({ input: Everything, output: z.unknown() })
  async take({ photo, photos, key, big, points, table, ...rest }: z.output<typeof Everything>) {
    return {
      ...rest,
      ...(points && { points: [points.dtype, points.toArray()] }),
      ...(table && { table: table.records() }),
      ...(photo && { photo: await described(photo) }),
      ...(photos && { photos: await Promise.all(photos.map(described)) }),
      ...(key && { key: [...key] }),
      ...(big !== undefined && { big: String(big) }),
    };
  }

  @api({ input: file(), output: z.unknown() })
  async whole(one: BentoFile) {
    return described(one);
  }

  @api({ input: bytes(), output: z.unknown() })
  raw(content: Uint8Array) {
    return [...content];
  }

  @api({ input: z.string(), output: z.string() })
  shout(text: string) {
    return text.toUpperCase();
  }
}

function form(entries: readonly (readonly [string, string | File | Blob])[]): RequestInit {
  const data = new FormData();
  for (const [name, value] of entries) {
    if (typeof value === "string") data.append(name, value);
    else data.append(name, value);
  }
  return { method: "POST", body: data };
}

/** A form as it lies on the wire. */
function multipart(text: string, boundary = "b"): RequestInit {
  const headers = { "content-type": `multipart/form-data; boundary=${boundary}` };
  return { method: "POST", headers, body: Buffer.from(text, "latin1") };
}

function urlencoded(body: string): RequestInit {
  return { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" }, body };
}

function spooled(): string[] {
  const own = readdirSync(tmpdir()).filter((name) => name.startsWith("bento-uploads-") && name.includes(`-${process.pid}-`));
  return own.flatMap((name) => readdirSync(join(tmpdir(), name)));
}

describe.each(doors)("by %s", (door) => {
  test("a form is the object of its fields", async () => {
    await using forms = await open(door, Forms);
    const response = await forms.fetch(
      "/take",
      form([
        ["photo", new File(["abc"], "a.png", { type: "image/png" })],
        ["photos", new File(["1"], "1.txt", { type: "text/plain" })],
        ["photos", new File(["2"], "2.txt", { type: "text/plain" })],
        ["key", new File([Uint8Array.of(0, 255)], "key")],
        ["name", "Bö"],
        ["count", "3"],
        ["big", "12345678901234567890"],
        ["at", "2026-11-22T00:00:00.000Z"],
        ["tags", "x"],
        ["tags", '"y"'],
        ["sizes", "[1,2]"],
        ["nested", '{"a":1}'],
        ["either", "7"],
        ["unknown", "ignored"],
      ]),
    );
    expect([response.status, await response.json()]).toEqual([
      200,
      {
        photo: { name: "a.png", type: "image/png", size: 3, text: "abc", onDisk: false },
        photos: [
          { name: "1.txt", type: "text/plain", size: 1, text: "1", onDisk: false },
          { name: "2.txt", type: "text/plain", size: 1, text: "2", onDisk: false },
        ],
        key: [0, 255],
        name: "Bö",
        count: 3,
        big: "12345678901234567890",
        at: "2026-11-22T00:00:00.000Z",
        tags: ["x", "y"],
        sizes: [1, 2],
        nested: { a: 1 },
        either: 7,
      },
    ]);
  });

  test.each([
    ["name=123", { name: "123" }],
    ["name=%22123%22", { name: "123" }],
    ["name=a+b%2Bc&count=1&tags=one", { name: "a b+c", count: 1, tags: ["one"] }],
    ["tags=1&tags=2&sizes=1&sizes=2", { tags: ["1", "2"], sizes: [1, 2] }],
    ["either=x&name=%C3%A9", { either: "x", name: "é" }],
    ["key=AP8=", { key: [0, 255] }],
    ["name=first&name=second", { name: "first" }],
    ["", {}],
  ])("what a page sends without files: %s", async (body, expected) => {
    await using forms = await open(door, Forms);
    const response = await forms.fetch("/take", urlencoded(body));
    expect([response.status, await response.json()]).toEqual([200, expected]);
  });

  test("a data URL is a file, in a form as in JSON", async () => {
    await using forms = await open(door, Forms);
    const url = "data:text/plain;base64,YWJj";
    const expected = { photo: { name: null, type: "text/plain", size: 3, text: "abc", onDisk: false } };
    for (const init of [form([["photo", url]]), form([["photo", JSON.stringify(url)]]), json({ photo: url })]) {
      expect(await (await forms.fetch("/take", init)).json()).toEqual(expected);
    }
  });

  test("tensors and tables come as JSON, or as bytes that say what they are", async () => {
    await using forms = await open(door, Forms);
    const points = Tensor.from(
      [
        [1, 2],
        [3, 4],
      ],
      "float32",
    );
    const table = DataFrame.fromRecords([{ a: 1, b: "x" }]);
    const blob = (pieces: Uint8Array[], type: string) => new Blob(pieces as Uint8Array<ArrayBuffer>[], { type });
    const expected = {
      points: [
        "float32",
        [
          [1, 2],
          [3, 4],
        ],
      ],
      table: [{ a: 1, b: "x" }],
    };
    for (const [one, other] of [
      ["[[1,2],[3,4]]", '[{"a":1,"b":"x"}]'],
      [blob(encodeTensorBody(points), "application/x-safetensors"), '{"a":[1],"b":["x"]}'],
      [blob(encodeArrowTensors({ points }), arrowType), blob([encodeArrowTable(table)], arrowType)],
    ] as const) {
      const response = await forms.fetch(
        "/take",
        form([
          ["points", one],
          ["table", other],
        ]),
      );
      expect([response.status, await response.json()]).toEqual([200, expected]);
    }
    const broken = await forms.fetch("/take", form([["points", blob([new Uint8Array(9)], "application/x-safetensors")]]));
    expect([broken.status, await broken.text()]).toEqual([400, expect.stringMatching(/field \\"points\\"/)]);
  });

  test("names with paths are their last part, and escapes are undone", async () => {
    await using forms = await open(door, Forms);
    const names = ["../../etc/passwd", "C:\\\\evil\\\\x.txt", "%22q%22.txt", "..", ".bashrc", "a/b/"];
    const answers = names.map(async (name) => {
      const text = `--b\r\nContent-Disposition: form-data; name="photo"; filename="${name}"\r\n\r\nx\r\n--b--\r\n`;
      const answer = (await (await forms.fetch("/take", multipart(text))).json()) as { photo: { name: string | null } };
      return answer.photo.name;
    });
    expect(await Promise.all(answers)).toEqual(["passwd", "x.txt", '"q".txt', null, ".bashrc", null]);
  });

  test("a large file lies on disk while it is worked on, and not longer", async () => {
    await using forms = await open(door, Forms);
    const large = new Uint8Array(3 << 20).fill(7);
    const response = await forms.fetch(
      "/take",
      form([
        ["photo", new File([large], "x.tar.gz")],
        ["photos", new File(["s"], "s")],
      ]),
    );
    expect(await response.json()).toMatchObject({
      photo: { name: "x.tar.gz", size: large.byteLength, text: `${large.byteLength} of 7`, onDisk: true },
      photos: [{ onDisk: false }],
    });
    await expect.poll(spooled, { timeout: 20_000 }).toEqual([]);
  });

  test("many files that are small share what memory there is", async () => {
    await using forms = await open(door, Forms);
    const files = Array.from(
      { length: 20 },
      (_, index) => ["photos", new File([new Uint8Array(1 << 20).fill(index)], `${index}`)] as const,
    );
    const { photos } = (await (await forms.fetch("/take", form(files))).json()) as { photos: { text: string; onDisk: boolean }[] };
    expect(photos.map(({ text }) => text)).toEqual(files.map((_, index) => `${1 << 20} of ${index}`));
    expect(photos.filter(({ onDisk }) => !onDisk)).toHaveLength(8);
    await expect.poll(spooled, { timeout: 20_000 }).toEqual([]);
  });

  test.each([100, 2 << 20])("a file is the body as it is, %i bytes", async (size) => {
    await using forms = await open(door, Forms);
    const response = await forms.fetch("/whole", {
      method: "POST",
      headers: { "content-type": "image/png", "content-disposition": "attachment; filename*=UTF-8''%C3%A4.png" },
      body: new Uint8Array(size).fill(9),
    });
    expect(await response.json()).toEqual({ name: "ä.png", type: "image/png", size, text: `${size} of 9`, onDisk: size > 1 << 20 });
    await expect.poll(spooled, { timeout: 20_000 }).toEqual([]);
  });

  test("no body and no type is no file", async () => {
    await using forms = await open(door, Forms);
    expect((await forms.fetch("/whole", { method: "POST" })).status).toBe(400);
    const empty = await forms.fetch("/whole", { method: "POST", headers: { "content-type": "text/plain" } });
    expect(await empty.json()).toMatchObject({ size: 0 });
  });

  test("bytes are the body as it is", async () => {
    await using forms = await open(door, Forms);
    const init = { method: "POST", headers: { "content-type": "application/x-mine" }, body: Uint8Array.of(0, 255, 34) };
    expect(await (await forms.fetch("/raw", init)).json()).toEqual([0, 255, 34]);
  });

  test.each([
    ["gzip", gzipSync],
    ["x-gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync],
    ["identity", (text: Buffer) => text],
  ] as const)("a body may be compressed with %s", async (encoding, compress) => {
    await using forms = await open(door, Forms);
    const ask = async (path: string, type: string, text: string) => {
      const headers = { "content-type": type, "content-encoding": encoding };
      return (await forms.fetch(path, { method: "POST", headers, body: new Uint8Array(compress(Buffer.from(text))) })).json();
    };
    expect(await ask("/take", "application/json", '{"name":"Bo"}')).toEqual({ name: "Bo" });
    expect(await ask("/take", "application/x-www-form-urlencoded", "name=Bo")).toEqual({ name: "Bo" });
    const part = '--b\r\ncontent-disposition: form-data; name="name"\r\n\r\nBo\r\n--b--';
    expect(await ask("/take", "multipart/form-data; boundary=b", part)).toEqual({ name: "Bo" });
    expect(await ask("/whole", "text/plain", "Bo")).toMatchObject({ text: "Bo" });
    expect(await ask("/raw", "text/plain", "Bo")).toEqual([66, 111]);
  });

  const head = 'Content-Disposition: form-data; name="name"';
  test.each([
    ["no boundary", { method: "POST", headers: { "content-type": "multipart/form-data" }, body: "x" }, 400, /no boundary/],
    ["a boundary that is too long", multipart("x", "b".repeat(71)), 400, /boundary/],
    ["a boundary of other characters", multipart("x", '"a<b"'), 400, /boundary/],
    ["no body", { method: "POST", headers: { "content-type": "multipart/form-data; boundary=b" } }, 400, /no boundary \\?"b/],
    ["a megabyte of dashes", multipart("-".repeat(1 << 20)), 400, /boundary/],
    ["a megabyte of dashes after the boundary", multipart(`--b${"-".repeat(1 << 20)}`), 400, /is followed by/],
    ["a megabyte of blanks after the boundary", multipart(`--b${" ".repeat(1 << 20)}`), 400, /is followed by/],
    ["another boundary", multipart(`--c\r\n${head}\r\n\r\nx\r\n--c--\r\n`), 400, /no boundary/],
    ["no end", multipart(`--b\r\n${head}\r\n\r\nx`), 400, /middle of the field \\?"name/],
    ["no last boundary", multipart(`--b\r\n${head}\r\n\r\nx\r\n--b\r\n`), 400, /before its last boundary/],
    ["no headers", multipart(`--b\r\n\r\nx\r\n--b--`), 400, /no Content-Disposition/],
    ["no disposition", multipart(`--b\r\nX: y\r\n\r\nx\r\n--b--`), 400, /no Content-Disposition/],
    ["another disposition", multipart(`--b\r\nContent-Disposition: attachment; name="x"\r\n\r\nx\r\n--b--`), 400, /attachment/],
    ["no name", multipart(`--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--`), 400, /no name/],
    ["an empty name", multipart(`--b\r\nContent-Disposition: form-data; name=""\r\n\r\nx\r\n--b--`), 400, /no name/],
    ["a long name", multipart(`--b\r\nContent-Disposition: form-data; name="${"n".repeat(2000)}"\r\n\r\nx\r\n--b--`), 400, /2000/],
    ["no header", multipart(`--b\r\n${head}\r\nnot a header\r\n\r\nx\r\n--b--`), 400, /not a header/],
    ["headers without an end", multipart(`--b\r\n${head}\r\nX: ${"y".repeat(1 << 20)}`), 400, /16384/],
    ["an encoding of mail", multipart(`--b\r\n${head}\r\nContent-Transfer-Encoding: base64\r\n\r\nx\r\n--b--`), 400, /base64/],
    ["text that is no UTF-8", multipart(`--b\r\n${head}\r\n\r\n\xff\r\n--b--`), 400, /\\?"name\\?" .*UTF-8/],
    ["ten thousand parts", multipart(`--b\r\n${head}\r\n\r\nx\r\n`.repeat(10_000)), 413, /1000 parts/],
    ["a long field", multipart(`--b\r\n${head}\r\n\r\n${"x".repeat(1 << 21)}\r\n--b--`), 413, /field \\?"name\\?" .*1048576/],
    ["ten thousand fields", urlencoded("a=1&".repeat(10_000)), 413, /1000 parts/],
    ["a long text", urlencoded(`name=${"x".repeat(1 << 21)}`), 413, /field \\?"name\\?" .*1048576/],
    ["half an escape", urlencoded("name=%f"), 400, /\\?"name\\?" .*escape/],
    ["JSON that says it were a form", urlencoded('{"name":"Bo"}'), 415, /is JSON/],
    ["too much", form([["photo", new File([new Uint8Array(5 << 20)], "x")]]), 413, /4194304/],
  ] as const)("%s is told", async (_, init, status, message) => {
    await using forms = await open(door, Forms, { maxBodyBytes: 4 << 20 });
    const begin = process.cpuUsage();
    const response = await forms.fetch("/take", init);
    const text = await response.text();
    expect([response.status, text]).toEqual([status, expect.stringMatching(message)]);
    expect(process.cpuUsage(begin).user / 1000).toBeLessThan(2000);
    await expect.poll(spooled, { timeout: 20_000 }).toEqual([]);
  });

  test.each([
    ["zstd", "x", 415, /zstd/],
    ["gzip, br", "x", 415, /gzip, br/],
    ["gzip", "no gzip", 400, /not valid gzip/],
    ["gzip", gzipSync("{}").subarray(0, 15), 400, /not valid gzip/],
    ["br", "no brotli", 400, /not valid br/],
  ])("content encoding %s that is none is told", async (encoding, body, status, message) => {
    await using forms = await open(door, Forms);
    const headers = { "content-type": "application/json", "content-encoding": encoding };
    const response = await forms.fetch("/take", { method: "POST", headers, body: body as string });
    expect([response.status, await response.text()]).toEqual([status, expect.stringMatching(message)]);
  });

  test.each(["gzip", "deflate", "br"] as const)("a bomb in %s is 413, wherever it goes off", async (encoding) => {
    await using forms = await open(door, Forms, { maxBodyBytes: 2 << 20 });
    const before = process.memoryUsage().rss;
    for (const [path, type] of [
      ["/take", "application/json"],
      ["/whole", "image/png"],
      ["/take", "application/x-www-form-urlencoded"],
    ] as const) {
      const response = await forms.fetch(path, {
        method: "POST",
        headers: { "content-type": type, "content-encoding": encoding },
        body: bombs[encoding],
      });
      expect([response.status, await response.text()]).toEqual([413, expect.stringContaining("2097152")]);
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(64 << 20);
    await expect.poll(spooled, { timeout: 20_000 }).toEqual([]);
  });

  test("a form where none is taken is 415 with a hint", async () => {
    await using forms = await open(door, Forms);
    for (const path of ["/whole", "/raw", "/shout"]) {
      const response = await forms.fetch(path, form([["x", "y"]]));
      expect([response.status, await response.text()]).toEqual([415, expect.stringContaining("hint")]);
    }
  });
});
