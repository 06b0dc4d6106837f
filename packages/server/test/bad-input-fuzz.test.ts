import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";

import { DataFrame, encodeTensorBody, Tensor } from "@bento/core";
import { arrowType, encodeArrowTable, encodeArrowTensors } from "@bento/core/arrow";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";

import { type BentoApp, createApp } from "../src/index.js";
import { onePart } from "./bad-input-requests.js";
import { LineLogger } from "./doors.js";
import { BadInput } from "./fixtures/bad-input-service.mjs";
import { encodePng } from "./tiny-png.js";

/** Of each seed. */
const numRuns = 150;

/** A request that is right. */
interface Seed {
  readonly path: string;
  readonly type: string;
  readonly body: Uint8Array;
}

const json = (path: string, value: unknown): Seed => ({ path, type: "application/json", body: Buffer.from(JSON.stringify(value)) });
const png = encodePng({ width: 2, height: 2, rgb: new Uint8Array(12) });
const floats = Tensor.from([[1, 2]], "float32");
const frame = DataFrame.fromRecords([{ n: 1, s: "a", b: true, i: 1n, d: new Date(0) }]);
const safetensors = Buffer.concat(encodeTensorBody({ x: floats }));
const formType = "multipart/form-data; boundary=b";

function part(path: string, content: Uint8Array, type: string): Seed {
  const { body } = onePart(content, `; filename="a.bin"\r\nContent-Type: ${type}`);
  return { path, type: formType, body: body as Uint8Array };
}

const seeds: Readonly<Record<string, Seed>> = {
  "tensors in JSON": json("/float32", { x: [[1, 2]] }),
  "64-bit integers in JSON": json("/root-int64", [[1, "9007199254740993"]]),
  "truths in JSON": json("/bool", { x: [[true, false]] }),
  "two tensors in JSON": json("/pair", { points: [[1, 2]], weights: [1] }),
  "a table in JSON": json("/table", { x: [{ n: 1, s: "a", b: true, i: "1", d: "1970-01-01" }] }),
  "columns in JSON": json("/root-table", { n: [1, null], s: ["a", "b"] }),
  "an image in JSON": json("/image", { x: `data:image/png;name=a.png;base64,${Buffer.from(png).toString("base64")}` }),
  "bytes in JSON": json("/bytes", { x: "AAEC/w==" }),
  "a union in JSON": json("/chosen", { x: { kind: "numbers", value: [1, 2, 3, 4] } }),
  "dates deep in JSON": json("/nested", { x: { list: [{ at: "2020-01-01T00:00:00Z", points: [1, 2] }, { at: null }] } }),
  "a bigint in JSON": json("/bigint", { x: "123456789012345678901234567890" }),
  "a date as the body": { path: "/root-date", type: "text/plain", body: Buffer.from("2020-01-01T00:00:00Z") },
  "tensors in safetensors": { path: "/float32", type: "application/x-safetensors", body: safetensors },
  "a tensor in safetensors": { path: "/root-float32", type: "application/x-safetensors", body: safetensors },
  "tensors in Arrow": { path: "/float32", type: arrowType, body: Buffer.concat(encodeArrowTensors({ x: floats })) },
  "a table in Arrow": { path: "/root-table", type: arrowType, body: encodeArrowTable(frame) },
  "an image as the body": { path: "/root-image", type: "image/png", body: png },
  "a file as the body": { path: "/root-file", type: "text/plain", body: Buffer.from("text") },
  "an image in a form": part("/image", png, "image/png"),
  "safetensors in a form": part("/float32", safetensors, "application/x-safetensors"),
  "Arrow in a form": part("/table", encodeArrowTable(frame), arrowType),
  "fields of a form": { path: "/table", type: formType, body: onePart('[{"n":1,"d":"1970-01-01"}]').body as Uint8Array },
  "urlencoded fields": {
    path: "/nested",
    type: "application/x-www-form-urlencoded",
    body: Buffer.from("x=%7B%22list%22%3A%5B%5D%7D&note=a+b"),
  },
  "lines of JSON": { path: "/lines", type: "application/jsonl", body: Buffer.from('{"n":1}\n\n{"n":2}\r\n{"n":3}') },
  "a stream of bytes": { path: "/stream", type: "application/octet-stream", body: Buffer.from("some bytes") },
};

/** A change of some bytes: most of what matters is a number, a bracket, a quote, or where something ends. */
const change = fc.record({
  at: fc.nat(),
  what: fc.constantFrom("drop", "insert", "replace", "repeat", "cut"),
  bytes: fc.oneof(
    fc
      .constantFrom("[", "]", "{", "}", '"', "\\", ",", ":", "null", "NaN", "-", "1e999", "\0", "\r\n", "--b", "%", "__proto__")
      .map((text) => Buffer.from(text)),
    fc
      .constantFrom([0xff], [0xff, 0xff, 0xff, 0xff], [0, 0, 0, 0x80], [0x7f, 0xff, 0xff, 0xff], [0xed, 0xa0, 0x80])
      .map((list) => Buffer.from(list)),
    fc.uint8Array({ minLength: 1, maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
  ),
});
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function changed(seed: Uint8Array, changes: readonly Change[]): Uint8Array {
  let bytes = Buffer.from(seed);
  for (const { at, what, bytes: more } of changes) {
    const here = at % (bytes.length + 1);
    const before = bytes.subarray(0, here);
    const after = bytes.subarray(what === "drop" || what === "replace" ? here + more.length : here);
    bytes = Buffer.concat(
      what === "cut" ? [before] : what === "drop" ? [before, after] : what === "repeat" ? [before, before, after] : [before, more, after],
    );
  }
  return bytes;
}

const encoders = { identity: (bytes: Uint8Array) => bytes, gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync } as const;
const packing = fc.record({ encoding: fc.constantFrom(...(Object.keys(encoders) as (keyof typeof encoders)[])), isBroken: fc.boolean() });

const logger = new LineLogger();
let app: BentoApp;
beforeAll(async () => {
  app = await createApp(BadInput, { logger });
});
afterAll(() => app.close());

/** Files of requests that are still on disk. */
function spooled(): string[] {
  const own = readdirSync(tmpdir()).filter((name) => name.startsWith("bento-uploads-") && name.includes(`-${process.pid}-`));
  return own.flatMap((name) => readdirSync(join(tmpdir(), name)));
}

async function send({ path, type }: Seed, body: Uint8Array, encoding: string): Promise<Response> {
  const headers = { "content-type": type, ...(encoding !== "identity" && { "content-encoding": encoding }) };
  return app.request(path, { method: "POST", headers, body: new Uint8Array(body) });
}

test.each(Object.entries(seeds))("%s: right as it is; changed it is taken or told, and is never the service's fault", async (_, seed) => {
  expect([(await send(seed, seed.body, "identity")).status, logger.lines]).toEqual([200, []]);
  // What begins as JSON does is no form, whatever its type says.
  const isFields = seed.type === "application/x-www-form-urlencoded";
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { maxLength: 4 }),
      packing,
      fc.array(change, { maxLength: 2 }),
      async (changes, { encoding, isBroken }, breaks) => {
        const packed = encoders[encoding](changed(seed.body, changes));
        const answer = await send(seed, isBroken ? changed(packed, breaks) : packed, encoding);
        const text = await answer.text();
        expect(isFields ? [200, 400, 413, 415] : [200, 400, 413]).toContain(answer.status);
        expect(text.length).toBeLessThan(20_000);
        if (answer.status === 415) expect(text).toContain("The body is JSON, but its content type says that it is a form.");
        else if (answer.status !== 200)
          expect(JSON.stringify(JSON.parse(text))).toMatch(/BENTO_(BAD_REQUEST|INPUT_INVALID|PAYLOAD_TOO_LARGE)/);
        expect(logger.lines).toEqual([]);
      },
    ),
    { numRuns },
  );
  await expect.poll(spooled, { timeout: 20_000 }).toEqual([]);
});

test("whatever types and encodings are said to be", async () => {
  const words = fc.constantFrom(
    "application/json",
    "multipart/form-data",
    "boundary=",
    "b",
    '"',
    ";",
    "=",
    "charset=",
    "utf-8",
    "application/x-safetensors",
    arrowType,
    "/",
    "\\",
    ",",
    "*",
    "\t",
    "é",
  );
  const header = fc.array(words, { maxLength: 6 }).map((list) => list.join(""));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.values(seeds)),
      header,
      fc.oneof(fc.constant("identity"), header),
      async (seed, type, encoding) => {
        const answer = await send({ ...seed, type }, seed.body, encoding);
        expect([200, 400, 413, 415]).toContain(answer.status);
        await answer.text();
        expect(logger.lines).toEqual([]);
      },
    ),
    { numRuns: 3 * numRuns },
  );
});
