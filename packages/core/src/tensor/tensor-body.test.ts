import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { anyMutation, anyTensor, bitsOf } from "../../test/support/tensors.js";
import { BentoError } from "../errors.js";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.js";
import { Tensor } from "./tensor.js";
import { decodeTensorBody, encodeTensorBody, onlyTensor } from "./tensor-body.js";

const joined = (chunks: Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(chunks));
const roundTrip = (value: unknown): unknown => decodeTensorBody(joined(encodeTensorBody(value)));

/** A body with this JSON and these tensors, as another library may write it. */
const body = (json: string, tensors: Record<string, Tensor> = {}): Uint8Array =>
  encodeSafetensors(new Map(Object.entries(tensors)), { json });

/** A value with the bits of each tensor in its place. */
function withBits(value: unknown): unknown {
  if (Tensor.isTensor(value)) return bitsOf(value);
  if (Array.isArray(value)) return value.map(withBits);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withBits(item)]));
}

const anyKey = fc.oneof(
  fc.string(),
  fc.constantFrom("$tensor", "$$tensor", "__metadata__", "tensor", "toJSON", "constructor", "json", "1"),
);
const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.oneof(anyTensor, fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(anyKey, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

describe("a value", () => {
  test("comes back as it was, with the bits of every tensor", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(withBits(roundTrip(value))).toEqual(withBits(value));
      }),
      { numRuns: 500 },
    );
  });

  test("comes back where it has the keys of data that stand for tensors", () => {
    for (const value of [
      { $tensor: "a" },
      [{ $$tensor: "a" }, { $tensor: Tensor.from([1]) }],
      { $tensor: "a", b: Tensor.from(1) },
      { $tensor: { $tensor: 1 } },
    ]) {
      expect(withBits(roundTrip(value))).toEqual(withBits(value));
    }
  });

  test("has its own properties only, whatever their names", () => {
    const value = JSON.parse('{"__proto__": {"a": 1}, "b": 2}') as Record<string, unknown>;
    value["__proto__x"] = Tensor.from(1);
    Object.defineProperty(value, "__proto__", { value: Tensor.from([2]), enumerable: true, writable: true, configurable: true });
    const back = roundTrip(value) as object;
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
    expect(Object.keys(back).toSorted()).toEqual(["__proto__", "__proto__x", "b"]);
    const tensors = JSON.parse('{"__proto__": 0}') as object;
    Object.defineProperty(tensors, "__proto__", { value: Tensor.from([2]) });
    expect(Object.entries(roundTrip(tensors) as object)).toHaveLength(1);
    expect(({} as { a?: unknown }).a).toBeUndefined();
  });

  test("that is an object of tensors is nothing but tensors on the wire", () => {
    const { tensors, metadata } = decodeSafetensors(joined(encodeTensorBody({ a: Tensor.from(1), b: Tensor.from([2n]) })));
    expect([[...tensors.keys()], metadata]).toEqual([["a", "b"], {}]);
  });

  test("has JSON beside its tensors, which are called as their keys are", () => {
    const value = {
      images: Tensor.from([1]),
      options: { by: 2, big: 2n ** 60n, small: 3n, at: new Date(0), gone: undefined },
      list: [Tensor.from(2), { images: Tensor.from(3) }],
    };
    const { tensors, metadata } = decodeSafetensors(joined(encodeTensorBody(value)));
    expect([...tensors.keys()]).toEqual(["images", "0", "images.2"]);
    expect(JSON.parse(metadata["json"] ?? "")).toEqual({
      images: { $tensor: "images" },
      options: { by: 2, big: "1152921504606846976", small: 3, at: "1970-01-01T00:00:00.000Z" },
      list: [{ $tensor: "0" }, { images: { $tensor: "images.2" } }],
    });
  });

  test("that is a tensor, or none at all", () => {
    expect(withBits(roundTrip(Tensor.from(Int8Array.of(1))))).toEqual(bitsOf(Tensor.from(Int8Array.of(1))));
    for (const value of [null, {}, [], "text", 1, { a: [] }]) expect(roundTrip(value)).toEqual(value);
    expect(roundTrip(undefined)).toBeNull();
  });

  test("goes out as the memory of its tensors, and comes in as views", () => {
    const tensor = new Tensor("float64", [2], Float64Array.of(1, 2));
    const chunks = encodeTensorBody({ k: 1, tensor });
    expect(chunks[1]?.buffer).toBe(tensor.data.buffer);
    const bytes = joined(chunks);
    expect((decodeTensorBody(bytes) as { tensor: Tensor }).tensor.data.buffer).toBe(bytes.buffer);
  });

  test("never has the elements of its tensors listed for JSON", () => {
    const tensor = Tensor.from([1]);
    const list = vi.spyOn(tensor, "toJSON");
    class Result {
      readonly tensor = tensor;
      readonly k = 1;
    }
    for (const value of [tensor, { k: 1, tensor }, [[tensor]], { $tensor: tensor }, new Result()]) encodeTensorBody(value);
    expect(list).not.toHaveBeenCalled();
    expect(withBits(roundTrip(new Result()))).toEqual({ tensor: bitsOf(tensor), k: 1 });
  });

  test("with the same tensor twice has it twice", () => {
    const tensor = Tensor.from([1]);
    expect(withBits(roundTrip([tensor, tensor]))).toEqual([bitsOf(tensor), bitsOf(tensor)]);
  });
});

test("the only tensor of an object is taken out", () => {
  const tensor = Tensor.from([1]);
  expect(onlyTensor(tensor)).toBe(tensor);
  expect(onlyTensor({ whatever: tensor })).toBe(tensor);
  for (const value of [null, 1, [tensor], { a: 1 }, { a: tensor, b: tensor }, {}]) expect(onlyTensor(value)).toBe(value);
});

describe("a malformed body", () => {
  const a = Tensor.from([1]);
  test.each<[string, Uint8Array, string]>([
    ["has no JSON", body("{"), 'The safetensors\' metadata "json" is no JSON.'],
    ["has an empty JSON", body(""), 'The safetensors\' metadata "json" is no JSON.'],
    ["names a tensor that is not there", body('{"a":{"$tensor":"b"}}', { a }), 'metadata "json" names "b", which is no tensor'],
    ["names something that is no name", body('{"a":{"$tensor":1}}', { a }), 'metadata "json" names something, which is no tensor'],
    ["names a method", body('{"$tensor":"constructor"}'), 'names "constructor"'],
    ["names a tensor twice", body('[{"$tensor":"a"},{"$tensor":"a"}]', { a }), 'names "a", which is no tensor, or was named before'],
    ["leaves a tensor out", body("{}", { a }), 'does not say where the tensor "a" belongs'],
  ])("%s", (_what, bytes, message) => {
    expect(() => decodeTensorBody(bytes)).toThrow(
      expect.objectContaining({ code: "BENTO_BAD_REQUEST", message: expect.stringContaining(message) }),
    );
  });

  test("is refused or read, whatever was changed in it", () => {
    fc.assert(
      fc.property(anyValue, anyMutation, (value, mutate) => {
        try {
          decodeTensorBody(mutate(joined(encodeTensorBody(value))));
        } catch (error) {
          if (!BentoError.is(error, "BENTO_BAD_REQUEST")) throw error;
        }
      }),
      { numRuns: 1000 },
    );
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (json) => {
        try {
          decodeTensorBody(body(json, { a }));
          return false;
        } catch (error) {
          return BentoError.is(error, "BENTO_BAD_REQUEST");
        }
      }),
    );
  });

  test("may be as deep as it likes", () => {
    const deep = `${"[".repeat(1e5)}{"$tensor":"a"}${"]".repeat(1e5)}`;
    let value = decodeTensorBody(body(deep, { a }));
    let depth = 0;
    for (; Array.isArray(value); depth++) value = (value as unknown[])[0];
    expect([depth, withBits(value)]).toEqual([1e5, bitsOf(a)]);
  });
});
