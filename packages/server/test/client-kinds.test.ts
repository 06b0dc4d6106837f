import { createClient } from "@bento/client";
import { api, type Args, BentoFile, BentoImage, DataFrame, type Returns, service, Tensor } from "@bento/sdk";
import { bytes, dataframe, file, image, tensor } from "@bento/sdk/kinds";
import { describe, expect, test } from "vitest";
import { z } from "zod";

import { createApp, serve } from "../src/index.js";
import { LineLogger } from "./doors.js";

const Documents = z.object({ docs: z.array(file()), cover: image().nullish(), top: z.number().default(1), at: z.date().optional() });
const Points = z.object({ m: tensor("float32", ["n", 2]), by: z.number().default(1) });
const Matrix = tensor("float32", ["n", 2]);
const Table = z.object({ rows: dataframe({ name: "string", at: "date" }) });
const Ages = dataframe({ name: "string", n: "bigint" });
const Root = file();
const Sealed = z.object({ secret: bytes(), scan: z.object({ page: file("text/plain") }) });
const Opened = z.object({ secret: z.array(z.number()), text: z.string() });
const Bytes = bytes();
const Photo = z.object({ photo: image() });
const Size = z.tuple([z.number(), z.number(), z.string()]);

@service()
class Every {
  @api({ input: Documents, output: z.string() })
  async list({ docs, cover, top, at }: Args<typeof Documents>) {
    const names = await Promise.all(docs.map(async (doc) => `${doc.name ?? "?"}:${doc.type}:${(await doc.text()).length}`));
    return [...names, cover ? `${cover.width}x${cover.height}` : "none", top, at?.getTime() ?? "never"].join(" ");
  }

  @api({ input: Root, output: z.number() })
  async size(whole: Args<typeof Root>) {
    return (await whole.bytes()).byteLength;
  }

  @api({ input: Points, output: Matrix })
  async scale({ m, by }: Args<typeof Points>): Promise<Returns<typeof Matrix>> {
    return new Tensor(
      "float32",
      m.shape,
      m.data.map((value) => value * by),
    );
  }

  @api({ input: Table, output: Ages })
  async ages({ rows }: Args<typeof Table>): Promise<Returns<typeof Ages>> {
    return rows.records().map(({ name, at }) => ({ name, n: at === null ? null : BigInt(at.getUTCFullYear()) }));
  }

  @api({ input: Sealed, output: Opened })
  async open({ secret, scan }: Args<typeof Sealed>): Promise<Returns<typeof Opened>> {
    return { secret: [...secret], text: await scan.page.text() };
  }

  @api({ input: Bytes, output: z.array(z.number()) })
  async reversed(data: Args<typeof Bytes>) {
    return Array.from(data.toReversed());
  }

  @api({ input: Photo, output: Size })
  async measure({ photo }: Args<typeof Photo>): Promise<Returns<typeof Size>> {
    return [photo.width, photo.height, photo.format];
  }
}

const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAIAAAADCAIAAAA2iEnWAAAAEUlEQVR4nGP4z8AARAwQCgAf7gP9i18U1AAAAABJRU5ErkJggg==", "base64");

async function overSocket() {
  const server = await serve(Every, { port: 0, logger: new LineLogger(), handleSignals: false });
  return { client: createClient<Every>(server.url), close: () => server.close() };
}

async function inProcess() {
  const app = await createApp(Every);
  return { client: app.client(), close: () => app.close() };
}

describe.each([
  ["over a socket", overSocket],
  ["in process", inProcess],
])("the typed client and a service of every kind, %s", (_name, open) => {
  test("files, with other arguments or as the whole input", async () => {
    const { client, close } = await open();
    const large = "x".repeat(2_500_000);
    const docs = [
      new File(["one"], "a b.txt", { type: "text/plain" }),
      new Blob([large]).stream(),
      BentoFile.from(new Uint8Array(5), { name: "ü.pdf" }),
    ];
    expect(await client.list({ docs, cover: new Blob([png], { type: "image/png" }), at: new Date(7) })).toBe(
      "a b.txt:text/plain:3 blob:application/octet-stream:2500000 ü.pdf:application/pdf:5 2x3 1 7",
    );
    expect(await client.list({ docs: [new Blob(["12"])], top: 3 })).toBe("blob:application/octet-stream:2 none 3 never");
    expect(await client.list({ docs: [] })).toBe("none 1 never");
    expect(await client.size(new Blob([large]))).toBe(2_500_000);
    expect(await client.size(BentoFile.from(new TextEncoder().encode("hey"), { name: "ü 'x'.txt" }))).toBe(3);
    expect(await client.measure({ photo: await BentoImage.from(new Blob([png])) })).toEqual([2, 3, "png"]);
    await expect(client.measure({ photo: new Blob(["no image"]) })).rejects.toMatchObject({
      code: "BENTO_INPUT_INVALID",
      issues: [{ path: ["photo"] }],
    });
    await close();
  });

  test("tensors and tables", async () => {
    const { client, close } = await open();
    for (const m of [
      new Tensor("float32", [2, 2], new Float32Array([1, 2, 3, 4])),
      new Float32Array([1, 2, 3, 4]),
      [
        [1, 2],
        [3, 4],
      ],
    ]) {
      const scaled = await client.scale({ m, by: 2 });
      expect([scaled.dtype, scaled.shape, [...scaled.data]]).toEqual(["float32", [2, 2], [2, 4, 6, 8]]);
    }
    await expect(client.scale({ m: [[1, 2, 3]] })).rejects.toMatchObject({ code: "BENTO_INPUT_INVALID" });
    const ages = await client.ages({
      rows: DataFrame.fromRecords([
        { name: "a", at: new Date("2026-01-02") },
        { name: "b", at: null },
      ]),
    });
    expect(ages.records()).toEqual([
      { name: "a", n: 2026n },
      { name: "b", n: null },
    ]);
    await close();
  });

  test("bytes, and files further inside", async () => {
    const { client, close } = await open();
    const secret = new Uint8Array([0, 255, 7]);
    const opened = await client.open({ secret, scan: { page: new File(["page"], "p.txt", { type: "text/plain" }) } });
    expect(opened).toEqual({ secret: [0, 255, 7], text: "page" });
    expect(await client.reversed(secret)).toEqual([7, 255, 0]);
    await close();
  });
});
