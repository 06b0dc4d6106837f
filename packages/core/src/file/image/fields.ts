// Numbers inside the head of a file. Every reader checks the length before it asks; what lies behind the end is 0.

export function uint16(bytes: Uint8Array, at: number, littleEndian = false): number {
  const first = bytes[at] ?? 0;
  const second = bytes[at + 1] ?? 0;
  return littleEndian ? first | (second << 8) : (first << 8) | second;
}

export function uint24(bytes: Uint8Array, at: number): number {
  return uint16(bytes, at, true) | ((bytes[at + 2] ?? 0) << 16);
}

export function uint32(bytes: Uint8Array, at: number, littleEndian = false): number {
  const first = uint16(bytes, at, littleEndian);
  const second = uint16(bytes, at + 2, littleEndian);
  return littleEndian ? first + second * 0x10000 : first * 0x10000 + second;
}

/** A number of 64 bits; beyond 2^53 not exact, and then larger than any file. */
export function uint64(bytes: Uint8Array, at: number, littleEndian = false): number {
  const first = uint32(bytes, at, littleEndian);
  const second = uint32(bytes, at + 4, littleEndian);
  return littleEndian ? first + second * 0x100000000 : first * 0x100000000 + second;
}

export function int32(bytes: Uint8Array, at: number, littleEndian = false): number {
  return uint32(bytes, at, littleEndian) | 0;
}

/** Whether these very characters stand there, one byte each. */
export function hasAscii(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** Some bytes as characters, one each. */
export function ascii(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
