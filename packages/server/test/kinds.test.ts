import { Buffer } from "node:buffer";

import {
  api,
  type Args,
  type BatchReturns,
  BentoFile,
  type BentoImage,
  DataFrame,
  defineService,
  type Returns,
  service,
  Tensor,
} from "@bento/sdk";
import { bytes, dataframe, file, image, tensor } from "@bento/sdk/kinds";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";

import { type BentoApp, createApp } from "../src/index.js";
import { json } from "./doors.js";

const Weighted = z.object({ points: tensor("float32", ["n", 2]), weights: tensor("float64", ["n"]).optional() });
const Ids = tensor("int64", ["n"]);
const People = z.object({ people: dataframe({ name: "string", born: "date" }), year: z.number().default(2000) });
const Ages = dataframe(["name", "age"]);
const Upload = z.object({ data: bytes(), note: z.string().optional() });
const Anything = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("picture"), data: image({ formats: ["png"] }) }),
  z.object({ kind: z.literal("numbers"), data: tensor("int32", [2, 2]) }),
  z.object({ kind: z.literal("text"), data: file("text/plain", { maxBytes: 10 }) }),
]);
const Rows = z.object({ x: tensor("float32", ["n", 2]), scale: z.number() });
const Row = tensor("float32", ["n", 2]);

@service()
class Zoo {
  readonly batches: number[] = [];

  @api({ input: Weighted, output: z.array(z.number()) })
  async sums({ points, weights }: Args<typeof Weighted>) {
    const factor = (row: number): number => weights?.at(row) ?? 1;
    return Array.from({ length: points.shape[0] ?? 0 }, (_, row) => (points.at(row, 0) + points.at(row, 1)) * factor(row));
  }

  @api({ input: Ids, output: Ids })
  async next(ids: Args<typeof Ids>): Promise<Returns<typeof Ids>> {
    return ids.data.map((id) => id + 1n);
  }

  @api({ input: People, output: Ages })
  async ages({ people, year }: Args<typeof People>): Promise<Returns<typeof Ages>> {
    return people.records().map(({ name, born }) => ({ name, age: born === null ? null : year - born.getUTCFullYear() }));
  }

  @api({ input: Upload, output: z.number() })
  async measure({ data }: Args<typeof Upload>) {
    return data.byteLength;
  }

  @api({ input: Anything, output: z.string() })
  async describe(given: Args<typeof Anything>) {
    if (given.kind === "picture") return `${given.data.format} of ${given.data.width} x ${given.data.height}`;
    return given.kind === "text" ? given.data.text() : given.data.data.join(" ");
  }

  @api({ input: Rows, output: Row, batchable: true, maxBatchSize: 4 })
  async scaled({ x, scale }: Args<typeof Rows>): Promise<BatchReturns<typeof Row>> {
    this.batches.push(x.shape[0] ?? 0);
    await new Promise((resolve) => setTimeout(resolve, 5));
    return new Tensor(
      "float32",
      x.shape,
      x.data.map((value) => value * scale),
    );
  }

  @api({ input: tensor("float32"), output: tensor("float32", [-1, 3]) })
  async wrong(x: Tensor<"float32">) {
    return x;
  }
}

const Sent = z.object({
  data: bytes(),
  text: bytes({ encoding: "utf-8" }),
  list: z.array(file()),
  table: dataframe(["a"], { orient: "columns" }),
});
const Picture = image();
const Large = file("application/zip");
const Maybe = file().optional();
const Raw = bytes();

@service()
class Sender {
  @api({ input: z.string(), output: Sent })
  async within(text: string): Promise<Returns<typeof Sent>> {
    const content = new TextEncoder().encode(text);
    return { data: content, text: content, list: [BentoFile.from(text, { name: "a.txt" }), content], table: [{ a: 1 }, { a: 2 }] };
  }

  @api({ input: Raw, output: Raw })
  async raw(data: Args<typeof Raw>): Promise<Returns<typeof Raw>> {
    return data.toReversed();
  }

  @api({ input: Picture, output: Picture })
  async picture(given: Args<typeof Picture>): Promise<Returns<typeof Picture>> {
    return BentoFile.from(given, { name: 'größe "1".png' });
  }

  @api({ output: Large })
  async large(): Promise<Returns<typeof Large>> {
    const zip = new Uint8Array(3_000_000).fill(7);
    return new Blob([zip], { type: "application/zip" }).stream().pipeThrough(withMagic());
  }

  @api({ output: Maybe })
  async none(): Promise<Returns<typeof Maybe>> {
    return undefined;
  }
}

/** Puts before a stream what zip files begin with, so that it is told for one. */
function withMagic(): TransformStream<Uint8Array, Uint8Array> {
  return new TransformStream({ start: (controller) => controller.enqueue(Uint8Array.of(0x50, 0x4b, 3, 4)) });
}

/** 3 x 2 pixels. */
const png = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAEElEQVR4nGP4z8AARAwQCgAf7gP9i18U1AAAAABJRU5ErkJggg==";

describe("kinds as JSON", () => {
  let app: BentoApp;
  beforeAll(async () => {
    app = await createApp(Zoo);
  });
  afterAll(() => app.close());

  const ask = async (route: string, body: unknown): Promise<unknown> => {
    const answer = await app.request(route, json(body));
    if (answer.status !== 200) return { status: answer.status, ...((await answer.json()) as object) };
    return answer.headers.get("content-type")?.startsWith("application/json") === true ? answer.json() : answer.text();
  };

  test.each<[string, unknown, unknown]>([
    [
      "/sums",
      {
        points: [
          [1, 2],
          [3, 4],
        ],
      },
      [3, 7],
    ],
    [
      "/sums",
      {
        points: [
          [1, 2],
          [3, 4],
        ],
        weights: [1, 0.5],
      },
      [3, 3.5],
    ],
    ["/next", [1, "9007199254740993"], [2, "9007199254740994"]],
    [
      "/ages",
      { people: [{ name: "Ada", born: "1815-12-10", title: "Countess" }, { name: "Alan" }] },
      [
        { name: "Ada", age: 185 },
        { name: "Alan", age: null },
      ],
    ],
    ["/ages", { people: { name: ["Ada"], born: ["1815-12-10"] }, year: 1852 }, [{ name: "Ada", age: 37 }]],
    ["/measure", { data: "AAEC/w==" }, 4],
    ["/describe", { kind: "picture", data: png }, "png of 3 x 2"],
    ["/describe", { kind: "numbers", data: [1, 2, 3, 4] }, "1 2 3 4"],
    ["/describe", { kind: "text", data: "data:text/plain,hello" }, "hello"],
  ])("%s of %j", async (route, body, answer) => {
    expect(await ask(route, body)).toEqual(answer);
  });

  test.each<[string, unknown, (string | number)[], string]>([
    ["/sums", { points: [[1, 2], [3]] }, ["points", 1], "a row of 1"],
    ["/sums", { points: [[1, "2"]] }, ["points", 0, 1], '"2"'],
    ["/sums", { points: [[1, 2]], weights: [1, 2] }, ["weights"], 'Dimension "n" is 2'],
    ["/sums", {}, ["points"], ""],
    ["/next", [0.5], [0], "0.5"],
    ["/ages", { people: [{ born: "yesterday" }] }, ["people", 0, "born"], '"yesterday"'],
    ["/measure", { data: "????" }, ["data"], ""],
    ["/describe", { kind: "picture", data: "data:image/png;base64,AAAA" }, ["data"], "no image"],
    ["/describe", { kind: "text", data: "data:text/plain,hello hello" }, ["data"], "10 bytes"],
    ["/describe", { kind: "text", data: "data:application/zip;base64,AAAA" }, ["data"], "application/zip"],
    ["/describe", { kind: "text", data: "http://127.0.0.1/x" }, ["data"], "URL"],
  ])("%s refuses %j, and says where", async (route, body, path, message) => {
    expect(await ask(route, body)).toMatchObject({
      status: 400,
      code: "BENTO_INPUT_INVALID",
      detail: [{ loc: path, msg: expect.stringContaining(message) as string }],
    });
  });

  test("an output that is of another shape than it should be is the service's fault", async () => {
    expect(await ask("/wrong", [[1, 2, 3]])).toEqual([[1, 2, 3]]);
    expect(await ask("/wrong", [[1, 2]])).toMatchObject({ status: 500 });
  });

  test("the calls of several callers are joined along the first dimension of their tensors", async () => {
    const answers = await Promise.all([
      ask("/scaled", { x: [[1, 2]], scale: 2 }),
      ask("/scaled", {
        x: [
          [3, 4],
          [5, 6],
        ],
        scale: 2,
      }),
      ask("/scaled", { x: [[7, 8]], scale: 2 }),
      ask("/scaled", { x: [[7, 8]], scale: 3 }),
    ]);
    expect(answers).toEqual([
      [[2, 4]],
      [
        [6, 8],
        [10, 12],
      ],
      [[14, 16]],
      [[21, 24]],
    ]);
    expect(await ask("/scaled", { x: Array.from({ length: 9 }, () => [1, 1]), scale: 2 })).toHaveLength(9);
  });

  test("the schema tells of each", async () => {
    const { routes } = (await (await app.request("/schema.json")).json()) as { routes: { name: string; input: object; output: object }[] };
    const sums = routes.find(({ name }) => name === "sums");
    expect(sums).toMatchObject({
      input: {
        properties: {
          points: { type: "tensor", format: "numpy-array", dtype: "float32", shape: [-1, 2], "x-bento-shape": ["n", 2] },
          weights: { type: "tensor", dtype: "float64" },
        },
        required: ["points"],
      },
    });
  });
});

test("a service without decorators has kinds just so, and its handlers are called with them", async () => {
  const Defined = defineService({
    name: "Defined",
    apis: {
      mean: api({ input: tensor("float64"), output: z.number() }, (x) => x.data.reduce((sum, each) => sum + each, 0) / x.size),
      look: api({ input: z.object({ i: image() }), output: z.number() }, ({ i }) => (i satisfies BentoImage).width),
      count: api({ input: dataframe(), output: z.number() }, (frame) => frame.length),
    },
  });
  await using app = await createApp(Defined);
  const client = app.client();
  expect(
    await client.mean([
      [1, 2],
      [3, 6],
    ]),
  ).toBe(3);
  expect(await client.mean(Tensor.from([1, 3]))).toBe(2);
  expect(await client.count(DataFrame.fromRecords([{ a: 1 }, { a: 2 }]))).toBe(2);
  const picture = BentoFile.from(Buffer.from(png.slice(png.indexOf(",") + 1), "base64"));
  expect(await client.look({ i: picture })).toBe(3);
});

test("a typed client gets tensors and tables", async () => {
  await using app = await createApp(Zoo);
  const client = app.client();
  const next = await client.next([1n, 2n]);
  expect(Tensor.isTensor(next) && next.data).toEqual(BigInt64Array.of(2n, 3n));
  const ages = await client.ages({ people: [{ name: "Ada", born: new Date("1815-12-10") }], year: 1852 });
  expect(DataFrame.isDataFrame(ages) && ages.records()).toEqual([{ name: "Ada", age: 37 }]);
});

describe("kinds that come out", () => {
  let app: BentoApp<Sender>;
  beforeAll(async () => {
    app = await createApp(Sender);
  });
  afterAll(() => app.close());

  const post = (path: string, body: BodyInit = "") =>
    app.request(path, { method: "POST", body, headers: { "content-type": "application/octet-stream" } });

  test("within JSON, as text", async () => {
    const answer = await app.request("/within", { method: "POST", body: "é", headers: { "content-type": "text/plain" } });
    expect(await answer.json()).toEqual({
      data: "w6k=",
      text: "é",
      list: ["data:text/plain;name=a.txt;base64,w6k=", "data:application/octet-stream;base64,w6k="],
      table: { a: [1, 2] },
    });
  });

  test("bytes as they are", async () => {
    const answer = await post("/raw", Uint8Array.of(1, 2, 255));
    expect(answer.headers.get("content-type")).toBe("application/octet-stream");
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(Uint8Array.of(255, 2, 1));
  });

  test("an image with its type and name", async () => {
    const content = Buffer.from(png.slice(png.indexOf(",") + 1), "base64");
    const answer = await post("/picture", content);
    expect(answer.headers.get("content-type")).toBe("image/png");
    expect(answer.headers.get("content-disposition")).toBe(
      `inline; filename="gr__e _1_.png"; filename*=utf-8''gr%C3%B6%C3%9Fe%20%221%22.png`,
    );
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(content);
  });

  test("a large file as it is read", async () => {
    const answer = await post("/large");
    expect(answer.headers.get("content-length")).toBeNull();
    expect((await answer.arrayBuffer()).byteLength).toBe(3_000_004);
  });

  test("none where there is none", async () => {
    expect((await post("/none")).status).toBe(204);
  });

  test("and a typed client has them as what they were", async () => {
    const client = app.client();
    const sent = await client.within("abc");
    expect(sent.data).toEqual(new TextEncoder().encode("abc"));
    expect(sent.text).toEqual(new TextEncoder().encode("abc"));
    expect(await sent.list[0]?.text()).toBe("abc");
    expect(sent.table.records()).toEqual([{ a: 1 }, { a: 2 }]);
    expect(await client.raw(Uint8Array.of(1, 2))).toEqual(Uint8Array.of(2, 1));
    const picture = await client.picture(Buffer.from(png.slice(png.indexOf(",") + 1), "base64"));
    expect(picture).toMatchObject({ format: "png", width: 3, name: 'größe "1".png' });
  });
});
