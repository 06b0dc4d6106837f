import { assemble, get, i32, i64, repeatWhile, select, set, when } from "../../wasm/assembler.js";

/** @typedef {import("../../wasm/assembler.js").Code} Code */

// Where things lie in the memory. Probabilities: 256 of 16 bits for each position modulo 4.
const probabilitiesAt = 0;
const contentAt = 1 << 16;
const outputAt = 2 << 16;
/** Content for one run. */
export const mostContent = 1 << 16;
/** Each of 8 bits can come out as six at worst, and what says that it is a literal as one. */
const memoryPages = 2 + 7;

// Probabilities are of 11 bits and move by a 32nd of what is missing, as the decoder's do.
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
const low = 5;
const output = 6;
const symbol = 7;
const table = 8;
const ifOne = 9;
const address = 10;
const probability = 11;
const bound = 12;
const carried = 13;
const back = 14;

/**
 * Passes a byte on when the range has become small. What stands in `low` above 32 bits is a carry into the bytes
 * that were passed on before, and through those of them that are 0xff.
 */
const normalize = when(
  i32.less(get(range), i32.const(topOfRange)),
  set(range, i32.shl(get(range), i32.const(8))),
  addCarry(),
  i32.store8(get(output), i32.fromI64(i64.shr(get(low), i64.const(24)))),
  set(output, i32.add(get(output), i32.const(1))),
  set(low, i64.and(i64.shl(get(low), i64.const(8)), i64.const(0xffff_ffff))),
);

/** @returns {Code} */
function addCarry() {
  return when(
    i32.fromI64(i64.shr(get(low), i64.const(32))),
    set(back, get(output)),
    repeatWhile(
      i32.greater(get(carried), i32.const(0xff)),
      set(back, i32.sub(get(back), i32.const(1))),
      set(carried, i32.add(i32.load8(get(back)), i32.const(1))),
      i32.store8(get(back), get(carried)),
    ),
  );
}

/** @type {(operand: Code) => Code} */
const not = (operand) => i32.xor(operand, i32.const(-1));

/**
 * Codes one bit of the symbol, which has a one before its eight bits. Without a branch on the bit: the bits of weights
 * are as good as random, and each branch gone wrong would cost as much as the rest.
 * @type {(shift: number) => Code}
 */
const codeBit = (shift) => [
  ...set(ifOne, i32.shrSigned(i32.shl(get(symbol), i32.const(31 - shift)), i32.const(31))),
  // The bits before this one, with their leading one, choose its probability.
  ...set(address, i32.add(get(table), i32.shl(i32.shr(get(symbol), i32.const(shift + 1)), i32.const(1)))),
  ...set(probability, i32.load16(get(address))),
  ...set(bound, i32.mul(i32.shr(get(range), i32.const(probabilityBits)), get(probability))),
  ...set(low, i64.add(get(low), i64.fromI32(i32.and(get(bound), get(ifOne))))),
  ...set(range, select(get(ifOne), i32.sub(get(range), get(bound)), get(bound))),
  // p - (p >> 5) after a one; p + ((2048 - p) >> 5) after a zero, written as a subtraction too.
  ...i32.store16(
    get(address),
    i32.sub(
      get(probability),
      i32.shrSigned(i32.add(get(probability), i32.and(not(get(ifOne)), i32.const((1 << moveBits) - 1 - whole))), i32.const(moveBits)),
    ),
  ),
  ...normalize,
];

const body = [
  ...set(noMatch, i32.const(even)),
  ...set(range, i32.const(-1)),
  // The first byte of any range coder's output is zero.
  ...i32.store8(i32.const(outputAt), i32.const(0)),
  ...set(output, i32.const(outputAt + 1)),
  ...repeatWhile(
    i32.less(get(at), get(length)),
    // Each literal says first that it is no match, which soon costs next to nothing.
    set(range, i32.mul(i32.shr(get(range), i32.const(probabilityBits)), get(noMatch))),
    set(noMatch, i32.add(get(noMatch), i32.shr(i32.sub(i32.const(whole), get(noMatch)), i32.const(moveBits)))),
    normalize,
    set(symbol, i32.or(i32.const(0x100), i32.load8(get(at), contentAt))),
    set(table, i32.add(i32.const(probabilitiesAt), i32.shl(i32.and(get(at), get(positionMask)), i32.const(9)))),
    ...[7, 6, 5, 4, 3, 2, 1, 0].map((shift) => codeBit(shift)),
    set(at, i32.add(get(at), i32.const(1))),
  ),
  ...addCarry(),
  ...[24, 16, 8, 0].flatMap((shift, index) => i32.store8(get(output), i32.fromI64(i64.shr(get(low), i64.const(shift))), index)),
  ...i32.sub(i32.add(get(output), i32.const(4)), i32.const(outputAt)),
];

const program = assemble({
  memoryPages,
  functions: {
    run: {
      parameters: 2,
      locals: ["i32", "i32", "i32", "i64", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32"],
      body,
    },
  },
});
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(program));
const { memory, run } = /** @type {{ memory: WebAssembly.Memory, run: (length: number, positionMask: number) => number }} */ (
  /** @type {unknown} */ (exports)
);
const bytes = new Uint8Array(memory.buffer);
const probabilities = new Uint16Array(memory.buffer, probabilitiesAt, 4 * 256);

/**
 * The content, at most {@link mostContent} bytes of it, as the range coder of LZMA writes literals with nothing before
 * them. A view that the next call overwrites.
 * @param {Uint8Array} content
 * @param {number} positionBits
 */
export function codeLiterals(content, positionBits) {
  probabilities.fill(even);
  bytes.set(content, contentAt);
  const size = run(content.length, (1 << positionBits) - 1);
  return bytes.subarray(outputAt, outputAt + size);
}
