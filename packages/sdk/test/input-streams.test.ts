import { api, defineService, type ServiceClass } from "@bento/sdk";
import { byteStream, jsonLines } from "@bento/sdk/kinds";
import { specOf } from "@bento/sdk/runtime";
import { describe, expect, test } from "vitest";
import { z } from "zod";

describe.each([
  ["values", jsonLines(z.array(z.number()))],
  ["bytes", byteStream()],
])("a stream of %s as an input", (_, input) => {
  // What does not compile is what is to be refused.
  const define = defineService as (options: object) => ServiceClass;
  const take = api as (options: object, method: () => unknown) => unknown;
  const specWith = (options: object) =>
    specOf(define({ name: "Streams", apis: { take: take({ input, output: z.array(z.number()), ...options }, () => []) } }));

  test.each([
    [{ batchable: true }, /Streams\.take is batchable, but its input is a stream, which no batch can wait for/],
    [{ batchable: "continuous" }, /Streams\.take is batchable, but its input is a stream/],
    [{ stream: true, replay: {} }, /Streams\.take has a replay, but its input is a stream, which ends with the connection/],
  ])("goes not with %j", (options, message) => {
    expect(() => specWith(options)).toThrow(
      expect.objectContaining({ code: "BENTO_SERVICE_INVALID", message: expect.stringMatching(message) as string }) as Error,
    );
  });

  test("goes with an output that is a stream", () => {
    expect(specWith({ stream: true }).apis[0]).toMatchObject({ stream: true, batch: undefined });
  });
});
