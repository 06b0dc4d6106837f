import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { z as z3 } from "zod/v3";
import { api, type Args, type BatchPolicy, defineService, service, type ServiceClass } from "@bento/sdk";
import { type ApiSpec, specOf } from "@bento/sdk/runtime";

const Texts = z.array(z.string());
const Images = z.object({ images: z.array(z.array(z.number())), top: z.number().default(1) });
const soon: BatchPolicy = ({ queuedItems, maxBatchSize }) => ({ type: "run", items: Math.min(queuedItems, maxBatchSize) });

const invalid = (message: string | RegExp, hint: string | RegExp = /./) =>
  expect.objectContaining({
    code: "BENTO_SERVICE_INVALID",
    message: expect.stringMatching(message) as string,
    hint: expect.stringMatching(hint) as string,
  }) as Error;

function apiOf(target: ServiceClass, name: string): ApiSpec {
  const found = specOf(target).apis.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no api ${name}`);
  return found;
}

describe("the batching of a decorated method", () => {
  @service()
  class Digits {
    @api({
      input: Images,
      output: z.array(z.number()),
      batchable: true,
      maxBatchSize: 64,
      maxLatencyMs: 50.5,
      batchDim: [1, 0],
      batchPolicy: soon,
    })
    classify({ images, top }: Args<typeof Images>) {
      return images.map(() => top);
    }
    @api({ input: Texts, batchable: true }) sizes(texts: string[]) {
      return texts.map(({ length }) => length);
    }
    @api({ input: Images, batchable: true, batchDim: 1 }) columns({ images }: Args<typeof Images>) {
      return images;
    }
    @api({ input: Texts, output: Texts, batchable: true }) async *steps(texts: string[]) {
      yield texts;
    }
    @api({ input: Texts }) plain(texts: string[]) {
      return texts.length;
    }
    @api({ input: Texts, batchable: false, maxBatchSize: undefined }) denied(texts: string[]) {
      return texts.length;
    }
  }

  test("holds the options", () => {
    expect(apiOf(Digits, "classify").batch).toEqual({ maxSize: 64, maxLatencyMs: 50.5, inputDim: 1, outputDim: 0, policy: soon });
  });

  test("has BentoML's defaults", () => {
    expect(apiOf(Digits, "sizes").batch).toEqual({ maxSize: 100, maxLatencyMs: 60_000, inputDim: 0, outputDim: 0, policy: undefined });
  });

  test("takes one dimension for both sides", () => {
    expect(apiOf(Digits, "columns").batch).toMatchObject({ inputDim: 1, outputDim: 1 });
  });

  test("may stream", () => {
    expect(apiOf(Digits, "steps")).toMatchObject({ stream: true, batch: { maxSize: 100 } });
  });

  test("is absent where nothing says so", () => {
    expect(apiOf(Digits, "plain").batch).toBeUndefined();
    expect(apiOf(Digits, "denied").batch).toBeUndefined();
  });

  test("leaves schemas as they are", async () => {
    const { input, output } = apiOf(Digits, "classify");
    expect(input.isObject).toBe(true);
    expect(input.validate({ images: [[1]] })).toEqual({ value: { images: [[1]], top: 1 } });
    expect(await input.jsonSchema("input")).toMatchObject({ type: "object", required: ["images"] });
    expect(await output.jsonSchema("output")).toMatchObject({ type: "array", items: { type: "number" } });
  });
});

describe("defineService", () => {
  test("takes the same options", () => {
    const Defined = defineService({
      name: "defined",
      apis: {
        sizes: api({ input: Texts, batchable: true, maxBatchSize: 1, batchPolicy: soon }, (texts) => texts.map(({ length }) => length)),
        plain: api({ input: Texts }, (texts) => texts.length),
      },
    });
    expect(apiOf(Defined, "sizes").batch).toEqual({ maxSize: 1, maxLatencyMs: 60_000, inputDim: 0, outputDim: 0, policy: soon });
    expect(apiOf(Defined, "plain").batch).toBeUndefined();
  });

  test("refuses the same", () => {
    expect(() => specOf(withApi({ input: z.string(), batchable: true }))).toThrow(
      invalid(/^The input of the api made.call holds no array/),
    );
  });
});

describe("refused at definition", () => {
  const refusals: readonly (readonly [options: object, message: RegExp, hint: RegExp])[] = [
    [{ batchable: "yes" }, /^The batchable of the api made.call is "yes"/, /true or false/],
    [{ batchable: true, input: undefined }, /^The api made.call is batchable, but has no input schema/, /input:/],
    [{ maxBatchSize: 4 }, /^The api made.call has a maxBatchSize, but is not batchable/, /`batchable: true`/],
    [{ maxLatencyMs: 4 }, /has a maxLatencyMs, but/, /leave `maxLatencyMs` out/],
    [{ batchDim: 0 }, /has a batchDim, but/, /batchable/],
    [{ batchPolicy: soon }, /has a batchPolicy, but/, /batchable/],
    [{ batchable: false, maxBatchSize: 4 }, /has a maxBatchSize, but/, /batchable/],
    [{ batchable: true, maxBatchSize: 0 }, /maxBatchSize .* is 0\./, /whole number greater than 0/],
    [{ batchable: true, maxBatchSize: 1.5 }, /maxBatchSize .* is 1\.5/, /whole number/],
    [{ batchable: true, maxBatchSize: Infinity }, /maxBatchSize .* is Infinity/, /whole number/],
    [{ batchable: true, maxBatchSize: "64" }, /maxBatchSize .* is "64"/, /whole number/],
    [{ batchable: true, maxLatencyMs: 0 }, /maxLatencyMs .* is 0\./, /greater than 0/],
    [{ batchable: true, maxLatencyMs: -1 }, /maxLatencyMs .* is -1/, /greater than 0/],
    [{ batchable: true, maxLatencyMs: NaN }, /maxLatencyMs .* is NaN/, /greater than 0/],
    [{ batchable: true, batchDim: -1 }, /batchDim .* is -1/, /whole number/],
    [{ batchable: true, batchDim: "0" }, /batchDim .* is "0"/, /whole number/],
    [{ batchable: true, batchDim: [0] }, /batchDim .* is a list of 1/, /\[input, output\]/],
    [{ batchable: true, batchDim: [0, 0.5] }, /batchDim\[1\] .* is 0\.5/, /whole number/],
    [{ batchable: true, batchPolicy: "greedy" }, /batchPolicy .* is "greedy"/, /function/],
    [{ batchable: true, maxbatchsize: 4 }, /unknown option "maxbatchsize"/, /maxBatchSize/],
    [{ batchable: true, input: z.string() }, /^The input of the api made.call holds no array, but/, /leave `batchable` out/],
    [{ batchable: true, input: z.object({ a: z.string(), n: z.number() }) }, /input .* holds no array/, /among its properties/],
    [{ batchable: true, input: z.object({}) }, /input .* holds no array/, /Take/],
    [{ batchable: true, input: Texts.transform((texts) => texts.length).pipe(z.number()) }, /input .* holds no array/, /Take/],
    [{ batchable: true, input: type("string") }, /input .* holds no array/, /Take/],
    [{ batchable: true, input: Texts, batchDim: 1 }, /input .* holds no array of 2 dimensions/, /Take/],
    [{ batchable: true, input: Images, output: Texts, batchDim: [0, 1] }, /output .* holds no array of 2 dimensions/, /Return/],
    [{ batchable: true, output: z.number() }, /^The output of the api made.call holds no array, but/, /Return an array/],
  ];
  test.each(refusals.map(([options, message, hint]) => ({ options, message, hint })))("$message", ({ options, message, hint }) => {
    expect(() => specOf(withApi({ input: Texts, ...options }))).toThrow(invalid(message, hint));
  });

  test.each([
    ["zod 3", z3.string()],
    ["zod 4, what only the whole document tells", z.object({ at: z.date() })],
  ])("later, when the document of %s is made", async (_name, input) => {
    const { input: schema } = apiOf(withApi({ input, batchable: true }), "call");
    for (const side of ["input", "output"] as const)
      await expect(schema.jsonSchema(side)).rejects.toThrow(invalid(/input .* holds no array/));
  });
});

test.each([
  ["an array", Texts],
  ["a typed array", z.instanceof(Float32Array)],
  ["an object with a typed array", z.object({ pixels: z.instanceof(Uint8Array), name: z.string() })],
  ["text that becomes an array", z.string().transform((text) => text.split(","))],
  ["a record of arrays", z.record(z.string(), Texts)],
  ["an array that may be left out", z.object({ xs: Texts.optional() })],
  ["anything", z.unknown()],
  ["zod 3", z3.object({ xs: z3.string().array() })],
  ["arktype", type({ xs: "string[]" })],
  ["valibot, which offers no JSON Schema", v.object({ xs: v.array(v.string()) })],
])("%s may be gathered", async (_name, input) => {
  const { input: schema } = apiOf(withApi({ input, batchable: true }), "call");
  await expect(schema.jsonSchema("input")).resolves.toBeTypeOf("object");
});

/** A service of one api, `call`, whose options the compiler does not see. */
function withApi(options: object): ServiceClass {
  return defineService({ name: "made", apis: { call: { options, handler: () => [] } } });
}
