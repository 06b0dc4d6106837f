import type * as Counting from "./count-arrow-items.js";
import type { BodyCounter, BodyItems } from "./count-json-items.js";

type Made = Parameters<typeof Counting.makeArrowCounter>;

/** What reads Arrow, which hardly any service gets: loaded with the first body of it. */
let counting: typeof Counting | undefined;
let isAsked = false;

/** Counts the items of bodies in Arrow. */
export class ArrowCounter {
  readonly #made: Made;
  #count: BodyCounter | undefined;

  constructor(...made: Made) {
    this.#made = made;
  }

  /** `undefined` where that cannot be told, or not yet: those bodies run by themselves. */
  count(body: Uint8Array): BodyItems | undefined {
    if (counting === undefined) {
      if (!isAsked) void load();
      return undefined;
    }
    this.#count ??= counting.makeArrowCounter(...this.#made) ?? notCounted;
    return this.#count(body);
  }
}

async function load(): Promise<void> {
  isAsked = true;
  counting = await import("./count-arrow-items.js");
}

function notCounted(): undefined {}
