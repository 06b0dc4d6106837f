import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BentoError } from "../errors.js";
import { DataFrame } from "../table/data-frame.js";
import { Tensor } from "../tensor/tensor.js";
import { decodeArrowTable, encodeArrowTable } from "./table.js";
import { decodeArrowTensors, encodeArrowTensors } from "./tensors.js";
import { joinParts } from "./write-stream.js";

const table = encodeArrowTable(
  DataFrame.fromColumns({
    numbers: new Float64Array([1, 2, 3]),
    some: [1, null, 3],
    flags: [true, false, null],
    texts: ["a", "ü", null],
    dates: [new Date(0), null, new Date(1)],
    bytes: [new Uint8Array(3), null, new Uint8Array(1)],
    lists: [[["a"], []], [], null],
    objects: [{ a: 1 }, null, [2]],
    nulls: [null, null, null],
  }),
);
const tensors = joinParts(
  encodeArrowTensors({ image: Tensor.from(new Float32Array(24)).reshape([2, 3, 4]), flags: Tensor.from([true, false]) }),
);
const mixed = joinParts(encodeArrowTensors({ rows: [Tensor.from([1, 2]), Tensor.from([1n])], threshold: 0.5 }));

/** The error that a decoder answers with, or nothing; anything else that it throws fails the test. */
function refusal(decode: (bytes: Uint8Array) => unknown, bytes: Uint8Array): string | undefined {
  try {
    decode(bytes);
    return undefined;
  } catch (error) {
    if (BentoError.is(error, "BENTO_BAD_REQUEST")) return error.message;
    throw error;
  }
}

const decoders = [decodeArrowTable, decodeArrowTensors];

/** Most lies are told where a length or an offset stands: a number at a multiple of 4 is replaced. */
const lie = fc.oneof(
  fc.constantFrom(0, 1, 2, 3, 4, 7, 8, 16, 64, 255, 256, 65_535, 2 ** 20, 2 ** 30, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32 - 4),
  fc.nat(2 ** 32 - 1),
);

describe("bytes that nobody vouches for are read or refused", () => {
  test.for([
    ["a table", table],
    ["tensors", tensors],
    ["a value with tensors", mixed],
  ] as const)("%s with numbers replaced", ([, valid]) => {
    const changes = fc.array(fc.tuple(fc.nat(valid.byteLength / 4 - 1), lie), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(changes, (numbers) => {
        const bytes = valid.slice();
        const view = new DataView(bytes.buffer);
        for (const [at, number] of numbers) view.setUint32(at * 4, number, true);
        for (const decode of decoders) refusal(decode, bytes);
      }),
      { numRuns: 1500 },
    );
  });

  test.for([
    ["a table", table],
    ["tensors", tensors],
  ] as const)("%s with any bytes replaced, cut off or added", ([, valid]) => {
    const edits = fc.array(fc.tuple(fc.nat(valid.byteLength - 1), fc.nat(255)), { maxLength: 8 });
    fc.assert(
      fc.property(edits, fc.nat(valid.byteLength), fc.uint8Array({ maxLength: 20 }), (numbers, length, more) => {
        const bytes = Uint8Array.from([...valid.subarray(0, length), ...more]);
        for (const [at, byte] of numbers) if (at < bytes.byteLength) bytes[at] = byte;
        for (const decode of decoders) refusal(decode, bytes);
      }),
      { numRuns: 1000 },
    );
  });

  test("random bytes", () => {
    const message = fc
      .uint8Array({ maxLength: 200 })
      .map((bytes) => joinParts([new Uint8Array([255, 255, 255, 255, bytes.length, 0, 0, 0]), bytes]));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), message), (bytes) => {
        for (const decode of decoders) expect(refusal(decode, bytes)).toBeTypeOf("string");
      }),
      { numRuns: 2000 },
    );
  });

  test("every cut of a stream within a message is refused", () => {
    const end = table.byteLength - 8;
    for (let length = 0; length < end; length++) {
      // Between two messages a stream may end.
      if (refusal(decodeArrowTable, table.subarray(0, length)) === undefined)
        expect(decodeArrowTable(table.subarray(0, length)).length).toBe(0);
    }
    expect(decodeArrowTable(table.subarray(0, end)).length).toBe(3);
  });
});
