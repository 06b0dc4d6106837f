import { assemble, get, i32, i64, numbered, repeatWhile, set, when } from "../../wasm/assembler.js";
import { i16x8, i32x4, i8x16, v128 } from "../../wasm/vectors.js";
import { lanes, runLanes, transpose, vectorBytes } from "./lanes.js";
import {
  even,
  levels,
  modelEnd,
  moved,
  moveNoMatch,
  picked,
  resetProbabilities,
  stepShift,
  tableAt,
  treeAt,
  treeShift,
  writeSteps,
} from "./literal-model.js";
import { partForZero, widen, zero } from "./range.js";

/**
 * The coder of literals, four chunks at a time.
 *
 * It passes no bytes on: whenever a lane's range is widened, the sum of all that was added to its low end since the last
 * time becomes a word of that lane. Such a sum and the range that is left always fit 32 bits. In the end `finish` adds
 * up the words, each of which weighs 256 times the next, from the last to the first, so that carries need no care.
 *
 * The literal's probabilities depend on nothing that is coded. So they are looked up for the literal after the one that
 * is being coded, between its bits, while those wait for each other.
 *
 * @typedef {import("../../wasm/encoding.js").Code} Code
 * @typedef {import("./literal-model.js").Level} Level
 */

/** Content for one run of a lane. */
export const mostContent = 1 << 16;

// Where things lie in the memory, after the model: a number for each lane, then vectors for each lane.
const rangesAt = modelEnd;
const sumsAt = rangesAt + vectorBytes;
const pointersAt = sumsAt + vectorBytes;
const nextSymbolsAt = pointersAt + vectorBytes;
const nextProbabilitiesAt = nextSymbolsAt + vectorBytes;
/** The sums at each bit of a literal, for literals in turn. */
const logsAt = modelEnd + 0x100;
const logBytes = 0x100;
const contentAt = 1 << 16;
const wordsAt = contentAt + lanes.length * mostContent;
/** Each of 8 bits can come out as six at worst, and what says that it is a literal as one: that makes seven words. */
const mostWords = 7 * mostContent;
/** A lane's words have room before them for the last bytes of `finish`, and behind them for those of one more literal. */
const paddingBytes = 64;
const wordsBytes = 4 * mostWords + 2 * paddingBytes;
const memoryPages = Math.ceil((wordsAt + lanes.length * wordsBytes) / 65_536);
/** @type {(lane: number) => number} */
const firstWordAt = (lane) => wordsAt + lane * wordsBytes + paddingBytes;

/** @type {(count: number) => readonly "v128"[]} */
const vectors = (count) => Array.from({ length: count }, () => "v128");
const { my, types } = numbered({
  // What `run` is given: literals from here to there.
  from: "i32",
  to: "i32",
  positionMask: "i32",
  noMatch: "i32",
  // To look up the next literal.
  table: "i32",
  byte: "i32",
  step: "i32",
  address: "i32",
  tree: "v128",
  next: "v128",
  nextSymbols: "v128",
  // To code a literal.
  symbols: "v128",
  ofLanes: vectors(4),
  probabilities: vectors(8),
  range: "v128",
  sum: "v128",
  bound: "v128",
  ifOne: "v128",
  isSmall: vectors(9),
  // To write words.
  log: "i32",
  widened: "i64",
  bit: "i32",
  lane: "i32",
  pointer: "i32",
});

/** Bits of the byte, after the first ones, times 1 << shift. @type {(before: number, bits: number, shift: number) => Code} */
function field(before, bits, shift) {
  const right = 8 - before - bits - shift;
  const shifted = right < 0 ? i32.shl(get(my.byte), i32.const(-right)) : i32.shr(get(my.byte), i32.const(right));
  return i32.and(shifted, i32.const(((1 << bits) - 1) << shift));
}

/** Looks up what a level says of a lane's next literal, and has the level learn. @type {(lane: number, level: Level) => Code} */
const lookUp = (lane, level) => [
  ...set(my.step, field(level.before, level.bits, stepShift)),
  ...set(my.address, i32.add(get(my.table), field(0, level.before, treeShift))),
  ...set(my.tree, v128.load(get(my.address), treeAt(lane, level))),
  ...set(my.next, v128.or(get(my.next), picked(get(my.tree), get(my.step), level))),
  ...v128.store(get(my.address), moved(get(my.tree), get(my.step), level), treeAt(lane, level)),
];

/** @type {(lane: number) => readonly Code[]} */
const lookUpNext = (lane) => [
  [
    ...set(my.byte, i32.load8(get(my.from), contentAt + lane * mostContent)),
    ...set(my.nextSymbols, i32x4.replace(get(my.nextSymbols), get(my.byte), lane)),
    ...set(my.next, zero),
    ...lookUp(lane, levels[0]),
  ],
  lookUp(lane, levels[1]),
  // Into the memory, as V8 would otherwise put all of it off to the end, with more at hand than there are registers.
  [...lookUp(lane, levels[2]), ...v128.store(i32.const(0), get(my.next), nextProbabilitiesAt + lane * vectorBytes)],
];

/** Notes the sum, and begins a new one where the range has to be widened. @type {(isSmall: number, index: number) => Code} */
const logSum = (isSmall, index) => [
  ...v128.store(get(my.log), get(my.sum), logsAt + index * vectorBytes),
  ...widen(my.range, isSmall),
  ...set(my.sum, v128.andNot(get(my.sum), get(isSmall))),
];

/**
 * Codes a bit. Without a branch on it: the bits of weights are as good as random, and each branch gone wrong would cost
 * as much as the rest.
 * @type {(probability: number, isSmall: number, index: number) => Code}
 */
const codeBit = (probability, isSmall, index) => [
  ...set(my.ifOne, i32x4.shrSigned(i32x4.shl(get(my.symbols), i32.const(24 + index)), i32.const(31))),
  ...set(my.bound, partForZero(my.range, get(probability))),
  ...set(my.sum, i32x4.add(get(my.sum), v128.and(get(my.bound), get(my.ifOne)))),
  // After a one range - bound, with -bound written as (bound ^ -1) + 1; after a zero the bound.
  ...set(my.range, i32x4.add(v128.xor(get(my.bound), get(my.ifOne)), i32x4.sub(v128.and(get(my.range), get(my.ifOne)), get(my.ifOne)))),
  ...logSum(isSmall, index + 1),
];

const [isSmallFirst = 0, ...isSmallOfBits] = my.isSmall;
const codeNoMatch = [
  ...set(my.range, partForZero(my.range, i32x4.splat(get(my.noMatch)))),
  ...moveNoMatch(my.noMatch),
  ...logSum(isSmallFirst, 0),
];
const codeBits = my.probabilities.map((probability, index) => codeBit(probability, isSmallOfBits[index] ?? 0, index));

/** A bit for each lane at each of four bits. @type {(at: number) => Code} */
function widenedAt(at) {
  const [a = [], b = [], c = [], d = []] = isSmallOfBits.slice(at, at + 4).map(get);
  return i64.fromI32(i8x16.bitmask(i8x16.narrowSigned(i16x8.narrowSigned(a, b), i16x8.narrowSigned(c, d))));
}

/** A bit for each lane at each of the nine bits, as the log has the sums. */
const widenedOfLiteral = i64.or(
  i64.fromI32(i32x4.bitmask(get(isSmallFirst))),
  i64.or(i64.shl(widenedAt(0), i64.const(4)), i64.shl(widenedAt(4), i64.const(20))),
);

/** Writes the words of the literal before: by now its branches no longer wait for anything. */
const writeWords = [
  ...set(my.log, i32.xor(get(my.log), i32.const(logBytes))),
  ...when(
    i64.notEqual(get(my.widened), i64.const(0)),
    repeatWhile(
      i64.notEqual(get(my.widened), i64.const(0)),
      set(my.bit, i32.fromI64(i64.countTrailingZeros(get(my.widened)))),
      set(my.lane, i32.shl(i32.and(get(my.bit), i32.const(lanes.length - 1)), i32.const(2))),
      set(my.pointer, i32.load(get(my.lane), pointersAt)),
      i32.store(get(my.pointer), i32.load(i32.or(get(my.log), i32.shl(get(my.bit), i32.const(2))), logsAt)),
      i32.store(get(my.lane), i32.add(get(my.pointer), i32.const(4)), pointersAt),
      set(my.widened, i64.and(get(my.widened), i64.sub(get(my.widened), i64.const(1)))),
    ),
  ),
];

const coding = [codeNoMatch, ...codeBits];
const lookingUp = lanes.flatMap(lookUpNext);
/** The one evenly between the other. */
const codingAndLookingUp = coding.flatMap((code, index) => {
  const place = (/** @type {number} */ number) => Math.floor((number * lookingUp.length) / coding.length);
  return [...code, ...lookingUp.slice(place(index), place(index + 1)).flat()];
});

/** Codes the literals before those of `from` to `to`, and looks these up. */
const run = [
  ...set(my.range, v128.load(i32.const(rangesAt))),
  ...set(my.sum, v128.load(i32.const(sumsAt))),
  ...set(my.nextSymbols, v128.load(i32.const(nextSymbolsAt))),
  ...repeatWhile(
    i32.less(get(my.from), get(my.to)),
    set(my.table, tableAt(get(my.from), get(my.positionMask))),
    set(my.symbols, get(my.nextSymbols)),
    ...my.ofLanes.map((local, lane) => set(local, v128.load(i32.const(0), nextProbabilitiesAt + lane * vectorBytes))),
    transpose(my.ofLanes.map(get), my.probabilities),
    codingAndLookingUp,
    writeWords,
    set(my.widened, widenedOfLiteral),
    set(my.from, i32.add(get(my.from), i32.const(1))),
  ),
  ...writeWords,
  ...v128.store(i32.const(rangesAt), get(my.range)),
  ...v128.store(i32.const(sumsAt), get(my.sum)),
  ...v128.store(i32.const(nextSymbolsAt), get(my.nextSymbols)),
  ...get(my.noMatch),
];

const { my: its, types: typesOfFinish } = numbered({
  // What `finish` is given: a lane's words, from the first to before the end, and the sum after them.
  first: "i32",
  word: "i32",
  sum: "i32",
  output: "i32",
});

const putByte = [
  ...set(its.output, i32.sub(get(its.output), i32.const(1))),
  ...i32.store8(get(its.output), get(its.sum)),
  ...set(its.sum, i32.shr(get(its.sum), i32.const(8))),
];

/**
 * Writes the bytes of the output, the last one first, up to four bytes behind the words, and gives where they start.
 * They never get ahead of the words that they are made of, of which there is at least one: a literal's nine bits begin evenly.
 * With what was added since, a sum stays below the range at its start.
 */
const finish = [
  ...set(its.output, i32.add(get(its.word), i32.const(4))),
  ...repeatWhile(
    i32.greater(get(its.word), get(its.first)),
    putByte,
    set(its.word, i32.sub(get(its.word), i32.const(4))),
    set(its.sum, i32.add(get(its.sum), i32.load(get(its.word)))),
  ),
  // The first byte of any range coder's output is zero.
  ...Array.from({ length: 5 }, () => putByte).flat(),
  ...get(its.output),
];

const program = assemble({
  memoryPages,
  functions: {
    run: { parameters: 4, locals: types.slice(4), body: run },
    finish: { parameters: 3, locals: typesOfFinish.slice(3), body: finish },
  },
});

/**
 * @typedef {object} Exports
 * @property {WebAssembly.Memory} memory
 * @property {(from: number, to: number, positionMask: number, noMatch: number) => number} run
 * @property {(first: number, end: number, sum: number) => number} finish
 */
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(program));
const coder = /** @type {Exports} */ (/** @type {unknown} */ (exports));
const bytes = new Uint8Array(coder.memory.buffer);
const ranges = new Uint32Array(coder.memory.buffer, rangesAt, lanes.length);
const sums = new Uint32Array(coder.memory.buffer, sumsAt, lanes.length);
const pointers = new Uint32Array(coder.memory.buffer, pointersAt, lanes.length);
writeSteps(coder.memory);

/**
 * Each content as the range coder of LZMA writes literals with nothing before them. Views that the next call overwrites.
 * @param {readonly Uint8Array[]} contents one to four, each of 1 to {@link mostContent} bytes
 * @param {number} positionBits
 * @returns {readonly Uint8Array[]}
 */
export function codeLiterals(contents, positionBits) {
  const positionMask = (1 << positionBits) - 1;
  resetProbabilities(coder.memory);
  for (const [lane, content] of contents.entries()) bytes.set(content, contentAt + lane * mostContent);
  // Looks up the first literal. What it codes meanwhile is of no chunk, so everything else begins after it.
  pointers.set(lanes.map(firstWordAt));
  coder.run(0, 1, positionMask, even);
  pointers.set(lanes.map(firstWordAt));
  ranges.fill(0xffff_ffff);
  sums.fill(0);

  let noMatch = even;
  /** @type {Uint8Array[]} */
  const coded = [];
  runLanes(
    contents.map(({ length }) => length),
    (from, to) => (noMatch = coder.run(from + 1, to + 1, positionMask, noMatch)),
    (lane) => {
      const end = pointers[lane] ?? 0;
      coded[lane] = bytes.subarray(coder.finish(firstWordAt(lane), end, sums[lane] ?? 0), end + 4);
      // Where the lane goes on idly it leaves them alone.
      pointers[lane] = end + 4;
      return true;
    },
  );
  return coded;
}
