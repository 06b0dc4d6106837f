import { assemble, get, i32, repeatWhile, select, set, when } from "../../wasm/assembler.js";

/** @typedef {import("../../wasm/assembler.js").Code} Code */

// Where things lie in the memory. Probabilities: 256 of 16 bits for each position modulo 4.
const probabilitiesAt = 0;
const contentAt = 1 << 16;
const codedAt = 2 << 16;
/** What is no coder's output may have the decoder read on, a byte for each of the nine bits of a literal. */
const memoryPages = 3 + 9;

const probabilityBits = 11;
const even = 1 << (probabilityBits - 1);
const whole = 1 << probabilityBits;
const moveBits = 5;
const topOfRange = 1 << 24;

// The locals of the function, the first two of them its parameters.
const length = 0;
const positionMask = 1;
const at = 2;
const noMatch = 3;
const range = 4;
const code = 5;
const input = 6;
const symbol = 7;
const table = 8;
const ifOne = 9;
const address = 10;
const probability = 11;
const bound = 12;
const isLiteral = 13;

/** Takes a byte in when the range has become small. */
const normalize = when(
  i32.less(get(range), i32.const(topOfRange)),
  set(range, i32.shl(get(range), i32.const(8))),
  set(code, i32.or(i32.shl(get(code), i32.const(8)), i32.load8(get(input)))),
  set(input, i32.add(get(input), i32.const(1))),
);

/** Without a branch on the bit, as in the coder. */
const decodeBit = [
  ...normalize,
  ...set(address, i32.add(get(table), i32.shl(get(symbol), i32.const(1)))),
  ...set(probability, i32.load16(get(address))),
  ...set(bound, i32.mul(i32.shr(get(range), i32.const(probabilityBits)), get(probability))),
  ...set(ifOne, i32.sub(i32.less(get(code), get(bound)), i32.const(1))),
  ...set(code, i32.sub(get(code), i32.and(get(bound), get(ifOne)))),
  ...set(range, select(get(ifOne), i32.sub(get(range), get(bound)), get(bound))),
  ...i32.store16(
    get(address),
    i32.sub(
      get(probability),
      i32.shrSigned(
        i32.add(get(probability), i32.and(i32.xor(get(ifOne), i32.const(-1)), i32.const((1 << moveBits) - 1 - whole))),
        i32.const(moveBits),
      ),
    ),
  ),
  ...set(symbol, i32.sub(i32.shl(get(symbol), i32.const(1)), get(ifOne))),
];

/** The four bytes that the range coder starts with, after a zero. @type {Code} */
const firstCode = [1, 2, 3, 4].map((index) => i32.shl(i32.load8(i32.const(codedAt + index)), i32.const(32 - index * 8))).reduce(i32.or);

const body = [
  ...set(noMatch, i32.const(even)),
  ...set(range, i32.const(-1)),
  ...set(code, firstCode),
  ...set(input, i32.const(codedAt + 5)),
  ...repeatWhile(
    i32.and(get(isLiteral), i32.less(get(at), get(length))),
    normalize,
    set(bound, i32.mul(i32.shr(get(range), i32.const(probabilityBits)), get(noMatch))),
    set(isLiteral, i32.less(get(code), get(bound))),
    set(range, get(bound)),
    set(noMatch, i32.add(get(noMatch), i32.shr(i32.sub(i32.const(whole), get(noMatch)), i32.const(moveBits)))),
    set(symbol, i32.const(1)),
    set(table, i32.add(i32.const(probabilitiesAt), i32.shl(i32.and(get(at), get(positionMask)), i32.const(9)))),
    ...Array.from({ length: 8 }, () => decodeBit),
    i32.store8(get(at), get(symbol), contentAt),
    set(at, i32.add(get(at), i32.const(1))),
  ),
  ...normalize,
  // A range coder is at its end when nothing of its code is left.
  ...select(i32.and(get(isLiteral), i32.less(get(code), i32.const(1))), get(input), i32.const(0)),
];

const program = assemble({ memoryPages, functions: { run: { parameters: 2, locals: Array.from({ length: 12 }, () => "i32"), body } } });
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(program));
const { memory, run } = /** @type {{ memory: WebAssembly.Memory, run: (length: number, positionMask: number) => number }} */ (
  /** @type {unknown} */ (exports)
);
const bytes = new Uint8Array(memory.buffer);
const probabilities = new Uint16Array(memory.buffer, probabilitiesAt, 4 * 256);

/**
 * What LZMA's range coder wrote with all probabilities even, where that is nothing but literals and all of `coded`;
 * otherwise `undefined`. A view that the next call overwrites.
 * @param {Uint8Array} coded at most 64 KiB
 * @param {number} contentLength from 1 to 64 KiB
 * @param {number} positionBits
 */
export function decodeLiterals(coded, contentLength, positionBits) {
  if (coded.length < 5 || coded[0] !== 0) return undefined;
  probabilities.fill(even);
  bytes.set(coded, codedAt);
  const end = run(contentLength, (1 << positionBits) - 1);
  return end === codedAt + coded.length ? bytes.subarray(contentAt, contentAt + contentLength) : undefined;
}
