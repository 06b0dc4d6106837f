import { assemble, get, i32, i64, repeatWhile, set, when } from "../../wasm/assembler.js";

/** @typedef {import("../../wasm/assembler.js").Code} Code */

/** Content of one block, at most. Bytes. */
const mostContent = 1024 * 1024;
/** The longest code that four of which, behind the rest of a byte, fit into 64 bits. Bits. */
export const longestCode = 14;
/** Bytes that are worked on together. What is left over is for the caller. */
export const group = 4;

// Where things lie in the memory.
const codesAt = 0;
const codeCount = 257;
const contentAt = 1 << 16;
const outputAt = contentAt + mostContent;
/** Output is hardly larger than its content: what does not shrink is stored. */
const outputRoom = mostContent + 65536;
const memoryPages = (outputAt + outputRoom) / 65536;

/**
 * An entry of the table has the code's length in its lowest 8 bits, so that it can be shifted by as it is, and that the
 * sum of four has the sum of the lengths there.
 * @returns {Code}
 */
function writing() {
  const at = 0;
  const end = 1;
  const position = 2;
  const output = 3;
  const bits = 4;
  const waiting = 5;
  const entries = [6, 7, 8, 9];
  const [first, second, third, fourth] = /** @type {[number, number, number, number]} */ (entries);
  /** @type {(one: number, other: number) => Code} */
  const pair = (one, other) => i64.fromI32(i32.or(codeOf(one), i32.shl(codeOf(other), get(one))));
  /** @type {(entry: number) => Code} */
  const codeOf = (entry) => i32.shr(get(entry), i32.const(8));
  return [
    ...set(output, i32.add(i32.const(outputAt), i32.shr(get(position), i32.const(3)))),
    ...set(bits, i32.and(get(position), i32.const(7))),
    ...set(waiting, i64.fromI32(i32.and(i32.load8(get(output)), i32.sub(i32.shl(i32.const(1), get(bits)), i32.const(1))))),
    ...when(
      i32.less(get(at), get(end)),
      repeatWhile(
        i32.less(get(at), get(end)),
        ...entries.map((entry, index) => set(entry, i32.load(i32.shl(i32.load8(get(at), contentAt + index), i32.const(2)), codesAt))),
        set(
          waiting,
          i64.or(
            get(waiting),
            i64.shl(
              i64.or(pair(first, second), i64.shl(pair(third, fourth), i64.fromI32(i32.add(get(first), get(second))))),
              i64.fromI32(get(bits)),
            ),
          ),
        ),
        set(bits, i32.and(entries.map(get).reduce(i32.add, get(bits)), i32.const(63))),
        i64.store(get(output), get(waiting)),
        // Whole bytes are done.
        set(output, i32.add(get(output), i32.shr(get(bits), i32.const(3)))),
        set(waiting, i64.shr(get(waiting), i64.fromI32(i32.and(get(bits), i32.const(56))))),
        set(bits, i32.and(get(bits), i32.const(7))),
        set(at, i32.add(get(at), i32.const(group))),
      ),
    ),
    ...i32.add(i32.shl(i32.sub(get(output), i32.const(outputAt)), i32.const(3)), get(bits)),
  ];
}

const program = assemble({
  memoryPages,
  functions: {
    write: { parameters: 3, locals: ["i32", "i32", "i64", "i32", "i32", "i32", "i32"], body: writing() },
  },
});
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(program));

/** @typedef {{ memory: WebAssembly.Memory, write: (start: number, end: number, position: number) => number }} ByteCoder */
const { memory, write } = /** @type {ByteCoder} */ (/** @type {unknown} */ (exports));

/**
 * Writes the codes of a part of the content, a multiple of {@link group} bytes, from a bit of the output on, and gives
 * the bit behind them.
 */
export const writeCodes = write;
export const content = new Uint8Array(memory.buffer, contentAt, mostContent);
export const output = new Uint8Array(memory.buffer, outputAt);
/** For each byte value, and the end: the length of its code in the lowest 8 bits, above it the code, its first bit lowest. */
export const codes = new Uint32Array(memory.buffer, codesAt, codeCount);
