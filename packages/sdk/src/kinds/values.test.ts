import { BentoFile, BentoImage, DataFrame, type Schema, Tensor, toDataUrl } from "@bento/core";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { audio, byteStream, bytes, dataframe, file, image, jsonLines, pdf, tensor } from "../kinds.js";
import { apiSchema } from "../schema/api-schema.js";

const read = async (schema: Schema, value: unknown) => apiSchema(schema, "input").validate(value);
const valueOf = async (schema: Schema, value: unknown): Promise<unknown> => {
  const result = await read(schema, value);
  if (result.issues !== undefined) throw new Error(JSON.stringify(result.issues));
  return result.value;
};
const issuesOf = async (schema: Schema, value: unknown) => (await read(schema, value)).issues;

/** 3 x 2 pixels. */
const png = Uint8Array.from(
  Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAEElEQVR4nGP4z8AARAwQCgAf7gP9i18U1AAAAABJRU5ErkJggg==", "base64"),
);
const pdfBytes = new TextEncoder().encode("%PDF-1.7\n");

describe("tensor", () => {
  const images = z.object({ images: tensor("float32", ["n", 2]) });

  test("takes lists, typed arrays and tensors", async () => {
    for (const given of [
      [
        [1, 2],
        [3, 4],
      ],
      new Float32Array([1, 2, 3, 4]),
      Tensor.from(
        [
          [1, 2],
          [3, 4],
        ],
        "float32",
      ),
    ]) {
      const value = (await valueOf(images, { images: given })) as { readonly images: Tensor };
      expect(value.images).toMatchObject({ dtype: "float32", shape: [2, 2], data: new Float32Array([1, 2, 3, 4]) });
    }
  });

  test("says where it is wrong, and how", async () => {
    expect(await issuesOf(images, { images: [[1, 2], [3]] })).toEqual([
      { path: ["images", 1], message: expect.stringContaining("2"), code: expect.any(String) },
    ]);
    expect(await issuesOf(images, { images: [[1, "x"]] })).toMatchObject([
      { path: ["images", 0, 1], message: expect.stringContaining('"x"') },
    ]);
    expect(await issuesOf(images, { images: [1, 2, 3] })).toMatchObject([{ path: ["images"], message: expect.stringContaining("[3]") }]);
    expect(await issuesOf(images, {})).toMatchObject([{ path: ["images"] }]);
  });

  test("stays synchronous, so that the call is", () => {
    expect(apiSchema(images, "input").validate({ images: [[1, 2]] })).toHaveProperty("value");
  });

  test("may be left out, be null, or have a default", async () => {
    const fallback = Tensor.from([1n], "int64");
    const schema = z.object({ a: tensor().optional(), b: tensor().nullable(), c: tensor("int64").default(fallback) });
    expect(await valueOf(schema, { b: null })).toEqual({ b: null, c: fallback });
  });
});

describe("the named dimensions of one input", () => {
  const n = tensor("float32", ["n", 3]);
  const labels = tensor("int64", ["n"]);
  const points = [
    [1, 2, 3],
    [4, 5, 6],
  ];

  test.each<[string, Schema, good: unknown, bad: unknown, path: (string | number)[]]>([
    ["properties", z.object({ x: n, y: labels }), { x: points, y: [1, 2] }, { x: points, y: [1] }, ["y"]],
    ["optional ones", z.object({ x: n, y: labels.optional() }), { x: points }, { x: points, y: [1] }, ["y"]],
    ["a list", z.array(labels), [[1], [2]], [[1], [2], [3, 4]], [2]],
    ["a tuple", z.tuple([n], labels), [points, [1, 2], [3, 4]], [points, [1, 2], [3]], [2]],
    ["a record", z.record(z.string(), labels), { a: [1], b: [2] }, { a: [1], b: [2, 3] }, ["b"]],
    [
      "objects within",
      z.object({ x: n, in: z.object({ y: labels }) }),
      { x: points, in: { y: [1, 2] } },
      { x: points, in: { y: [] } },
      ["in", "y"],
    ],
    [
      "both sides of an intersection",
      z.intersection(z.object({ x: n }), z.object({ y: labels })),
      { x: points, y: [1, 2] },
      { x: points, y: [1] },
      ["y"],
    ],
    ["what is lazy", z.object({ x: n, y: z.lazy(() => labels) }), { x: points, y: [1, 2] }, { x: points, y: [1] }, ["y"]],
    ["what comes out of a pipe", z.object({ x: n, y: z.unknown().pipe(labels) }), { x: points, y: [1, 2] }, { x: points, y: [1] }, ["y"]],
  ])("agree: %s", async (_name, schema, good, bad, path) => {
    await valueOf(schema, good);
    const issues = await issuesOf(schema, bad);
    expect(issues).toMatchObject([{ path, code: "shape_mismatch" }]);
    expect(issues?.[0]?.message).toContain(`"n"`);
  });

  test("the message names both places", async () => {
    const [issue] = (await issuesOf(z.object({ x: n, y: labels }), { x: points, y: [1] })) ?? [];
    expect(issue?.message).toBe('Dimension "n" is 1 in dimension 0 of y, but 2 in dimension 0 of x');
  });

  test("of a union only those of the option that was meant", async () => {
    const schema = z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("equal"), x: labels, y: labels }),
      z.object({ kind: z.literal("free"), x: labels, y: tensor("int64", ["m"]) }),
    ]);
    await valueOf(schema, { kind: "free", x: [1], y: [1, 2] });
    expect(await issuesOf(schema, { kind: "equal", x: [1], y: [1, 2] })).toMatchObject([{ path: ["y"] }]);
    await valueOf(z.union([z.object({ a: z.string() }), z.object({ x: labels })]), { x: [1] });
  });

  test("of a type that contains itself", async () => {
    const Tree = z.object({
      x: labels,
      get children() {
        return z.array(Tree).optional();
      },
    });
    await valueOf(Tree, { x: [1], children: [{ x: [2], children: [{ x: [3] }] }] });
    const issues = await issuesOf(Tree, { x: [1], children: [{ x: [2], children: [{ x: [3, 4] }] }] });
    expect(issues).toMatchObject([{ path: ["children", 0, "children", 0, "x"] }]);
  });
});

describe("file", () => {
  test("takes whatever holds bytes, and a data URL", async () => {
    for (const given of [
      new Blob([pdfBytes], { type: "application/pdf" }),
      pdfBytes,
      pdfBytes.buffer,
      new Blob([pdfBytes]).stream(),
      BentoFile.from(pdfBytes),
      await toDataUrl(BentoFile.from(pdfBytes, { type: "application/pdf" })),
    ]) {
      const value = (await valueOf(z.object({ f: pdf() }), { f: given })) as { readonly f: BentoFile };
      expect(await value.f.text()).toBe("%PDF-1.7\n");
    }
  });

  test("is held against its type: the one it is said to have, else that of its first bytes", async () => {
    await valueOf(file("text/*"), new Blob(["x"], { type: "text/plain;charset=utf-8" }));
    await valueOf(audio({ contentType: "audio/mp3" }), new Blob(["x"], { type: "audio/mpeg" }));
    expect(await issuesOf(z.object({ f: pdf() }), { f: new Blob([pdfBytes], { type: "text/plain" }) })).toEqual([
      { path: ["f"], message: "Expected a file of type application/pdf, got one of type text/plain", code: "invalid_content_type" },
    ]);
    expect(await issuesOf(pdf(), png)).toMatchObject([{ message: expect.stringContaining("image/png") }]);
    expect(await issuesOf(pdf(), new Uint8Array(3))).toMatchObject([{ message: expect.stringContaining("unknown type") }]);
  });

  test.each(["", "application/octet-stream", "Binary/Octet-Stream"])(
    "is held against its content where its type, %j, says nothing",
    async (type) => {
      const given = (content: Uint8Array<ArrayBuffer> | string): Blob => new Blob([content], { type });
      const cut = Buffer.from("é".repeat(3000)).subarray(0, 4097);
      await valueOf(pdf(), given(pdfBytes));
      await valueOf(file("image/*"), given(png));
      for (const text of ["text/csv", "text/*", "application/json", "image/svg+xml"]) await valueOf(file(text), given("a,b"));
      await valueOf(file("text/plain"), given(Uint8Array.from(cut)));
      const refused = async (wanted: string, content: Uint8Array<ArrayBuffer> | string, words: string): Promise<void> =>
        expect(await issuesOf(file(wanted), given(content))).toMatchObject([
          { code: "invalid_content_type", message: expect.stringContaining(words) },
        ]);
      await refused("application/pdf", png, "image/png");
      await refused("application/pdf", "a,b", "unknown type");
      await refused("text/csv", pdfBytes, "application/pdf");
      await refused("text/csv", Uint8Array.of(97, 0, 98), "unknown type");
      await refused("text/csv", Uint8Array.of(97, 255, 98), "unknown type");
      await refused("text/csv", "", "unknown type");
    },
  );

  test("is bytes where nothing else is asked for", async () => {
    const given = new Blob([png], { type: "application/octet-stream" });
    for (const wanted of ["application/octet-stream", "application/*"])
      expect(await valueOf(file(wanted), given)).toMatchObject({ size: png.length });
  });

  test("is as large as it may be", async () => {
    await valueOf(file(undefined, { maxBytes: 9 }), pdfBytes);
    expect(await issuesOf(file(undefined, { maxBytes: 8 }), pdfBytes)).toMatchObject([
      { code: "too_big", message: expect.stringContaining("9") },
    ]);
    const streamed = (await valueOf(pdf({ maxBytes: 8 }), new Blob([pdfBytes]).stream())) as BentoFile;
    await expect(streamed.bytes()).rejects.toMatchObject({ code: "BENTO_PAYLOAD_TOO_LARGE" });
    const fitting = (await valueOf(pdf({ maxBytes: 9 }), new Blob([pdfBytes]).stream())) as BentoFile;
    expect(await fitting.text()).toBe("%PDF-1.7\n");
  });

  test.each([
    [1, "Expected a file, got 1"],
    ["abc", 'Expected a file, or a data URL within JSON, got "abc"'],
    ["http://example.org/x.pdf", "Expected a file, got a URL, and none is fetched here: the option url of the kind allows it"],
    ["http:x.pdf", 'Expected a file, or a data URL within JSON, got "http:x.pdf"'],
    [null, "Expected a file, got null"],
    [undefined, "Expected a file, got nothing"],
    [{}, "Expected a file, got an object"],
  ])("is not %s", async (given, message) => {
    expect(await issuesOf(file(), given)).toMatchObject([{ path: [], message }]);
  });

  test("is a URL where a server fetches such, and has", async () => {
    for (const kind of [file(undefined, { url: true }), image({ url: true })]) {
      expect(await issuesOf(z.object({ f: kind }), { f: "HTTPS://example.org/x" })).toMatchObject([
        {
          path: ["f"],
          code: "url_not_allowed",
          message: "Expected a file, got a URL, and this server fetches none: its option urlInputs allows it",
        },
      ]);
    }
  });

  test("is no malformed data URL", async () => {
    expect(await issuesOf(z.object({ f: file() }), { f: "data:image/png;base64,????" })).toMatchObject([
      { path: ["f"], code: "invalid_format" },
    ]);
  });
});

describe("image", () => {
  test("knows its format and size, from its own head", async () => {
    for (const given of [png, new Blob([png], { type: "image/jpeg" }), new Blob([png]).stream()]) {
      const value = (await valueOf(z.object({ i: image() }), { i: given })) as { readonly i: BentoImage };
      expect(value.i).toMatchObject({ format: "png", width: 3, height: 2, type: "image/png" });
      expect(await value.i.bytes()).toEqual(png);
    }
  });

  test("is of a format and size that it may have", async () => {
    expect(await issuesOf(image({ formats: ["jpeg", "webp"] }), png)).toMatchObject([
      { code: "invalid_image", message: "Expected an image of format jpeg, webp, got one of format png" },
    ]);
    expect(await issuesOf(image({ maxPixels: 5 }), png)).toMatchObject([{ code: "too_big", message: expect.stringContaining("3 x 2") }]);
    expect(await issuesOf(image({ maxBytes: 5 }), png)).toMatchObject([{ code: "too_big" }]);
    expect(await issuesOf(z.object({ i: image() }), { i: pdfBytes })).toMatchObject([{ path: ["i"], code: "invalid_image" }]);
  });

  test("one that was read before is not read again", () => {
    const known = new BentoImage(BentoFile.from(png), { format: "png", width: 3, height: 2 });
    expect(apiSchema(image(), "output").validate(known)).toEqual({ value: known });
  });
});

describe("dataframe", () => {
  test("takes rows, columns and tables", async () => {
    const frame = DataFrame.fromRecords([{ a: 1, b: "x" }]);
    for (const given of [[{ a: 1, b: "x", c: 0 }], [[1, "x"]], { a: [1], b: ["x"] }, frame]) {
      const value = (await valueOf(dataframe(["a", "b"]), given)) as DataFrame;
      expect(DataFrame.isDataFrame(value) && value.records()).toEqual([{ a: 1, b: "x" }]);
    }
  });

  test("reads cells by their type, and says where one is wrong", async () => {
    const typed = dataframe({ n: "number", s: "string", b: "boolean", i: "bigint", d: "date" });
    const value = (await valueOf(typed, [{ n: 1.5, s: "x", b: true, i: "9007199254740993", d: "2020-01-02T03:04:05Z" }, {}])) as DataFrame;
    expect(value.records()).toEqual([
      { n: 1.5, s: "x", b: true, i: 9007199254740993n, d: new Date("2020-01-02T03:04:05Z") },
      { n: null, s: null, b: null, i: null, d: null },
    ]);
    expect(await issuesOf(z.object({ t: typed }), { t: [{ n: 1 }, { n: "1", i: 0.5, d: "x" }] })).toEqual([
      { path: ["t", 1, "n"], message: 'Expected a number in column "n", got "1"', code: "invalid_type" },
      { path: ["t", 1, "i"], message: 'Expected a bigint in column "i", got 0.5', code: "invalid_type" },
      { path: ["t", 1, "d"], message: 'Expected a date in column "d", got "x"', code: "invalid_type" },
    ]);
    expect(await issuesOf(dataframe(), 5)).toMatchObject([{ path: [] }]);
  });

  test("says no more of a large table that is all wrong than anybody reads", async () => {
    expect(
      await issuesOf(
        dataframe({ n: "number" }),
        Array.from({ length: 1000 }, () => ({ n: "x" })),
      ),
    ).toHaveLength(20);
  });

  test("keeps a column of numbers as it is", async () => {
    const n = new Float64Array([1, 2]);
    const value = (await valueOf(dataframe({ n: "number" }), { n })) as DataFrame<{ n: number }>;
    expect(value.column("n")).toBe(n);
  });
});

describe("bytes", () => {
  test("are bytes, or the text that stands for them", async () => {
    expect(await valueOf(bytes(), new Uint8Array([1, 2]))).toEqual(new Uint8Array([1, 2]));
    expect(await valueOf(bytes(), new Uint8Array([1, 2]).buffer)).toEqual(new Uint8Array([1, 2]));
    expect(await valueOf(bytes(), "AQI=")).toEqual(new Uint8Array([1, 2]));
    expect(await valueOf(bytes({ encoding: "utf-8" }), "é")).toEqual(new Uint8Array([0xc3, 0xa9]));
  });

  test("are nothing else", async () => {
    expect(await issuesOf(z.object({ b: bytes() }), { b: "A!" })).toMatchObject([{ path: ["b"] }]);
    expect(await issuesOf(bytes(), [1])).toMatchObject([{ message: "Expected bytes, got a list of 1" }]);
  });
});

describe("streams", () => {
  const Lines = jsonLines(z.object({ n: z.number().transform((n) => n * 2) }));

  test("each value is read when it is its turn", async () => {
    const lines = (await valueOf(Lines, [{ n: 1 }, { n: 2 }, { n: "x" }])) as AsyncIterable<{ readonly n: number }>;
    const got: number[] = [];
    const reading = (async () => {
      for await (const { n } of lines) got.push(n);
    })();
    await expect(reading).rejects.toMatchObject({ code: "BENTO_INPUT_INVALID", issues: [{ path: [2, "n"], code: "invalid_type" }] });
    expect(got).toEqual([2, 4]);
  });

  test("a value that is nested deeper than its schema can follow is invalid", async () => {
    type Tree = { readonly in?: Tree | undefined };
    const tree: z.ZodType<Tree> = z.lazy(() => z.object({ in: tree.optional() }));
    let deep: Tree = {};
    for (let depth = 0; depth < 100_000; depth++) deep = { in: deep };
    const lines = (await valueOf(jsonLines(tree), [{}, deep])) as AsyncIterable<Tree>;
    const items = lines[Symbol.asyncIterator]();
    expect(await items.next()).toEqual({ done: false, value: {} });
    await expect(items.next()).rejects.toMatchObject({ code: "BENTO_INPUT_INVALID", issues: [{ path: [1], code: "too_deep" }] });
  });

  test("a source is ended when nobody reads on", async () => {
    let isOver = false;
    const source = (async function* () {
      try {
        for (let n = 0; ; n++) yield { n };
      } finally {
        isOver = true;
      }
    })();
    for await (const { n } of (await valueOf(Lines, source)) as AsyncIterable<{ readonly n: number }>) if (n > 3) break;
    expect(isOver).toBe(true);
  });

  test("bytes come as they are", async () => {
    for (const given of [pdfBytes, new Blob([pdfBytes]).stream(), BentoFile.from(pdfBytes)]) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of (await valueOf(byteStream(), given)) as AsyncIterable<Uint8Array>) chunks.push(chunk);
      expect(Buffer.concat(chunks).toString()).toBe("%PDF-1.7\n");
    }
  });

  test("what is none is refused", async () => {
    expect(await issuesOf(Lines, { n: 1 })).toMatchObject([{ message: "Expected a stream of values, got an object" }]);
    expect(await issuesOf(byteStream(), 1)).toMatchObject([{ message: "Expected a stream of bytes, got 1" }]);
  });
});
