import { crc32Bzip2 } from "./crc32-bzip2.js";

const magics = { block: [0x31, 0x41, 0x59, 0x26, 0x53, 0x59], end: [0x17, 0x72, 0x45, 0x38, 0x50, 0x90] };
/** All 256 bytes occur; with the two symbols for runs and the one for the end, less the one that runs stand for. */
const symbolCount = 258;
const endSymbol = 257;

/**
 * A bzip2 stream of one block, whose coded symbols happen to spell a magic number. No compressor would meet one in a
 * million years; by hand it is easy: with codes of eight bits for the first 254 symbols, a symbol is a byte.
 */
export function blockWithMagicNumber(kind: keyof typeof magics): { readonly stream: Buffer; readonly content: Buffer } {
  // The rest is chosen so that no byte comes four times in a row, which would count as a run.
  const symbols = [...magics[kind], 251, 3, 128, 9, 44];
  const content = unrotated(symbols.map(bytesOfSymbols()));
  const bits: string[] = [];
  const put = (value: number, count: number): void => {
    bits.push(value.toString(2).padStart(count, "0"));
  };
  const putBytes = (bytes: Iterable<number>): void => {
    for (const byte of bytes) put(byte, 8);
  };
  putBytes([...Buffer.from("BZh9"), ...magics.block]);
  put(crc32Bzip2(content), 32);
  put(0, 1);
  put(0, 24);
  for (let index = 0; index < 17; index += 1) put(0xffff, 16);
  // Two equal tables, one selector: the first table.
  put(2, 3);
  put(1, 15);
  put(0, 1);
  for (let table = 0; table < 2; table += 1) {
    put(8, 5);
    for (let symbol = 0; symbol < symbolCount; symbol += 1) put(symbol === 254 ? 0b100 : 0, symbol === 254 ? 3 : 1);
  }
  for (const symbol of symbols) put(symbol, 8);
  put((254 << 1) + (endSymbol - 254), 9);
  putBytes(magics.end);
  put(crc32Bzip2(content), 32);
  const all = bits.join("");
  const bytes = Array.from({ length: Math.ceil(all.length / 8) }, (_, index) =>
    Number.parseInt(all.slice(index * 8, index * 8 + 8).padEnd(8, "0"), 2),
  );
  return { stream: Buffer.from(bytes), content };
}

/** Symbols 2 and up are places in a list of bytes, where each byte used moves to the front. */
function bytesOfSymbols(): (symbol: number) => number {
  const list = Array.from({ length: 256 }, (_, byte) => byte);
  return (symbol) => {
    const [byte] = list.splice(symbol - 1, 1) as [number];
    list.unshift(byte);
    return byte;
  };
}

/** The inverse of the Burrows-Wheeler transform, for origin 0. */
function unrotated(last: readonly number[]): Buffer {
  const order = last.map((_, index) => index).toSorted((left, right) => (last[left] as number) - (last[right] as number) || left - right);
  const result: number[] = [];
  let at = order[0] as number;
  for (let count = 0; count < last.length; count += 1) {
    result.push(last[at] as number);
    at = order[at] as number;
  }
  return Buffer.from(result);
}
