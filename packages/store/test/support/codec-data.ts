import { createCipheriv } from "node:crypto";

/** Bytes that look random, and are the same each time. */
export function noise(size: number, seed = 1): Buffer {
  const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16, seed), Buffer.alloc(16));
  return cipher.update(Buffer.alloc(size));
}

/** Text of words, which compresses well. */
export function words(size: number): Buffer {
  const choices = noise(Math.ceil(size / 4) + 1, 2);
  const vocabulary = ["weights", "bias", "layer", "the", "norm", "of", "attention", "\n", "0.125", "head"];
  let text = "";
  for (let index = 0; text.length < size; index += 1) text += `${vocabulary[(choices[index] as number) % vocabulary.length]} `;
  return Buffer.from(text).subarray(0, size);
}

/** Weights as most models have them: 32-bit floats around zero, of which only the highest byte compresses. */
export function weights(size: number): Buffer {
  const source = noise(size, 3);
  const floats = new Float32Array(Math.ceil(size / 4));
  for (let index = 0; index < floats.length; index += 1) {
    const at = index * 4;
    const sum = (source[at] ?? 0) + (source[at + 1] ?? 0) + (source[at + 2] ?? 0) + (source[at + 3] ?? 0);
    floats[index] = (sum - 510 + (source[at] ?? 0) / 257 + (source[at + 1] ?? 0) / 65_539 + (source[at + 2] ?? 0) / 16_777_259) / 10_000;
  }
  return Buffer.from(floats.buffer, 0, size);
}

/** Stretches of everything above and of zeros, none of them as long as a block. */
export function mixedBytes(size: number): Buffer {
  const part = Math.ceil(size / 4);
  return Buffer.concat([words(part), noise(part), weights(part), Buffer.alloc(part)]).subarray(0, size);
}

/** Bytes in chunks of one size. */
export async function* piecesOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.slice(start, start + size);
}

/** Weights of 16 bits (bfloat16), whose high bytes compress and whose low bytes do not. */
export function halfWeights(size: number): Buffer {
  const source = weights(size * 2);
  return Buffer.from(Uint8Array.from({ length: size }, (_, at) => source[(at >> 1) * 4 + 2 + (at & 1)] as number).buffer);
}
