import { BentoFile } from "@bento/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonLines } from "./json-lines.js";

async function read(pieces: readonly Uint8Array[]): Promise<unknown[]> {
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
  const values: unknown[] = [];
  for await (const value of jsonLines(BentoFile.from(stream), "--rows")) values.push(value);
  return values;
}

test("values come back however their lines are cut", async () => {
  const values = fc.array(fc.jsonValue(), { maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(values, fc.constantFrom("\n", "\r\n", "\n\n"), fc.integer({ min: 1, max: 20 }), async (given, end, size) => {
      const bytes = new TextEncoder().encode(given.map((value) => JSON.stringify(value)).join(end));
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
      expect(await read(pieces)).toEqual(JSON.parse(JSON.stringify(given)));
    }),
  );
});

test("a line that is no JSON is named", async () => {
  await expect(read([new TextEncoder().encode('{"a":1}\n\nnope')])).rejects.toThrow('--rows, line 3, is no JSON: "nope".');
});
