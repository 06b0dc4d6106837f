import {
  BentoFile,
  DataFrame,
  decodeTensorBody,
  encodeTensorBody,
  endEvent,
  eventStreamType,
  itemEvent,
  safetensorsType,
  Tensor,
} from "@bento/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createClient, type ServiceDocument } from "../src/index.js";
import { tensorsType } from "../src/wire-kinds.js";
import { listenBytes } from "./byte-server.js";
import type { Kinds } from "./kinds.js";
import { kindsSchema } from "./kinds.js";

const safetensors = "application/x-safetensors";
const accepting: ServiceDocument = { ...kindsSchema, accepts: ["application/json", safetensors] };

function client(url: string, schema = kindsSchema) {
  return createClient<Kinds>(url, { schema });
}

/** Answers with a tensor: twice what came, in the form it came in. */
function doubling() {
  return listenBytes(({ headers, body }, response) => {
    const double = (m: Tensor<"float32">) =>
      new Tensor(
        "float32",
        m.shape,
        m.data.map((x) => x * 2),
      );
    if (headers["content-type"] === safetensors) {
      const value = decodeTensorBody(body) as Tensor<"float32"> | { m: Tensor<"float32"> };
      response.setHeader("content-type", safetensors);
      return response.end(Buffer.concat(encodeTensorBody({ out: double(Tensor.isTensor(value) ? value : value.m) })));
    }
    const value = JSON.parse(body.toString()) as number[][] | { m: number[][] };
    const m = Array.isArray(value) ? value : value.m;
    return response.setHeader("content-type", "application/json").end(JSON.stringify(m.map((row) => row.map((x) => x * 2))));
  });
}

test.each([
  ["a service that takes only JSON", kindsSchema, "application/json"],
  ["a service that takes safetensors", accepting, safetensors],
])("%s gets tensors so", async (_name, schema, type) => {
  await using server = await doubling();
  const m = new Tensor("float32", [2, 2], new Float32Array([1, 2, 3, 4.5]));
  for (const call of [
    () => client(server.url, schema).scale({ m, by: 2, at: new Date(0) }),
    () => client(server.url, schema).scale({ m: m.data }),
    () => client(server.url, schema).double(m),
  ]) {
    const doubled = await call();
    expect(Tensor.isTensor(doubled)).toBe(true);
    expect([doubled.dtype, doubled.shape, [...doubled.data]]).toEqual(["float32", [2, 2], [2, 4, 6, 9]]);
    expect(server.seen.at(-1)?.headers["content-type"]).toBe(type);
  }
  expect(server.seen[0]?.headers.accept?.startsWith(safetensors)).toBe(schema === accepting);
});

test("lists stay JSON, which any service takes", async () => {
  await using server = await doubling();
  const doubled = await client(server.url, accepting).scale({ m: [[1, 2]] });
  expect([doubled.shape, [...doubled.data]]).toEqual([
    [1, 2],
    [2, 4],
  ]);
  expect(server.seen[0]?.headers["content-type"]).toBe("application/json");
});

test("any tensor comes through, by either way", async () => {
  await using server = await doubling();
  const floats = fc.array(fc.tuple(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: -1000, max: 1000 })), {
    minLength: 1,
    maxLength: 20,
  });
  await fc.assert(
    fc.asyncProperty(floats, fc.boolean(), async (rows, isBinary) => {
      const m = Tensor.from(rows, "float32");
      const doubled = await client(server.url, isBinary ? accepting : kindsSchema).double(m);
      expect(doubled.toArray()).toEqual(rows.map((row) => row.map((x) => x * 2)));
    }),
    { numRuns: 40 },
  );
});

test("null is a number that JSON lacks, and what is no tensor stays as it came", async () => {
  const answers = ["[[1,null]]", '[["x"]]', "null"];
  await using server = await listenBytes((_seen, response) => response.end(answers.shift()));
  const m = new Float32Array([1, 2]);
  expect([...(await client(server.url).double(m)).data]).toEqual([1, Number.NaN]);
  expect(await client(server.url).double(m)).toEqual([["x"]]);
  expect(await client(server.url).double(m)).toBeNull();
});

test("tensors that cannot be read are the service's failure", async () => {
  await using server = await listenBytes((_seen, response) => response.setHeader("content-type", safetensors).end("lies"));
  await expect(client(server.url, accepting).double(new Float32Array([1, 2]))).rejects.toMatchObject({ code: "BENTO_REMOTE_FAILED" });
});

test("tensors of a stream are tensors", async () => {
  await using server = await listenBytes((_seen, response) =>
    response.writeHead(200, { "content-type": eventStreamType }).end(itemEvent([[1, 2]]) + itemEvent([[3, 4]]) + endEvent),
  );
  const rows = await client(server.url).rows();
  expect(rows.map((row) => [row.dtype, ...row.data])).toEqual([
    ["float32", 1, 2],
    ["float32", 3, 4],
  ]);
});

test("tables go as rows, and come back with their cells as their types say", async () => {
  await using server = await listenBytes(({ body }, response) => {
    const { rows } = JSON.parse(body.toString()) as { rows: { name: string }[] };
    response.end(JSON.stringify({ name: rows.map(({ name }) => name), at: ["2026-01-02T03:04:05Z", null], n: [1, "9007199254740993"] }));
  });
  for (const rows of [[{ name: "a" }, { name: "b" }], DataFrame.fromRecords([{ name: "a" }, { name: "b" }])]) {
    const table = await client(server.url).describe({ rows });
    expect(DataFrame.isDataFrame(table)).toBe(true);
    expect(table.records()).toEqual([
      { name: "a", at: new Date("2026-01-02T03:04:05Z"), n: 1n },
      { name: "b", at: null, n: 9007199254740993n },
    ]);
  }
});

test("bytes are the body where they are all, and base64 where they are not", async () => {
  await using server = await listenBytes(({ path, body }, response) =>
    path === "/reverse"
      ? response.end(body.toReversed())
      : response.end(JSON.stringify({ ...(JSON.parse(body.toString()) as object), n: "12" })),
  );
  const data = new Uint8Array([0, 255, 7]);
  expect(await client(server.url).reverse(data)).toEqual(new Uint8Array([7, 255, 0]));
  expect(await client(server.url).reverse(data.slice().buffer)).toEqual(new Uint8Array([7, 255, 0]));
  const sealed = await client(server.url).seal({ secret: data, text: new TextEncoder().encode("hé") });
  expect(sealed).toMatchObject({ secret: data, n: 12n });
  expect(JSON.parse(String(server.seen.at(-1)?.body))).toEqual({ secret: "AP8H", text: "hé" });
});

test("a stream of values goes out as lines, one of bytes as it is", async () => {
  await using server = await listenBytes(({ headers, body }, response) =>
    response.end(String(headers["content-type"] === "application/jsonl" ? body.toString().split("\n").length - 1 : body.byteLength)),
  );
  async function* items() {
    yield { n: 1 };
    yield { n: 2 };
  }
  expect(await client(server.url).feed(items())).toBe(2);
  expect(server.seen[0]).toMatchObject({ headers: { "transfer-encoding": "chunked" } });
  expect(String(server.seen[0]?.body)).toBe('{"n":1}\n{"n":2}\n');
  expect(await client(server.url).feed([{ n: 1 }])).toBe(1);
  async function* chunks() {
    yield new Uint8Array(3);
    yield new Uint8Array(4);
  }
  expect(await client(server.url).pour(chunks())).toBe(7);
  expect(await client(server.url).pour(BentoFile.from(new Uint8Array(9)))).toBe(9);
  await expect(client(server.url).feed(7 as never)).rejects.toMatchObject({ code: "BENTO_BAD_REQUEST" });
});

test("a value that holds itself is refused", async () => {
  const circular: Record<string, unknown> = { m: [[1, 2]] };
  circular["self"] = circular;
  await expect(client("http://localhost:1").scale(circular as never)).rejects.toMatchObject({ code: "BENTO_BAD_REQUEST" });
});

test("the type of tensors is core's", () => {
  expect(tensorsType).toBe(safetensorsType);
});
