/** Some bits of a stream, which start and end anywhere in their bytes. */
export interface Bits {
  readonly bytes: Uint8Array;
  /** The first of them, counted from the highest bit of the first byte. */
  readonly start: number;
  readonly bits: number;
}

/** Up to 32 bits as a number, from a bit on, counted from the first one; zeros where there are no more. */
export function numberAt({ bytes, start }: Bits, at: number, count: number): number {
  let value = 0;
  for (let bit = start + at; bit < start + at + count; bit += 1) {
    value = value * 2 + (((bytes[Math.floor(bit / 8)] ?? 0) >> (7 - (bit % 8))) & 1);
  }
  return value;
}

/** Two runs of bits of the same stream, of which the second starts where the first one ends. */
export function joined(first: Bits, second: Bits): Bits {
  // Where they meet within a byte, both have it.
  const whole = Math.floor((first.start + first.bits) / 8);
  const bytes = new Uint8Array(whole + second.bytes.length);
  bytes.set(first.bytes.subarray(0, whole));
  bytes.set(second.bytes, whole);
  return { bytes, start: first.start, bits: first.bits + second.bits };
}
