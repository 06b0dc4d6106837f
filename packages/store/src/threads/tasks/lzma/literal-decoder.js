import { assemble, get, i32, numbered, repeatWhile, set } from "../../wasm/assembler.js";
import { i32x4, i8x16, v128 } from "../../wasm/vectors.js";
import { lanes, runLanes, transpose, vectorBytes } from "./lanes.js";
import {
  even,
  levels,
  modelEnd,
  moved,
  moveNoMatch,
  resetProbabilities,
  stepShift,
  tableAt,
  treeAt,
  treeShift,
  writeSteps,
} from "./literal-model.js";
import { partForZero, widen, zero } from "./range.js";

/**
 * The decoder of literals, four chunks at a time.
 *
 * What is no coder's output does no harm: trees are chosen by bits that were decoded, of which there are as many as
 * there are trees, content is written where the position says, and no lane's input is read beyond its limit.
 *
 * @typedef {import("../../wasm/encoding.js").Code} Code
 * @typedef {import("./literal-model.js").Level} Level
 * @typedef {{ level: Level, addresses: readonly number[], trees: readonly number[] }} Trees
 */

const mostContent = 1 << 16;
const mostCoded = 1 << 16;

// Where things lie in the memory, after the model: a number for each lane, then vectors for each lane.
const rangesAt = modelEnd;
const codesAt = rangesAt + vectorBytes;
const pointersAt = codesAt + vectorBytes;
const limitsAt = pointersAt + vectorBytes;
const failuresAt = limitsAt + vectorBytes;
const relevantAt = failuresAt + vectorBytes;
const contentAt = 1 << 16;
const codedAt = contentAt + lanes.length * mostContent;
/** With room for reading ahead. */
const codedBytes = mostCoded + 64;
const memoryPages = Math.ceil((codedAt + lanes.length * codedBytes) / 65_536);
/** @type {(lane: number) => number} */
const firstCodedAt = (lane) => codedAt + lane * codedBytes;

/** @type {<T extends string>(type: T) => readonly T[]} */
const ofEachLane = (type) => lanes.map(() => type);
const { my, types } = numbered({
  // What `run` is given: literals from here to there.
  from: "i32",
  to: "i32",
  positionMask: "i32",
  noMatch: "i32",
  range: "v128",
  code: "v128",
  // What has been read ahead, four bytes of each lane, and where in it the next byte of each is.
  pointers: "v128",
  limits: "v128",
  ahead: "v128",
  next: "v128",
  // Lanes that turned out not to be literals, and those of which that matters.
  failures: "v128",
  relevant: "v128",
  // The trees of each level that a literal comes through.
  table: "i32",
  topAddresses: ofEachLane("i32"),
  topTrees: ofEachLane("v128"),
  middleAddresses: ofEachLane("i32"),
  middleTrees: ofEachLane("v128"),
  bottomAddresses: ofEachLane("i32"),
  bottomTrees: ofEachLane("v128"),
  probabilities: Array.from({ length: 7 }, () => /** @type {const} */ ("v128")),
  steps: "v128",
  step: "i32",
  // A literal.
  symbols: "v128",
  bound: "v128",
  isSmall: "v128",
  isOne: "v128",
  isFirstOne: "v128",
});

/** @type {Trees} */
const top = { level: levels[0], addresses: my.topAddresses, trees: my.topTrees };
/** @type {Trees} */
const middle = { level: levels[1], addresses: my.middleAddresses, trees: my.middleTrees };
/** @type {Trees} */
const bottom = { level: levels[2], addresses: my.bottomAddresses, trees: my.bottomTrees };

/** The first byte in each lane of what has been read ahead; the other bytes of a lane have none, however far `next` moves. */
const firstAhead = v128.const(lanes.flatMap((lane) => [lane * 4, 0x80, 0x80, 0x80]));

const readAhead = [
  ...lanes.flatMap((lane) => set(my.ahead, v128.load32Lane(i32x4.extract(get(my.pointers), lane), get(my.ahead), lane))),
  ...set(my.next, firstAhead),
];

/** Counts what has been taken in since. A lane that comes to its limit stays there: it is behind all that may be an end. */
const countRead = set(
  my.pointers,
  i32x4.min(get(my.limits), i32x4.add(get(my.pointers), v128.and(i8x16.sub(get(my.next), firstAhead), i32x4.splat(i32.const(0xff))))),
);

const withNextByte = v128.or(i32x4.shl(get(my.code), i32.const(8)), i8x16.swizzle(get(my.ahead), get(my.next)));

/** Takes a byte in where the range has become small, which makes the code larger, as it is below the range unless the lane has failed. */
const normalize = [
  ...widen(my.range, my.isSmall),
  ...set(my.code, i32x4.max(get(my.code), v128.and(withNextByte, get(my.isSmall)))),
  // All bits set are -1 in each byte.
  ...set(my.next, i8x16.sub(get(my.next), get(my.isSmall))),
];

const decodeNoMatch = [
  ...set(my.range, partForZero(my.range, i32x4.splat(get(my.noMatch)))),
  ...set(my.failures, v128.or(get(my.failures), i32x4.notLess(get(my.code), get(my.range)))),
  ...moveNoMatch(my.noMatch),
  ...normalize,
];

/** Without a branch on the bit, as in the coder. @type {(probability: Code) => Code} */
const decodeBit = (probability) => [
  ...set(my.bound, partForZero(my.range, probability)),
  ...set(my.isOne, i32x4.notLess(get(my.code), get(my.bound))),
  // After a zero the difference is below zero, which without a sign is more than any code.
  ...set(my.code, i32x4.min(get(my.code), i32x4.sub(get(my.code), get(my.bound)))),
  ...set(my.range, v128.select(get(my.isOne), i32x4.sub(get(my.range), get(my.bound)), get(my.bound))),
  ...normalize,
  ...set(my.symbols, i32x4.sub(i32x4.add(get(my.symbols), get(my.symbols)), get(my.isOne))),
];

/** Finds the trees of a level by the bits before. @type {(trees: Trees) => Code} */
const findTrees = ({ level, addresses, trees }) => [
  ...addresses.flatMap((address, lane) =>
    set(address, i32.add(get(my.table), i32x4.extract(i32x4.shl(get(my.symbols), i32.const(treeShift)), lane))),
  ),
  ...trees.flatMap((tree, lane) => set(tree, v128.load(get(addresses[lane] ?? 0), treeAt(lane, level)))),
  ...transpose(trees.map(get), my.probabilities.slice(0, (1 << level.bits) - 1)),
];

/** Has the trees of a level learn, once the last bits of the symbols are those of the level. @type {(trees: Trees) => readonly Code[]} */
const moveTrees = ({ level, addresses, trees }) => [
  set(my.steps, i32x4.shl(v128.and(get(my.symbols), i32x4.splat(i32.const((1 << level.bits) - 1))), i32.const(stepShift))),
  ...trees.map((tree, lane) => [
    ...set(my.step, i32x4.extract(get(my.steps), lane)),
    ...v128.store(get(addresses[lane] ?? 0), moved(get(tree), get(my.step), level), treeAt(lane, level)),
  ]),
];

const [first = [], afterZero = [], afterOne = [], after00 = [], after01 = [], after10 = [], after11 = []] = my.probabilities.map(get);
/** @type {(isOne: number, one: Code, otherwise: Code) => Code} */
const either = (isOne, one, otherwise) => v128.select(get(isOne), one, otherwise);
const decodeFirst = [...decodeBit(first), ...set(my.isFirstOne, get(my.isOne))];
const decodeSecond = decodeBit(either(my.isFirstOne, afterOne, afterZero));
const decodeThird = decodeBit(either(my.isFirstOne, either(my.isOne, after11, after10), either(my.isOne, after01, after00)));

const [topSteps = [], ...moveTop] = moveTrees(top);
const [middleSteps = [], ...moveMiddle] = moveTrees(middle);

/**
 * Trees learn while the first bits of the next level wait for each other. Four bytes ahead are enough for no match and five
 * bits, of which each takes in six bits at most, and for the three bits after them.
 */
const decodeLiteral = [
  ...readAhead,
  ...decodeNoMatch,
  ...set(my.symbols, zero),
  ...findTrees(top),
  ...decodeFirst,
  ...decodeSecond,
  ...findTrees(middle),
  ...topSteps,
  ...decodeFirst,
  ...moveTop.slice(0, 2).flat(),
  ...decodeSecond,
  ...moveTop.slice(2).flat(),
  ...decodeThird,
  ...findTrees(bottom),
  ...countRead,
  ...readAhead,
  ...middleSteps,
  ...decodeFirst,
  ...moveMiddle.slice(0, 2).flat(),
  ...decodeSecond,
  ...moveMiddle.slice(2).flat(),
  ...decodeThird,
  ...moveTrees(bottom).flat(),
  ...countRead,
  ...lanes.flatMap((lane) => v128.store8Lane(get(my.from), get(my.symbols), lane * 4, contentAt + lane * mostContent)),
];

const state = /** @type {const} */ ([
  [my.range, rangesAt],
  [my.code, codesAt],
  [my.pointers, pointersAt],
  [my.failures, failuresAt],
]);
const isFailing = v128.isAny(v128.and(get(my.failures), get(my.relevant)));

const run = [
  ...state.flatMap(([local, at]) => set(local, v128.load(i32.const(at)))),
  ...set(my.limits, v128.load(i32.const(limitsAt))),
  ...set(my.relevant, v128.load(i32.const(relevantAt))),
  ...repeatWhile(
    i32.and(i32.less(get(my.from), get(my.to)), i32.less(isFailing, i32.const(1))),
    set(my.table, tableAt(get(my.from), get(my.positionMask))),
    decodeLiteral,
    set(my.from, i32.add(get(my.from), i32.const(1))),
  ),
  ...state.flatMap(([local, at]) => v128.store(i32.const(at), get(local))),
  ...get(my.noMatch),
];

const program = assemble({ memoryPages, functions: { run: { parameters: 4, locals: types.slice(4), body: run } } });

/**
 * @typedef {object} Exports
 * @property {WebAssembly.Memory} memory
 * @property {(from: number, to: number, positionMask: number, noMatch: number) => number} run
 */
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(program));
const decoder = /** @type {Exports} */ (/** @type {unknown} */ (exports));
const bytes = new Uint8Array(decoder.memory.buffer);
/** @type {(at: number) => Uint32Array} */
const ofLanes = (at) => new Uint32Array(decoder.memory.buffer, at, lanes.length);
const ranges = ofLanes(rangesAt);
const codes = ofLanes(codesAt);
const pointers = ofLanes(pointersAt);
const limits = ofLanes(limitsAt);
const failures = ofLanes(failuresAt);
const relevant = ofLanes(relevantAt);
writeSteps(decoder.memory);
limits.set(lanes.map((lane) => firstCodedAt(lane) + mostCoded + 1));

/** A zero and the first code. */
const startBytes = 5;

/**
 * What LZMA's range coder wrote from 1 to 64 KiB of content, all probabilities even before it.
 * @typedef {{ coded: Uint8Array, length: number }} CodedLiterals
 */

/**
 * The content of each chunk, where all are nothing but literals and all of `coded`; otherwise `undefined`. Views that
 * the next call overwrites.
 * @param {readonly CodedLiterals[]} chunks one to four, each coded in at most 64 KiB
 * @param {number} positionBits
 * @returns {readonly Uint8Array[] | undefined}
 */
export function decodeLiterals(chunks, positionBits) {
  if (chunks.some(({ coded }) => coded.length < startBytes || coded[0] !== 0)) return undefined;
  resetProbabilities(decoder.memory);
  ranges.fill(0xffff_ffff);
  failures.fill(0);
  relevant.fill(0);
  pointers.set(lanes.map((lane) => firstCodedAt(lane) + startBytes));
  for (const [lane, { coded }] of chunks.entries()) {
    bytes.set(coded, firstCodedAt(lane));
    codes[lane] = coded.subarray(1, startBytes).reduce((code, byte) => (code << 8) | byte, 0);
    relevant[lane] = 0xffff_ffff;
  }

  let noMatch = even;
  const areLiterals = runLanes(
    chunks.map(({ length }) => length),
    (from, to) => (noMatch = decoder.run(from, to, (1 << positionBits) - 1, noMatch)),
    (lane) => {
      relevant[lane] = 0;
      // A range coder is at its end when nothing of its code is left.
      return failures[lane] === 0 && codes[lane] === 0 && pointers[lane] === firstCodedAt(lane) + (chunks[lane]?.coded.length ?? 0);
    },
  );
  if (!areLiterals) return undefined;
  return chunks.map(({ length }, lane) => bytes.subarray(contentAt + lane * mostContent, contentAt + lane * mostContent + length));
}
