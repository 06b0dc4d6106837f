import fc from "fast-check";
import { type DType, dtypes, Tensor } from "../../src/index.js";
import { viewOf } from "../../src/tensor/dtype.js";

export const everyDType = Object.keys(dtypes) as DType[];

/** Tensors of any dtype, scalars and such without elements among them, whose bits are whatever they are. */
export const anyTensor: fc.Arbitrary<Tensor> = fc
  .tuple(fc.constantFrom(...everyDType), fc.array(fc.nat(4), { maxLength: 4 }))
  .chain(([dtype, shape]) => {
    const size = shape.reduce((product, dimension) => product * dimension, 1);
    const length = size * dtypes[dtype].bytes;
    return fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => {
      const whole = dtype === "bool" ? bytes.map((byte) => byte & 1) : bytes.slice();
      return new Tensor(dtype, shape, viewOf(dtype, whole.buffer, 0, size));
    });
  });

/** A tensor as what may be compared: its bits, so that no NaN is like another and -0 is not 0. */
export function bitsOf({ dtype, shape, data }: Tensor): unknown {
  return { dtype, shape, bytes: [...new Uint8Array(data.buffer, data.byteOffset, data.byteLength)] };
}

/** Bytes with a safetensors header of any text, and some bytes behind it. */
export function withHeader(header: string, dataBytes = 0): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

/** A change of some bytes, as accidents and attackers make it. */
export const anyMutation: fc.Arbitrary<(bytes: Uint8Array) => Uint8Array> = fc
  .array(fc.tuple(fc.constantFrom("set", "flip", "cut", "insert", "double"), fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 })
  .map((changes) => (bytes) => {
    let changed = [...bytes];
    for (const [change, anywhere, byte] of changes) {
      const at = changed.length === 0 ? 0 : anywhere % changed.length;
      if (change === "set") changed[at] = byte;
      else if (change === "flip") changed[at] = (changed[at] ?? 0) ^ (1 << (byte % 8));
      else if (change === "cut") changed = changed.slice(0, at);
      else if (change === "insert") changed.splice(at, 0, byte);
      else changed.splice(at, 0, ...changed.slice(at, at + byte));
    }
    return Uint8Array.from(changed);
  });
