import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { BentoFile, DataFrame, Tensor } from "@bento/core";
import { api, defineService, fileFromPath } from "@bento/sdk";
import { bytes, dataframe, file, image, pdf, tensor } from "@bento/sdk/kinds";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";

import { type Door, doors, json, LineLogger, open } from "./doors.js";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const cycle: Record<string, unknown> = {};
cycle["self"] = cycle;

/** What an output is said to be, what the method returns, and where the first issue is. */
const wrong: Readonly<Record<string, readonly [kind: z.ZodType, value: () => unknown, at: readonly (string | number)[]]>> = {
  dtype: [tensor("float32", ["n"]), () => Tensor.from([1, 2], "float64"), []],
  shape: [tensor("float32", [2]), () => Tensor.from([1, 2, 3], "float32"), []],
  ragged: [z.object({ x: tensor("int8") }), () => ({ x: [[1, 2], [3]] }), ["x", 1]],
  range: [tensor("int8"), () => [1, 300], [1]],
  dimension: [
    z.object({ a: tensor("int8", ["n"]), b: tensor("int8", ["n"]) }),
    () => ({ a: new Int8Array(1), b: new Int8Array(2) }),
    ["b"],
  ],
  cell: [dataframe({ n: "number" }), () => DataFrame.fromRecords([{ n: 1 }, { n: "2" }]), [1, "n"]],
  table: [dataframe(), () => "no table", []],
  picture: [image(), () => text("no picture"), []],
  format: [image({ formats: ["jpeg"] }), () => Uint8Array.of(0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 1, 0, 1, 0, 0, 0, 0), []],
  size: [file("text/plain", { maxBytes: 3 }), () => BentoFile.from("four", { type: "text/plain" }), []],
  type: [pdf(), () => BentoFile.from("x", { type: "text/plain" }), []],
  text: [bytes(), () => 7, []],
  nan: [z.number(), () => Number.NaN, []],
  infinity: [z.object({ list: z.array(z.number()) }), () => ({ list: [1, Infinity] }), ["list", 1]],
  date: [z.object({ at: z.date() }), () => ({ at: new Date(Number.NaN) }), ["at"]],
  nothing: [z.object({ x: z.number() }), () => undefined, []],
  union: [z.discriminatedUnion("kind", [z.object({ kind: z.literal("a") })]), () => ({ kind: "b" }), ["kind"]],
};

/** What no answer can be made of, though the schema has nothing against it. */
const unsayable: Readonly<Record<string, readonly [kind: z.ZodType, value: () => unknown, logged: RegExp]>> = {
  cycle: [z.unknown(), () => cycle, /circular/],
  throwing: [z.unknown(), () => ({ toJSON: () => [].at.call(null, 0) }), /null/],
  absent: [file(), async () => fileFromPath(join(folder, "absent.txt")), /absent\.txt/],
  failing: [file(), () => failingAtOnce(), /the disk is gone/],
  used: [file(), usedStream, /read once/],
};

/** Files that turn out to be others when the answer has begun. */
const broken: Readonly<Record<string, () => unknown>> = {
  late: () => failingLater(),
  shorter: async () => changed((path) => truncateSync(path, 100_000)),
  gone: async () => ({ note: "a", data: await changed((path) => rmSync(path)) }),
};

const folder = mkdtempSync(join(tmpdir(), "bento-bad-output-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function changed(change: (path: string) => void): Promise<BentoFile> {
  const path = join(folder, "changing.bin");
  writeFileSync(path, new Uint8Array(1 << 20));
  const found = await fileFromPath(path);
  change(path);
  return found;
}

function failingAtOnce(): ReadableStream<Uint8Array> {
  return new ReadableStream({ pull: (controller) => controller.error(new Error("the disk is gone")) });
}

function failingLater(): ReadableStream<Uint8Array> {
  let left = 4;
  return new ReadableStream({
    pull: (controller) => (left-- > 0 ? controller.enqueue(new Uint8Array(100_000)) : controller.error(new Error("the disk is gone"))),
  });
}

async function usedStream(): Promise<BentoFile> {
  const once = BentoFile.from(new Blob(["x"]).stream());
  await once.bytes();
  return once;
}

const handlers = (table: Readonly<Record<string, readonly [z.ZodType, () => unknown, unknown]>>) =>
  Object.fromEntries(Object.entries(table).map(([name, [output, value]]) => [name, api({ output }, value as () => never)]));

const Wrong = defineService({
  name: "wrong",
  apis: {
    ...handlers(wrong),
    ...handlers(unsayable),
    late: api({ output: file() }, broken["late"] as () => never),
    shorter: api({ output: file() }, broken["shorter"] as () => never),
    gone: api({ output: z.object({ note: z.string(), data: file() }) }, broken["gone"] as () => never),
    nans: api({ output: tensor("float32") }, () => Float32Array.of(Number.NaN, Infinity, 1)),
  },
});

const accepted = ["application/json", "application/x-safetensors", "application/vnd.apache.arrow.stream", "multipart/form-data"];

describe.each(doors)("what a method should not have returned, by %s", (kind) => {
  const logger = new LineLogger();
  let door: Door;
  beforeAll(async () => {
    door = await open(kind, Wrong, { logger });
  });
  afterAll(() => door[Symbol.asyncDispose]());
  afterEach(() => void logger.lines.splice(0));

  const errors = () => logger.lines.filter(({ level }) => level === "error");

  test.each(Object.entries(wrong))("%s is a 500 that names it, to its caller and in the log", async (name, [, , at]) => {
    for (const accept of accepted) {
      const answer = await door.fetch(`/${name}`, json({}, { accept }));
      const body = (await answer.json()) as { code: string; detail: readonly { loc: unknown }[] };
      expect([answer.status, body.code, body.detail[0]?.loc]).toEqual([500, "BENTO_OUTPUT_INVALID", at]);
      expect(errors().at(-1)).toMatchObject({
        message: expect.stringContaining(`"${name}"`) as string,
        fields: { issues: [{ path: at }] },
      });
    }
    expect(errors()).toHaveLength(accepted.length);
  });

  test.each(Object.entries(unsayable))("%s is a 500 that says nothing of it, and the log says all", async (name, [, , logged]) => {
    const answer = await door.fetch(`/${name}`, json({}));
    const body = await answer.text();
    expect([answer.status, body]).toEqual([500, expect.not.stringMatching(logged)]);
    expect(JSON.stringify(errors().map(({ message, fields }) => [message, String(fields["err"])]))).toMatch(logged);
  });

  test.each(Object.keys(broken))("%s: an answer that has begun breaks off, and nobody takes it for whole", async (name) => {
    const answer = await door.fetch(`/${name}`, json({}, { accept: "multipart/form-data" }));
    expect(answer.status).toBe(200);
    await expect(answer.arrayBuffer()).rejects.toThrow(/terminated|disk|bytes|is not there/i);
    await expect.poll(() => errors().length).toBe(1);
  });

  test("what JSON has no number for is null there, and itself in bytes", async () => {
    expect(await (await door.fetch("/nans", json({}))).json()).toEqual([null, null, 1]);
    const packed = await door.fetch("/nans", json({}, { accept: "application/x-safetensors" }));
    const floats = new Float32Array(new Uint8Array(await packed.arrayBuffer()).slice(-12).buffer);
    expect(floats).toEqual(Float32Array.of(Number.NaN, Infinity, 1));
  });
});
