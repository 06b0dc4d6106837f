import { BentoFile, BentoImage, DataFrame, Tensor } from "@bento/core";
import { discover, type UntypedClient } from "@bento/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PythonService, startPythonService } from "./support/python-service.js";

let server: PythonService;
let client: UntypedClient;
beforeAll(async () => {
  server = await startPythonService("kinds:Kinds");
  client = await discover(server.url);
  await client.waitUntilReady();
});
afterAll(() => server[Symbol.asyncDispose]());

/** 2 x 3 pixels. */
const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAIAAAADCAIAAAA2iEnWAAAAEUlEQVR4nGP4z8AARAwQCgAf7gP9i18U1AAAAABJRU5ErkJggg==", "base64");
const text = new TextEncoder().encode("hello");

/** Tensors and tables as plain data, to compare. */
function plain(value: unknown): unknown {
  if (Tensor.isTensor(value)) return { dtype: value.dtype, shape: value.shape, data: [...value.data] };
  return DataFrame.isDataFrame(value) ? value.records() : value;
}

const photo = () => new File([png], "photo.png", { type: "image/png" });
const note = () => BentoFile.from(text, { name: 'über "alles".md' });

describe("our client calls a real Python service with every kind", () => {
  test.each<[string, string, () => unknown, unknown]>([
    ["a file as the whole input", "size", note, 5],
    ["a stream as the whole input", "size", () => new Blob([text]).stream(), 5],
    ["files among arguments", "suffixes", () => ({ files: [note(), photo()], extra: 1 }), [".md:6", `.png:${png.byteLength + 1}`]],
    ["a stream among arguments", "suffixes", () => ({ files: [new Blob([text]).stream()] }), [":5"]],
    ["a file of the right type", "is_pdf", () => ({ doc: new File(["%PDF"], "a.pdf", { type: "application/pdf" }) }), true],
    ["an image", "optional_image", () => ({ note: "a", img: photo() }), "a:2"],
    ["no image", "optional_image", () => ({ note: "a" }), "a:none"],
    [
      "a tensor",
      "scale",
      () => ({ m: new Tensor("float32", [2, 2], new Float32Array([1, 2, 3, Number.NaN])) }),
      { dtype: "float32", shape: [2, 2], data: [2, 4, 6, Number.NaN] },
    ],
    [
      "a typed array",
      "scale",
      () => ({ m: new Float32Array([1, 2, 3, 4]), by: 3 }),
      { dtype: "float32", shape: [2, 2], data: [3, 6, 9, 12] },
    ],
    ["a list of tensors", "many", () => ({ parts: [new Float64Array([1]), [2.5]] }), { dtype: "float64", shape: [2], data: [1, 2.5] }],
    ["large integers", "largest", () => ({ ints: new BigInt64Array([1n, 2n ** 62n + 1n]) }), "4611686018427387905"],
    ["a table", "double_rows", () => ({ df: DataFrame.fromRecords([{ a: 1, b: 2 }]) }), [{ a: 2, b: 4 }]],
    [
      "a table of columns",
      "by_column",
      () => ({ df: { a: new Float64Array([1, 2]), b: [3, 4] } }),
      [
        { a: 2, b: 4 },
        { a: 3, b: 5 },
      ],
    ],
    ["bytes", "raw", () => text, new TextEncoder().encode("hello!")],
  ])("%s", async (_about, endpoint, input, answer) => {
    expect(plain(await client.call(endpoint, input()))).toEqual(answer);
  });

  test("a file of another type names its argument", async () => {
    const doc = new File(["no"], "a.txt", { type: "text/plain" });
    await expect(client.call("is_pdf", { doc })).rejects.toMatchObject({ code: "BENTO_INPUT_INVALID", issues: [{ path: ["doc"] }] });
  });

  test("files and images that it answers have their name, type and size", async () => {
    const upper = await client.call("upper", { file: note() });
    if (!BentoFile.isFile(upper)) throw new Error("no file");
    expect([upper.name, upper.type, await upper.text()]).toEqual(["upper é.txt", "text/plain; charset=utf-8", "HELLO"]);
    const mirrored = await client.call("mirror", { img: photo() });
    if (!BentoImage.isImage(mirrored)) throw new Error("no image");
    expect([mirrored.format, mirrored.width, mirrored.height]).toEqual(["png", 2, 3]);
  });

  test("a stream of bytes", async () => {
    const blocks: Uint8Array[] = [];
    for await (const block of client.call("blocks", { n: 2 })) blocks.push(block as Uint8Array);
    expect(Buffer.concat(blocks)).toEqual(Buffer.from([0, 255, 1, 254]));
  });
});
