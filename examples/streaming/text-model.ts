/** How often each token came after a context, by their places in the list of tokens. */
type Continuations = readonly (readonly [token: number, count: number])[];

/** What training leaves: all there is to know of the text. */
export interface TextModelData {
  /** Words with the space before them, marks, and the ends of paragraphs. */
  readonly tokens: readonly string[];
  /** By context: the places of the last two tokens (`"17 4"`), of the last one (`"4"`), or of none (`""`). */
  readonly continuations: Readonly<Record<string, Continuations>>;
}

/** How often the last two tokens decide the next one, where they are known; else the last one alone does. */
const faithfulness = 0.7;

/** Cuts a text into the tokens of a model. Joined they are the text again, but for what is neither word, mark nor end. */
export function tokensOf(text: string): string[] {
  return text.match(/ ?"?[\p{L}\p{N}']+|[.,;:!?]"?|\n+/gu) ?? [];
}

/** A model of which word comes next, learned from a few pages. Equal prompts with equal seeds go on in the same way. */
export class TextModel {
  readonly #data: TextModelData;

  constructor(data: TextModelData) {
    this.#data = data;
  }

  /** Goes on after a text, token by token and without end. */
  *continuing(prompt: string, seed: number): Generator<string, never, void> {
    const random = seededRandom(seed);
    const { tokens } = this.#data;
    // What the model has never read it passes over.
    let context = tokensOf(prompt)
      .map((token) => tokens.indexOf(token))
      .filter((token) => token >= 0)
      .slice(-2);
    for (;;) {
      const token = this.#next(context, random);
      context = [...context, token].slice(-2);
      yield tokens[token] as string;
    }
  }

  #next(context: readonly number[], random: () => number): number {
    const known = random() < faithfulness ? context : context.slice(-1);
    for (let length = known.length; length > 0; length -= 1) {
      const found = this.#data.continuations[known.slice(-length).join(" ")];
      if (found) return drawn(found, random());
    }
    return drawn(this.#data.continuations[""] ?? [], random());
  }
}

/** One of the tokens, each as likely as it was frequent. */
function drawn(continuations: Continuations, at: number): number {
  const total = continuations.reduce((sum, [, count]) => sum + count, 0);
  let left = at * total;
  for (const [token, count] of continuations) {
    left -= count;
    if (left < 0) return token;
  }
  return 0;
}

/**
 * Numbers from 0 to below 1 that look random, the same ones for the same seed on every machine.
 * @source mulberry32, https://gist.github.com/tommyettinger/46a874533244883189143505d203312c (public domain)
 */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
