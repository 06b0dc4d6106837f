import type { makeArrowCounter } from "./count-arrow-items.js";
import type { BodyCounter, BodyItems } from "./count-json-items.js";

/** Counts the items of bodies in Arrow, which hardly any service gets: what reads such a body is loaded with the first of them. */
export class ArrowCounter {
  readonly #made: Parameters<typeof makeArrowCounter>;
  #isAsked = false;
  #count: BodyCounter | undefined;

  constructor(...made: Parameters<typeof makeArrowCounter>) {
    this.#made = made;
  }

  /** `undefined` where that cannot be told, or not yet: those bodies run by themselves. */
  count(body: Uint8Array): BodyItems | undefined {
    if (!this.#isAsked) void this.#load();
    return this.#count?.(body);
  }

  async #load(): Promise<void> {
    this.#isAsked = true;
    this.#count = (await import("./count-arrow-items.js")).makeArrowCounter(...this.#made);
  }
}
