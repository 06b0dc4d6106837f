/**
 * LZMA's range coder over literals alone, bit by bit as its specification has it: lc 0, lp `positionBits`, pb 0, and
 * nothing before the first byte. Slow, and easy to compare with the text.
 */

const half = 1024;

/** What both directions have learnt. */
class Model {
  #noMatch = half;
  readonly #literals: Uint16Array;
  readonly #mask: number;

  constructor(positionBits: number) {
    this.#literals = new Uint16Array(256 << positionBits).fill(half);
    this.#mask = (1 << positionBits) - 1;
  }

  get noMatch(): number {
    return this.#noMatch;
  }

  learnNoMatch(): void {
    this.#noMatch += (2048 - this.#noMatch) >> 5;
  }

  /** The probability of a zero after some bits, with a one before them. */
  probability(position: number, before: number): number {
    return this.#literals[this.#index(position, before)] as number;
  }

  learn(position: number, before: number, bit: number): void {
    const probability = this.probability(position, before);
    this.#literals[this.#index(position, before)] =
      bit === 0 ? probability + ((2048 - probability) >> 5) : probability - (probability >> 5);
  }

  #index(position: number, before: number): number {
    return ((position & this.#mask) << 8) + before;
  }
}

export interface Coded {
  readonly bytes: Buffer;
  /** The most bytes that one carry went through. */
  readonly longestCarry: number;
}

export function codeByReference(content: Uint8Array, positionBits: number): Coded {
  const model = new Model(positionBits);
  const bytes: number[] = [];
  let low = 0;
  let range = 0xffff_ffff;
  let cache = 0;
  let pending = 1;
  let longestCarry = 0;
  const shiftLow = () => {
    const carry = low > 0xffff_ffff ? 1 : 0;
    if (low < 0xff00_0000 || carry === 1) {
      if (carry === 1) longestCarry = Math.max(longestCarry, pending);
      for (; pending > 0; pending -= 1, cache = 0xff) bytes.push((cache + carry) & 0xff);
      cache = (low >>> 24) & 0xff;
    }
    pending += 1;
    low = (low & 0x00ff_ffff) * 256;
  };
  const code = (probability: number, bit: number) => {
    const bound = (range >>> 11) * probability;
    if (bit === 1) low += bound;
    range = bit === 1 ? range - bound : bound;
    if (range < 2 ** 24) {
      range *= 256;
      shiftLow();
    }
  };
  content.forEach((byte, position) => {
    code(model.noMatch, 0);
    model.learnNoMatch();
    for (let bits = 7, before = 1; bits >= 0; bits -= 1) {
      const bit = (byte >> bits) & 1;
      code(model.probability(position, before), bit);
      model.learn(position, before, bit);
      before = before * 2 + bit;
    }
  });
  for (let index = 0; index < 5; index += 1) shiftLow();
  return { bytes: Buffer.from(bytes), longestCarry };
}

/** The literals that any bytes begin with, at most `length`; and whether those are all, and the coder's end comes right after them. */
export function decodeByReference(
  coded: Uint8Array,
  length: number,
  positionBits: number,
): { readonly content: Buffer; readonly isWhole: boolean } {
  const model = new Model(positionBits);
  const content: number[] = [];
  let range = 0xffff_ffff;
  let code = 0;
  let at = 1;
  const take = () => (code = code * 256 + (coded[at++] ?? 0));
  for (let index = 0; index < 4; index += 1) take();
  const isOne = (probability: number) => {
    const bound = (range >>> 11) * probability;
    const one = code >= bound;
    if (one) code -= bound;
    range = one ? range - bound : bound;
    if (range < 2 ** 24) {
      range *= 256;
      take();
    }
    return one;
  };
  while (content.length < length && code < (range >>> 11) * model.noMatch) {
    isOne(model.noMatch);
    model.learnNoMatch();
    let symbol = 1;
    while (symbol < 256) {
      const bit = isOne(model.probability(content.length, symbol)) ? 1 : 0;
      model.learn(content.length, symbol, bit);
      symbol = symbol * 2 + bit;
    }
    content.push(symbol & 0xff);
  }
  return { content: Buffer.from(content), isWhole: coded[0] === 0 && content.length === length && code === 0 && at === coded.length };
}
