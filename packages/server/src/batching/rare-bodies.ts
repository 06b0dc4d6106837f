import type { Body } from "../http/incoming.js";
import type { BodyItems } from "./count-json-items.js";
import type * as Counting from "./count-rare-bodies.js";

type Made = Parameters<typeof Counting.makeRareCounter>;

/** What counts such bodies, which hardly any service gets: loaded with the first of them. */
let counting: typeof Counting | undefined;
let isAsked = false;

/** Counts the items of bodies in Arrow, and of forms. */
export class RareBodies {
  readonly #made: Made;
  #count: ReturnType<typeof Counting.makeRareCounter> | undefined;

  constructor(...made: Made) {
    this.#made = made;
  }

  /** `undefined` where that cannot be told, or not yet: those bodies run by themselves. */
  count(body: Body): BodyItems | undefined {
    if (counting === undefined) {
      if (!isAsked) void load();
      return undefined;
    }
    this.#count ??= counting.makeRareCounter(...this.#made);
    return this.#count(body);
  }
}

async function load(): Promise<void> {
  isAsked = true;
  counting = await import("./count-rare-bodies.js");
}
