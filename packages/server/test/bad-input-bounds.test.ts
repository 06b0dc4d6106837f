import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import { afterAll, beforeAll, expect, test } from "vitest";

import { expectRefusal } from "./bad-input-check.js";
import { type BadCase, onePart, post } from "./bad-input-requests.js";
import { runProgram } from "./program.js";

const json = "application/json";
const safetensorsType = "application/x-safetensors";
const megabyte = 1 << 20;

/** The heap of the server, in megabytes: what is out of proportion ends it. */
const heap = 512;
/** What the server may ever take, beyond what it takes for nothing: its heap, and bodies of up to a hundred megabytes. */
const mostMemory = 900 * megabyte;

type Refusal = Pick<BadCase, "status" | "code" | "says" | "at">;

const tooLarge = (says: string): Refusal => ({ status: 413, code: "BENTO_PAYLOAD_TOO_LARGE", says });
const badRequest = (says: string): Refusal => ({ status: 400, code: "BENTO_BAD_REQUEST", says });
const invalid = (issue: string, ...at: readonly (string | number)[]): Refusal => ({
  status: 400,
  code: "BENTO_INPUT_INVALID",
  says: issue,
  at,
});

/** A gigabyte of one byte, in a megabyte or less. */
const gigabyte = Buffer.alloc(1024 * megabyte, "[");
const bombs = {
  gzip: gzipSync(gigabyte, { level: 1 }),
  br: brotliCompressSync(gigabyte, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
};
const part = '--b\r\nContent-Disposition: form-data; name="x"; filename="x"\r\n\r\n';

const field = (text: string): string => `--b\r\nContent-Disposition: form-data; name="y"\r\n\r\n${text}\r\n`;

function pngHead(width: number, height: number): Uint8Array {
  const head = Buffer.from("89504e470d0a1a0a0000000d49484452000000000000000008020000000000000000", "hex");
  head.writeUInt32BE(width, 16);
  head.writeUInt32BE(height, 20);
  return head;
}

function safetensors(header: string, claimed = BigInt(header.length)): Uint8Array {
  const bytes = Buffer.alloc(8 + header.length, header, "latin1");
  bytes.copyWithin(8, 0, header.length);
  bytes.writeBigUInt64LE(claimed);
  return bytes;
}

const cases: readonly (readonly [what: string, path: string, init: () => RequestInit, refusal: Refusal])[] = [
  ["a bomb in gzip for JSON", "/float32", () => post(json, bombs.gzip, { "content-encoding": "gzip" }), tooLarge("larger than")],
  ["a bomb in brotli for JSON", "/float32", () => post(json, bombs.br, { "content-encoding": "br" }), tooLarge("larger than")],
  ["a bomb for a file", "/root-image", () => post("image/png", bombs.gzip, { "content-encoding": "gzip" }), tooLarge("larger than")],
  ["a bomb for tensors", "/float32", () => post(safetensorsType, bombs.br, { "content-encoding": "br" }), tooLarge("larger than")],
  ["four gigapixels", "/root-image", () => post("image/png", pngHead(65_535, 65_535)), invalid("too_big")],
  ["four gigapixels in a form", "/image", () => onePart(pngHead(65_535, 65_535), '; filename="x.png"'), invalid("too_big", "x")],
  [
    "eleven megabytes of fields",
    "/file",
    () => post("multipart/form-data; boundary=b", `${field("[".repeat(megabyte)).repeat(11)}--b--`),
    tooLarge("10485760 bytes"),
  ],
  ["a hundred thousand parts", "/file", () => post("multipart/form-data; boundary=b", part.repeat(100_000)), tooLarge("1000 parts")],
  ["a million fields", "/date", () => post("application/x-www-form-urlencoded", "x&".repeat(megabyte)), tooLarge("1000 parts")],
  [
    "ten megabytes of depth",
    "/root-float32",
    () => post(json, "[".repeat(4_999_999) + "]".repeat(4_999_999)),
    invalid("too_big", ...Array.from({ length: 32 }, () => 0)),
  ],
  ["a hundred megabytes of depth", "/anything", () => post(json, "[".repeat(100_000_000)), tooLarge("5000000 lists and objects")],
  [
    "a line of eleven megabytes of depth",
    "/lines",
    () => post("application/jsonl", "[".repeat(11_000_000)),
    tooLarge("5000000 lists and objects"),
  ],
  [
    "JSON that is none behind a text of fifty megabytes",
    "/date",
    () => post(json, `{"x":"${"x".repeat(50_000_000)}",}`),
    badRequest("column 50000009"),
  ],
  ["fifty million lines of no JSON", "/date", () => post(json, `${"\n".repeat(50_000_000)}x`), badRequest("line 50000001")],
  ["thirty million objects", "/anything", () => post(json, `[${"{},".repeat(30_000_000)}{}]`), tooLarge("5000000 lists and objects")],
  ["a million wrong items", "/list", () => post(json, `[["a",${'"",'.repeat(1_000_000)}""]]`), invalid("invalid_type", 0, 0)],
  ["a million lists in place of numbers", "/list", () => post(json, `[[[]${",[]".repeat(1_000_000)}]]`), invalid("invalid_type", 0, 0)],
  [
    "a hundred thousand unknown keys",
    "/strict",
    () => post(json, `{${Array.from({ length: 100_000 }, (_, i) => `"k${i}":0`).join(",")}}`),
    invalid("unrecognized_keys"),
  ],
  [
    "a key of a megabyte",
    "/root-table",
    () => post(json, `{"${"k".repeat(megabyte)}":1}`),
    invalid("invalid_dataframe", `${"k".repeat(500)}…`),
  ],
  [
    "a million rows of another kind",
    "/table",
    () => post(json, `{"x":[{"n":"a"}${',{"n":"a"}'.repeat(1_000_000)}]}`),
    invalid("invalid_type", "x", 0, "n"),
  ],
  [
    "a shape of a million in eight bytes",
    "/float32",
    () => post(safetensorsType, safetensors('{"x":{"dtype":"F32","shape":[1000000,2],"data_offsets":[0,8]}}')),
    badRequest('tensor "x"'),
  ],
  [
    "a header of 100 MB that is not there",
    "/float32",
    () => post(safetensorsType, safetensors("{}", 100_000_000n)),
    badRequest("100000000 bytes"),
  ],
  ["a header of 90 MB", "/float32", () => post(safetensorsType, safetensors(`{"x":${"[".repeat(90_000_000)}`)), badRequest('tensor "x"')],
  [
    "JSON of 90 MB beside tensors",
    "/float32",
    () => post(safetensorsType, safetensors(`{"__metadata__":{"json":"${"[".repeat(90_000_000)}"}}`)),
    tooLarge("5000000 lists and objects"),
  ],
  [
    "metadata of 2 GB in an Arrow stream",
    "/table",
    () => post("application/vnd.apache.arrow.stream", Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 127)),
    badRequest("2147483647 bytes"),
  ],
  [
    "a megabyte of dashes after a boundary",
    "/file",
    () => post("multipart/form-data; boundary=b", `--b${"-".repeat(megabyte)}`),
    badRequest("is followed by"),
  ],
];

let program: ReturnType<typeof runProgram>;
let url: string;
let before: number;

/** The most memory that the server ever took, in bytes. */
async function memory(): Promise<number> {
  program.child.send("memory");
  return Number(await program.said());
}

beforeAll(async () => {
  program = runProgram(fileURLToPath(new URL("fixtures/", import.meta.url)), "serve-bad-input.mjs", {
    execArgv: [`--max-old-space-size=${heap}`],
  });
  url = await program.said();
  before = await memory();
});
afterAll(() => program[Symbol.asyncDispose]());

test.each(cases)("%s: told in a few words, in bounded memory", async (what, path, init, refusal) => {
  await expectRefusal(await fetch(url + path, init()), { what, path, init: {}, ...refusal });
  expect((await memory()) - before).toBeLessThan(mostMemory);
});

test("while a bomb goes off, others are answered", async () => {
  const answered: number[] = [];
  const end = new AbortController();
  const bomb = fetch(`${url}/root-file`, post("text/plain", bombs.gzip, { "content-encoding": "gzip" })).finally(() => end.abort());
  while (!end.signal.aborted) answered.push((await fetch(`${url}/still`, { method: "POST" })).status);
  expect((await bomb).status).toBe(413);
  expect(answered.length).toBeGreaterThan(3);
  expect(new Set(answered)).toEqual(new Set([200]));
});
