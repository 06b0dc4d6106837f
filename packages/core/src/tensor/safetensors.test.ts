import fc from "fast-check";
import { describe, expect, test } from "vitest";
import python from "../../test/fixtures/safetensors.json" with { type: "json" };
import { anyMutation, anyTensor, bitsOf, withHeader } from "../../test/support/tensors.js";
import { BentoError } from "../errors.js";
import { dtypes } from "./dtype.js";
import { decodeSafetensors, encodeSafetensors, type Safetensors, safetensorsChunks } from "./safetensors.js";
import { peekSafetensors } from "./safetensors-header.js";
import { Tensor } from "./tensor.js";

const anyName = fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.constantFrom("__proto__", "constructor", "1", '"', "\\"));
const anyTensors = fc
  .uniqueArray(fc.tuple(anyName, anyTensor), { selector: ([name]) => name, maxLength: 5 })
  .map((entries) => new Map(entries));
const anyMetadata = fc.dictionary(anyName, fc.string());

const contentOf = ({ tensors, metadata }: Safetensors): unknown => ({
  tensors: [...tensors].map(([name, tensor]) => [name, bitsOf(tensor)]),
  metadata: Object.entries(metadata),
});

/** The same bytes at an address that is as far from a multiple of 16 as told. */
function shifted(bytes: Uint8Array, by: number): Uint8Array {
  const buffer = new Uint8Array(bytes.length + by);
  buffer.set(bytes, by);
  return buffer.subarray(by);
}

describe("what was encoded", () => {
  test("is decoded as it was: names in their order, bits, shapes, metadata, wherever it lies in memory", () => {
    fc.assert(
      fc.property(anyTensors, anyMetadata, fc.nat(9), (tensors, metadata, by) => {
        const decoded = decodeSafetensors(shifted(encodeSafetensors(tensors, metadata), by));
        expect(contentOf(decoded)).toEqual(contentOf({ tensors, metadata }));
      }),
      { numRuns: 300 },
    );
  });

  test("is decoded without a copy where the bytes begin on a multiple of 8", () => {
    fc.assert(
      fc.property(anyTensors, fc.constantFrom(0, 8, 16), (tensors, by) => {
        const bytes = shifted(encodeSafetensors(tensors), by);
        for (const { data } of decodeSafetensors(bytes).tensors.values()) expect(data.buffer).toBe(bytes.buffer);
      }),
    );
  });

  test("is copied where it must be, and then only what must be", () => {
    const bytes = shifted(
      encodeSafetensors(
        new Map<string, Tensor>([
          ["wide", Tensor.from([1])],
          ["narrow", Tensor.from(Uint8Array.of(1))],
        ]),
      ),
      1,
    );
    const { tensors } = decodeSafetensors(bytes);
    expect(tensors.get("wide")?.data.buffer).not.toBe(bytes.buffer);
    expect(tensors.get("wide")?.data.buffer.byteLength).toBe(8);
    expect(tensors.get("narrow")?.data.buffer).toBe(bytes.buffer);
    const { tensors: ofBuffer } = decodeSafetensors(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    expect(ofBuffer.get("wide")?.toArray()).toEqual([1]);
  });

  test("is in pieces the memory of the tensors", () => {
    const data = Float32Array.of(1, 2, 3);
    const [, chunk] = safetensorsChunks(new Map([["a", new Tensor("float32", [2], data.subarray(1))]]));
    expect([chunk?.buffer, chunk?.byteOffset, chunk?.length]).toEqual([data.buffer, 4, 8]);
  });

  test("has its header padded, and every tensor on a multiple of its element's size", () => {
    fc.assert(
      fc.property(anyTensors, (tensors) => {
        const header = peekSafetensors(encodeSafetensors(tensors));
        expect(header.dataStart % 8).toBe(0);
        for (const { dtype, begin } of header.tensors.values()) expect(begin % dtypes[dtype].bytes).toBe(0);
      }),
    );
  });

  test("cannot hold a tensor with the name of the metadata", () => {
    expect(() => encodeSafetensors(new Map([["__metadata__", Tensor.from(1)]]))).toThrow(
      expect.objectContaining({ code: "BENTO_INPUT_INVALID" }),
    );
  });
});

describe("what Python's safetensors wrote", () => {
  test.each(python.cases)("is read: $about", ({ base64, tensors, metadata }) => {
    const decoded = decodeSafetensors(Buffer.from(base64, "base64"));
    expect(decoded.metadata).toEqual(metadata);
    expect(new Set(decoded.tensors.keys())).toEqual(new Set(tensors.map(({ name }) => name)));
    for (const { name, ...due } of tensors) {
      const tensor = decoded.tensors.get(name) as Tensor;
      expect([tensor.dtype, tensor.shape]).toEqual([due.dtype, due.shape]);
      const flat = tensor.reshape([-1]).toArray() as unknown[];
      expect(flat).toEqual(
        due.elements.map((element, index) =>
          typeof element === "string" ? (typeof flat[index] === "bigint" ? BigInt(element) : Number(element)) : element,
        ),
      );
    }
  });
});

describe("a look at the header", () => {
  test("needs nothing behind it", () => {
    const bytes = encodeSafetensors(new Map([["x", new Tensor("float32", [2, 3], new Float32Array(6))]]), { a: "b" });
    const { dataStart } = peekSafetensors(bytes);
    const header = peekSafetensors(bytes.subarray(0, dataStart));
    expect([...header.tensors]).toEqual([["x", { dtype: "float32", shape: [2, 3], begin: 0, end: 24 }]]);
    expect(header.metadata).toEqual({ a: "b" });
  });
});

const entry = (fields: object = {}): string => JSON.stringify({ dtype: "U8", shape: [2], data_offsets: [0, 2], ...fields });

describe("malformed bytes", () => {
  test.each<[string, Uint8Array, string]>([
    ["none", new Uint8Array(0), "it ends after 0 bytes"],
    ["seven", new Uint8Array(7), "it ends after 7 bytes"],
    ["a header longer than all", Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d), "its header would have 9 bytes, but only 2 follow"],
    ["a header beyond 100 MB", Uint8Array.of(1, 225, 245, 5, 0, 0, 0, 0), "its header would have 100000001 bytes, 100000000 are the most"],
    ["a header of 2^64 bytes", new Uint8Array(16).fill(255), "its header would have 18446744073709551615 bytes"],
    ["an empty header", withHeader(""), 'its header begins with "", not with "{"'],
    ["a blank first", withHeader(" {}"), 'its header begins with " {}"'],
    ["a byte order mark first", withHeader("\ufeff{}"), "its header begins with"],
    ["no UTF-8", Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0xff, 0x7d), "its header is not UTF-8"],
    ["a list", withHeader("[]"), "its header begins with"],
    ["an open object", withHeader("{"), "a key is due at character 1 of the header, not the end"],
    ["two objects", withHeader("{}{}"), 'the end is due at character 2 of the header, not "{}"'],
    ["a comma too many", withHeader(`{"a":${entry()},}`, 2), "a key is due"],
    ["zeros behind it", withHeader("{}\0\0"), "the end is due"],
    ["an open text", withHeader('{"a'), "a key has no end"],
    ["text that ends in a backslash", withHeader('{"a\\'), "a key has no end"],
    ["a bad escape", withHeader('{"\\x":1}'), "a key is no JSON text"],
    ["a tensor twice", withHeader(`{"a":${entry()},"a":${entry()}}`, 2), 'the header has the key "a" twice'],
    ["a tensor twice, written differently", withHeader(`{"a":${entry()},"\\u0061":${entry()}}`, 2), 'the header has the key "a" twice'],
    ["metadata twice", withHeader('{"__metadata__":{},"__metadata__":{}}'), 'the key "__metadata__" twice'],
    ["metadata with a key twice", withHeader('{"__metadata__":{"a":"","a":""}}'), 'the metadata has the key "a" twice'],
    ["metadata that is a number", withHeader('{"__metadata__":{"a":1}}'), "a value of the metadata is due"],
    ["metadata that is null", withHeader('{"__metadata__":null}'), 'the metadata with its "{" is due'],
    ["a tensor that is null", withHeader('{"a":null}'), 'tensor "a": the entry with its "{" is due'],
    ["a dtype twice", withHeader('{"a":{"dtype":"U8","dtype":"I8"}}'), 'tensor "a": the entry has the key "dtype" twice'],
    ["no dtype", withHeader('{"a":{"shape":[2],"data_offsets":[0,2]}}', 2), 'tensor "a" lacks one of dtype, shape and data_offsets'],
    ["no shape", withHeader('{"a":{"dtype":"U8","data_offsets":[0,2]}}', 2), 'tensor "a" lacks one of'],
    ["no offsets", withHeader('{"a":{"dtype":"U8","shape":[2]}}', 2), 'tensor "a" lacks one of'],
    ["one offset", withHeader(`{"a":${entry({ data_offsets: [0] })}}`, 2), 'tensor "a" has the data_offsets [0], not a begin and an end'],
    [
      "three offsets",
      withHeader(`{"a":${entry({ data_offsets: [0, 1, 2] })}}`, 2),
      'tensor "a": more than 2 numbers stand in the data_offsets',
    ],
    ["offsets turned around", withHeader(`{"a":${entry({ data_offsets: [2, 0] })}}`, 2), 'tensor "a" has the data_offsets [2, 0]'],
    ["an unknown key", withHeader(`{"a":${entry({ strides: [1] })}}`, 2), 'tensor "a" has the key "strides"'],
    [
      "a dtype of 8-bit floats",
      withHeader(`{"a":${entry({ dtype: "F8_E4M3" })}}`, 2),
      'tensor "a" is of dtype "F8_E4M3"; known are BOOL, I8, U8',
    ],
    ["a dtype of the prototype", withHeader(`{"a":${entry({ dtype: "toString" })}}`, 2), 'tensor "a" is of dtype "toString"'],
    ["a shape with text", withHeader(`{"a":${entry({ shape: ["2"] })}}`, 2), 'tensor "a": a whole number below 2^53 in the shape is due'],
    ["a size below zero", withHeader(`{"a":${entry({ shape: [-2] })}}`, 2), "a whole number below 2^53 in the shape is due"],
    ["a fraction", withHeader(`{"a":${entry({ shape: [1.5] })}}`, 2), "a whole number below 2^53 in the shape is due"],
    [
      "an exponent",
      withHeader('{"a":{"dtype":"U8","shape":[2e0],"data_offsets":[0,2]}}', 2),
      "a whole number below 2^53 in the shape is due",
    ],
    [
      "a leading zero",
      withHeader('{"a":{"dtype":"U8","shape":[02],"data_offsets":[0,2]}}', 2),
      "a whole number below 2^53 in the shape is due",
    ],
    [
      "a size of 2^53",
      withHeader('{"a":{"dtype":"U8","shape":[9007199254740992],"data_offsets":[0,2]}}', 2),
      "a whole number below 2^53 in the shape is due",
    ],
    [
      "a size of 100 digits",
      withHeader(`{"a":{"dtype":"U8","shape":[${"9".repeat(100)}],"data_offsets":[0,2]}}`, 2),
      "a whole number below 2^53 in the shape is due",
    ],
    [
      "33 dimensions",
      withHeader(`{"a":${entry({ shape: Array.from({ length: 33 }, () => 1) })}}`, 2),
      'tensor "a": more than 32 numbers stand in the shape',
    ],
    [
      "a shape whose product overflows",
      withHeader(`{"a":${entry({ shape: [2 ** 52, 2 ** 52] })}}`, 2),
      'tensor "a" has the shape [4503599627370496, 4503599627370496], more elements than can be counted',
    ],
    [
      "a shape that overflows to nothing",
      withHeader(`{"a":${entry({ shape: [2 ** 52, 2 ** 52, 0], data_offsets: [0, 0] })}}`),
      "more elements than can be counted",
    ],
    [
      "no elements in endless rows",
      withHeader(`{"a":${entry({ shape: [4_294_967_295, 0], data_offsets: [0, 0] })}}`),
      "no elements in 4294967295 rows, 1000000 are the most",
    ],
    [
      "a shape larger than the offsets",
      withHeader(`{"a":${entry({ shape: [3] })}}`, 2),
      'tensor "a" is U8 of shape [3], 3 bytes, but its data_offsets say 2',
    ],
    [
      "a dtype larger than the offsets",
      withHeader(`{"a":${entry({ dtype: "F64" })}}`, 2),
      'tensor "a" is F64 of shape [2], 16 bytes, but its data_offsets say 2',
    ],
    [
      "half an element",
      withHeader(`{"a":${entry({ dtype: "U16", shape: [1], data_offsets: [0, 3] })}}`, 3),
      "2 bytes, but its data_offsets say 3",
    ],
    ["less data than offsets", withHeader(`{"a":${entry()}}`, 1), 'tensor "a" would end at byte 2, but only 1 follow the header'],
    [
      "more data than offsets",
      withHeader(`{"a":${entry()}}`, 3),
      "1 bytes are left over behind its last tensor, which ends at byte 2 of 3",
    ],
    ["data without a tensor", withHeader("{}", 3), "3 bytes are left over"],
    [
      "a hole at the start",
      withHeader(`{"a":${entry({ data_offsets: [1, 3] })}}`, 3),
      'tensor "a" begins at byte 1, leaving a hole from 0 on',
    ],
    [
      "a hole between",
      withHeader(`{"a":${entry()},"b":${entry({ data_offsets: [3, 5] })}}`, 5),
      'tensor "b" begins at byte 3, leaving a hole from 2 on',
    ],
    [
      "tensors that overlap",
      withHeader(`{"b":${entry({ data_offsets: [1, 3] })},"a":${entry()}}`, 3),
      'tensor "b" begins at byte 1, inside of the one that ends at 2',
    ],
    [
      "the same bytes for two",
      withHeader(`{"a":${entry()},"b":${entry()}}`, 2),
      'tensor "b" begins at byte 0, inside of the one that ends at 2',
    ],
  ])("%s are refused with what is wrong", (_what, bytes, message) => {
    expect(() => decodeSafetensors(bytes)).toThrow(
      expect.objectContaining({ code: "BENTO_BAD_REQUEST", message: expect.stringContaining(message) }),
    );
  });

  test("with more than 100,000 tensors are refused", () => {
    const entries = Array.from({ length: 1e5 + 1 }, (_, index) => `"${index}":${entry({ shape: [0], data_offsets: [0, 0] })}`);
    expect(() => decodeSafetensors(withHeader(`{${entries.join(",")}}`))).toThrow("it has more than 100000 tensors");
    expect(decodeSafetensors(withHeader(`{"__metadata__":{},${entries.slice(1).join(",")}}`)).tensors.size).toBe(1e5);
  });

  test("names of the prototype are just names, and long ones are cut in errors", () => {
    const { tensors, metadata } = decodeSafetensors(withHeader(`{"__metadata__":{"__proto__":"x"},"__proto__":${entry()}}`, 2));
    expect([...tensors.keys()]).toEqual(["__proto__"]);
    expect(Object.entries(metadata)).toEqual([["__proto__", "x"]]);
    expect(Object.getPrototypeOf(metadata)).toBe(Object.prototype);
    expect(() => decodeSafetensors(withHeader(`{"${"n".repeat(1e5)}":{}}`))).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/^.{1,200}$/) }),
    );
  });
});

/** Decodes whatever it is: either tensors that lie within the bytes, or the one right error. */
function decodeAnything(bytes: Uint8Array): boolean {
  try {
    const { tensors } = decodeSafetensors(bytes);
    let length = 0;
    for (const tensor of tensors.values()) length += tensor.byteLength;
    expect(length).toBeLessThan(bytes.length);
    return true;
  } catch (error) {
    if (!BentoError.is(error, "BENTO_BAD_REQUEST")) throw error;
    expect(error.message.length).toBeLessThan(1000);
    return false;
  }
}

describe("hostile bytes", () => {
  test("that were valid before a few changes are decoded or refused", () => {
    let decoded = 0;
    fc.assert(
      fc.property(anyTensors, anyMetadata, anyMutation, (tensors, metadata, mutate) => {
        decoded += Number(decodeAnything(mutate(encodeSafetensors(tensors, metadata))));
      }),
      { numRuns: 2000 },
    );
    expect(decoded).toBeGreaterThan(0);
  });

  test("that are random are refused, behind a right length too", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => !decodeAnything(bytes)));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.string().map((text) => `{${text}`),
        ),
        fc.nat(20),
        (header, data) => void decodeAnything(withHeader(header, data)),
      ),
      { numRuns: 1000 },
    );
  });

  test("with made-up tensors never give what the bytes do not hold", () => {
    const anySize = fc.oneof(fc.nat(8), fc.maxSafeNat());
    const anyEntry = fc.record({
      dtype: fc.constantFrom("BOOL", "U8", "F16", "F32", "I64", "F4"),
      shape: fc.array(anySize, { maxLength: 4 }),
      data_offsets: fc.array(anySize, { minLength: 2, maxLength: 2 }),
    });
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), anyEntry),
        fc.nat(64),
        (entries, data) => void decodeAnything(withHeader(JSON.stringify(entries), data)),
      ),
      { numRuns: 1000 },
    );
  });

  test.each([
    ["open lists", "[".repeat(2e6)],
    ["open objects", '{"a":'.repeat(4e5)],
    ["a list of a million sizes", `{"a":{"dtype":"U8","shape":[${"1,".repeat(1e6)}1]}}`],
    ["quotes and backslashes", `{"${String.raw`\"\\`.repeat(5e5)}":`],
    ["blanks", `{${" ".repeat(2e6)}`],
    ["a number of two million digits", `{"a":{"shape":[${"1".repeat(2e6)}]}}`],
    [
      "tensors",
      `{${Array.from({ length: 4e4 }, (_, index) => `"${index}":${entry({ shape: [0], data_offsets: [0, 0] })}`).join(",")},"x":{}}`,
    ],
  ])("of two megabytes of %s are refused in little time", (_what, header) => {
    const bytes = withHeader(header);
    const start = process.cpuUsage();
    expect(decodeAnything(bytes)).toBe(false);
    const { user, system } = process.cpuUsage(start);
    // Some ten times what it takes: what grows with the square would take minutes.
    expect((user + system) / 1e6).toBeLessThan(5);
  });
});
