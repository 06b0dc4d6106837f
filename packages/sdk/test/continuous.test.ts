import type { BentoError } from "@bento/core";
import { api, defineService, type Sequence, service, type ServiceClass } from "@bento/sdk";
import { specOf } from "@bento/sdk/runtime";
import { describe, expect, test } from "vitest";
import { z } from "zod";

const specOfApi = (target: ServiceClass, name: string) => {
  const found = specOf(target).apis.find((one) => one.name === name);
  if (found === undefined) throw new Error(`There is no ${name}.`);
  return found;
};

describe("a step-wise api", () => {
  @service()
  class Text {
    @api({ input: z.string(), output: z.string(), batchable: "continuous", maxBatchSize: 32, replay: { items: 5 } })
    async step(sequences: readonly Sequence<string, string>[]): Promise<void> {
      for (const sequence of sequences) sequence.emit(sequence.input);
    }
    @api({ input: z.string(), batchable: "continuous" }) free(sequences: readonly Sequence<string, Date>[]) {
      void sequences;
    }
    @api({ input: z.string() }) plain(text: string) {
      return text;
    }
  }

  test("streams, is not gathered, and holds its options", () => {
    expect(specOfApi(Text, "step")).toMatchObject({
      stream: true,
      batch: undefined,
      continuous: { maxSize: 32 },
      replay: { items: 5, bytes: 8_388_608, graceMs: 30_000 },
    });
    expect(specOfApi(Text, "free").continuous).toEqual({ maxSize: 100 });
    expect(specOfApi(Text, "plain")).toMatchObject({ stream: false, continuous: undefined });
  });

  test("without an output schema emits anything, whatever the compiler says that the method returns", () => {
    expect(specOfApi(Text, "free").output.validate(new Date(0))).toEqual({ value: new Date(0) });
  });

  test("calls the method with the sequences that it is given", () => {
    const seen: unknown[] = [];
    const Defined = defineService({
      name: "defined",
      apis: { step: api({ input: z.string(), batchable: "continuous", maxBatchSize: 1 }, (sequences) => void seen.push(sequences)) },
    });
    const spec = specOfApi(Defined, "step");
    const sequences: unknown[] = [];
    spec.invoke(new Defined(), sequences, undefined as never);
    expect(seen[0]).toBe(sequences);
    expect(spec.continuous).toEqual({ maxSize: 1 });
  });
});

describe("refused at definition", () => {
  const generator = function* (): Generator<string> {
    yield "a";
  };
  const refusals: readonly (readonly [options: object, message: RegExp, hint: RegExp, handler?: () => unknown])[] = [
    [{ maxLatencyMs: 4 }, /^The api made.call has a maxLatencyMs, but is step-wise/, /Leave `maxLatencyMs` out/],
    [{ batchDim: 0 }, /has a batchDim, but is step-wise/, /batchable: true/],
    [{ batchPolicy: () => ({ type: "run", items: 1 }) }, /has a batchPolicy, but/, /batchPolicy/],
    [{ stream: false }, /^The stream of the api made.call is false, but/, /Leave `stream` out/],
    [{ stream: "yes" }, /^The stream of the api made.call is "yes"/, /stream/],
    [{ input: undefined }, /step-wise, but has no input schema/, /Add one/],
    [{ maxBatchSize: 0 }, /maxBatchSize .* is 0\./, /whole number greater than 0/],
    [{ maxBatchSize: 1.5 }, /maxBatchSize .* is 1\.5/, /whole number/],
    [{ maxBatchSize: "32" }, /maxBatchSize .* is "32"/, /whole number/],
    [{ batchable: "steps" }, /^The batchable of the api made.call is "steps"/, /"continuous"/],
    [{}, /is step-wise, and a generator/, /emit/, generator],
  ];
  test.each(refusals.map(([options, message, hint, handler]) => ({ options, message, hint, handler })))(
    "$message",
    ({ options, message, hint, handler = () => undefined }) => {
      const all = { input: z.string(), batchable: "continuous", ...options };
      const Made = defineService({ name: "made", apis: { call: { options: all, handler } } });
      const error = thrownBy(() => specOf(Made));
      expect(error).toMatchObject({ code: "BENTO_SERVICE_INVALID", message: expect.stringMatching(message) as string });
      expect((error as BentoError).hint).toMatch(hint);
    },
  );
});

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("Nothing was thrown.");
}
