import {
  BentoError,
  bytesEvent,
  encodeTensorBody,
  endEvent,
  errorEvent,
  eventStreamType,
  itemEvent,
  type JsonSchema,
  safetensorsType,
  Tensor,
} from "@bento/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createClient } from "../src/index.js";
import type { ServiceDocument } from "../src/service-document.js";

/** Of each output. */
const numRuns = 150;

const bytesType = { type: "string", contentEncoding: "base64", "x-bento-type": "bytes" };
const outputs: Readonly<Record<string, JsonSchema>> = {
  anything: {},
  text: { type: "string" },
  number: { type: "number" },
  date: { type: "string", format: "date-time", "x-bento-type": "date" },
  bigint: { type: "integer", format: "int64", "x-bento-type": "bigint" },
  bytes: bytesType,
  file: { type: "file", format: "binary" },
  image: { type: "file", format: "image", pil: true },
  tensor: { type: "tensor", format: "numpy-array", dtype: "float32", shape: [-1, 2] },
  table: { type: "dataframe", orient: "records", columns: ["a", "d"], "x-bento-columns": { a: "number", d: "date" } },
  object: {
    type: "object",
    properties: {
      t: { type: "tensor", format: "numpy-array" },
      f: { type: "file" },
      b: bytesType,
      at: { type: "string", format: "date-time", "x-bento-type": "date" },
    },
  },
  union: {
    anyOf: [
      { type: "file", format: "binary" },
      { type: "object", properties: { a: { type: "number" } } },
    ],
  },
  loop: { $ref: "#/$defs/node", $defs: { node: { anyOf: [{ type: "tensor" }, { type: "array", items: { $ref: "#/$defs/node" } }] } } },
};

const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAEElEQVR4nGP4z8AARAwQCgAf7gP9i18U1AAAAABJRU5ErkJggg==", "base64");
const bodies: readonly Uint8Array[] = [
  '"text"',
  "[[1,2],[3,null]]",
  '[[NaN,Infinity],[1,"Infinity"]]',
  '"1970-01-01T00:00:00.000Z"',
  '"123456789012345678901"',
  '[{"a":1,"d":"1970-01-01"}]',
  '{"t":[1,2],"f":"data:image/png;name=a.png;base64,AAEC","b":"AAEC","at":"1970-01-01T00:00:00Z"}',
  '{"a":1}{"a":2}',
  '{"b":"????"}',
  '{"f":"data:;base64,?"}',
  '{"__proto__":{"a":1},"constructor":1}',
  `${"[".repeat(3000)}${"]".repeat(3000)}`,
  '{"error":"no","detail":[{"loc":["a",0],"msg":"b","type":"c"}],"code":"BENTO_INPUT_INVALID"}',
  "<html>",
  "",
]
  .map((text): Uint8Array => Buffer.from(text))
  .concat(
    png,
    Buffer.concat(encodeTensorBody(Tensor.from([[1, 2]], "float32"))),
    Buffer.concat(encodeTensorBody({ t: Tensor.from([1n]), f: "x" })),
  );

const events = Buffer.from(
  [bytesEvent("AQI=", 1), itemEvent("1"), itemEvent('{"t":[1]}', 5), errorEvent(new BentoError("BENTO_TIMEOUT", "late")), endEvent].join(
    "",
  ),
);

const types = [
  "application/json",
  "text/plain",
  safetensorsType,
  "application/octet-stream",
  "image/png",
  "multipart/form-data; boundary=b",
  eventStreamType,
  "",
  "no type",
];
const dispositions = [
  undefined,
  'attachment; filename="a.txt"',
  "attachment; filename*=utf-8''%E4",
  'inline; filename="\\"',
  ";;filename=",
  `x; filename="${"\\".repeat(5000)}`,
];

const edit = fc.record({
  at: fc.nat(),
  cut: fc.nat(4),
  bytes: fc.oneof(
    fc.uint8Array({ maxLength: 4 }),
    fc.constantFrom('"', "[", "{", "\n\n", "data:", "event: ", "NaN", "null").map((text) => Buffer.from(text)),
  ),
});
const changed = (bodyOf: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array<ArrayBuffer>> =>
  fc.tuple(bodyOf, fc.array(edit, { maxLength: 4 })).map(([seed, edits]) => {
    let bytes = Buffer.from(seed);
    for (const { at, cut, bytes: more } of edits) {
      const here = at % (bytes.length + 1);
      bytes = Buffer.concat([bytes.subarray(0, here), more, bytes.subarray(here + cut)]);
    }
    return new Uint8Array(bytes);
  });

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly disposition: string | undefined;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly pieces: number;
}

const answers = (body: fc.Arbitrary<Uint8Array<ArrayBuffer>>, likely: readonly string[]): fc.Arbitrary<Answer> =>
  fc.record({
    status: fc.constantFrom(200, 200, 200, 201, 204, 400, 500, 503),
    type: fc.constantFrom(...likely, ...types),
    disposition: fc.constantFrom(...dispositions),
    body,
    pieces: fc.integer({ min: 1, max: 30 }),
  });

/** A client whose service answers everything so. */
function clientOf(output: JsonSchema, stream: boolean, { status, type, disposition, body, pieces }: Answer) {
  const schema: ServiceDocument = {
    name: "fuzzed",
    type: "service",
    accepts: ["application/json", safetensorsType],
    routes: [
      {
        name: "call",
        route: "/call",
        input: { type: "object", properties: {} },
        output: { ...output, ...(stream && { is_stream: true }) },
        stream,
      },
    ],
  } as unknown as ServiceDocument;
  const fetch = async (): Promise<Response> => {
    const headers = new Headers({ "content-type": type });
    if (disposition !== undefined) headers.set("content-disposition", disposition);
    if (status === 204) return new Response(null, { status, headers });
    const size = Math.ceil(body.length / pieces) || 1;
    const source = Array.from({ length: Math.ceil(body.length / size) }, (_, at) => body.slice(at * size, (at + 1) * size));
    const pulled = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        const next = source.shift();
        if (next === undefined) controller.close();
        else controller.enqueue(next);
      },
    });
    return new Response(pulled, { status, headers });
  };
  return createClient<{ call(): Promise<unknown> }>("http://fuzzed", { schema, fetch, retries: 0 });
}

/** Fails for whatever is thrown but a BentoError. */
function isTold(error: unknown): void {
  if (!BentoError.is(error)) throw error;
  expect(error.message.length).toBeLessThan(2000);
}

test.each([
  ["bytes of no base64", "object", '{"b":"????"}'],
  ["a data URL of no base64", "object", '{"f":"data:;base64,?"}'],
  ["a table with a cell too deep for its reviver", "loop", `${"[".repeat(20_000)}${"]".repeat(20_000)}`],
  ["tensors that are none", "tensor", "no tensor"],
])("%s: the service's failure, and not the caller's", async (what, output, text) => {
  const type = what.startsWith("tensors") ? safetensorsType : "application/json";
  const answer = { status: 200, type, disposition: undefined, body: new Uint8Array(Buffer.from(text)), pieces: 1 };
  await expect(clientOf(outputs[output] ?? {}, false, answer).call()).rejects.toMatchObject({ code: "BENTO_REMOTE_FAILED" });
});

test.each(Object.entries(outputs))("an answer that is to be %s is read or told, whatever comes", async (_, output) => {
  let read = 0;
  await fc.assert(
    fc.asyncProperty(answers(changed(fc.constantFrom(...bodies)), []), async (answer) => {
      await clientOf(output, false, answer)
        .call()
        .then(
          () => (read += 1),
          (error: unknown) => {
            isTold(error);
            // Its caller's input was right.
            if (answer.status < 400) expect(error).toMatchObject({ code: "BENTO_REMOTE_FAILED" });
          },
        );
      expect(Object.prototype).not.toHaveProperty("a");
    }),
    { numRuns },
  );
  expect(read).toBeGreaterThan(numRuns / 10);
});

test.each(Object.entries(outputs))("a stream of what is to be %s is read or told, whatever comes", async (_, output) => {
  let read = 0;
  await fc.assert(
    fc.asyncProperty(
      answers(
        changed(fc.constantFrom(...bodies, events, events, events)),
        Array.from({ length: 9 }, () => eventStreamType),
      ),
      async (answer) => {
        const items = (clientOf(output, true, answer) as unknown as { call(): AsyncIterable<unknown> }).call();
        let count = 0;
        try {
          for await (const _item of items) count += 1;
        } catch (error) {
          isTold(error);
        }
        expect(count).toBeLessThanOrEqual(answer.body.length);
        read += count;
      },
    ),
    { numRuns },
  );
  expect(read).toBeGreaterThan(0);
});
