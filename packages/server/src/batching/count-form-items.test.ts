import { encodeTensorBody, type JsonSchema, safetensorsType, Tensor } from "@bento/core";
import fc from "fast-check";
import { expect, test } from "vitest";

import { Form, FormPart } from "../bodies/form.js";
import { readBatchInput } from "./batch-input.js";
import { makeFormCounter } from "./count-form-items.js";

const input = {
  type: "object",
  properties: {
    x: { type: "tensor", dtype: "float32", shape: [-1, 2] },
    ids: { type: "array", items: { type: "integer" } },
    images: { type: "array", items: { type: "file" } },
    scale: { type: "number" },
    note: { type: "string" },
  },
} as JsonSchema;

const part = (name: string, content: string | Uint8Array, type?: string, filename?: string) =>
  new FormPart({ name, type, filename }, typeof content === "string" ? Buffer.from(content) : content);
const image = part("images", Uint8Array.of(1), "image/png", "a.png");
const onDisk = new FormPart({ name: "images", type: "image/png", filename: "b.png" }, { path: "/tmp/b.png", size: 7 });
const rows = (n: number) => Buffer.concat(encodeTensorBody(new Tensor("float32", [n, 2], new Float32Array(2 * n))));
const count = (parts: FormPart[], dim = 0) => makeFormCounter(input, dim)?.(new Form(parts));

test("lists, tensors and files are counted, and what is beside them has to be the same in all calls", () => {
  expect(count([part("x", "[[1, 2], [3, 4]]")])).toEqual({ items: 2, rest: "" });
  expect(count([part("x", " [[1, 2]] ", "application/json"), part("scale", "2")])).toEqual({ items: 1, rest: '"scale":2,' });
  expect(count([part("x", rows(5), `${safetensorsType}; v=1`), part("note", "ä")])).toEqual({ items: 5, rest: '"note":\u00c3\u00a4,' });
  expect(count([part("x", "[[1, 2, 3]]")], 1)).toEqual({ items: 3, rest: "" });
  expect(count([part("ids", "1"), part("ids", "2"), part("ids", "3")])).toEqual({ items: 3, rest: "" });
  expect(count([part("ids", "[1, 2]"), image, onDisk])).toEqual({ items: 2, rest: "" });
  expect(count([image])).toEqual({ items: 1, rest: "" });
});

test.each<[string, FormPart[], number?]>([
  ["fields that disagree", [part("ids", "[1]"), image, onDisk]],
  ["a file beside the items", [part("x", "[[1, 2]]"), part("mask", Uint8Array.of(1), "image/png", "m.png")]],
  ["elements in one row", [part("x", "[1, 2, 3, 4]")]],
  ["a tensor twice", [part("x", "[[1, 2]]"), part("x", "[[1, 2]]")]],
  ["safetensors that are none", [part("x", "[[1, 2]]", safetensorsType)]],
  ["a list that does not end", [part("ids", "[1, 2")]],
  ["what follows a list", [part("ids", "[1] 2")]],
  ["files along another dimension", [image], 1],
  ["nothing", []],
])("only reading it tells of %s", (_what, parts, dim) => {
  expect(count(parts, dim)).toBeUndefined();
});

test("an input without anything that holds items has no counter", () => {
  expect(makeFormCounter({ type: "object", properties: { scale: { type: "number" } } }, 0)).toBeUndefined();
});

test("what is counted is what is read", () => {
  const ids = fc.array(fc.oneof(fc.integer().map(String), fc.json(), fc.string()), { maxLength: 4 });
  let counts = 0;
  fc.assert(
    fc.property(ids, fc.option(fc.jsonValue({ maxDepth: 3 })), fc.nat(4), (texts, x, images) => {
      const parts = [...texts.map((text) => part("ids", text)), ...Array.from({ length: images }, () => image)];
      const form = new Form(x === null ? parts : [...parts, part("x", JSON.stringify(x))]);
      const counted = makeFormCounter(input, 0)?.(form);
      if (counted === undefined) return;
      counts += 1;
      const read = form.toObject(input);
      // What is no list its schema refuses.
      if (Object.values(read).every((value) => Array.isArray(value))) expect(readBatchInput(read, 0).items).toBe(counted.items);
    }),
    { numRuns: 2000 },
  );
  expect(counts).toBeGreaterThan(100);
});
