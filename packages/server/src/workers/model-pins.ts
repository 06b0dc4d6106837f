import type { ModelStore } from "@bento/store";

import type { Pins } from "./messages.js";
import { exactTag } from "./model-cells.js";

/**
 * One exact version for each tag that any worker ever asked for, so that one which starts later serves the same, also
 * when a newer model was saved meanwhile. What was not there stays away for as long as the server runs.
 */
export class ModelPins {
  readonly #store: ModelStore | undefined;
  readonly #pins = new Map<string, string | null>();
  /** Looked up one after the other, so that two workers that ask at once are told the same. */
  #looking: Promise<unknown> = Promise.resolve();

  /** @param store `undefined` for the file store of `BENTOML_HOME`, in which workers look by themselves */
  constructor(store: ModelStore | undefined) {
    this.#store = store;
  }

  /** Everything that was pinned until now. */
  get known(): Pins {
    return Object.fromEntries(this.#pins);
  }

  /**
   * Lets the workers that start from now on have the newest models.
   * @returns takes that back
   */
  forget(): () => void {
    const before = [...this.#pins];
    this.#pins.clear();
    return () => {
      this.#pins.clear();
      for (const [tag, exact] of before) this.#pins.set(tag, exact);
    };
  }

  /**
   * The exact version of each tag.
   * @param found what who asks has found already, which holds where nothing was pinned before
   */
  async of(tags: readonly string[], found: Pins = {}): Promise<Pins> {
    const pinning = this.#looking.then(() => this.#pinAll(tags, found));
    this.#looking = pinning.catch(() => undefined);
    await pinning;
    return Object.fromEntries(tags.map((tag) => [tag, this.#pins.get(tag) ?? null]));
  }

  async #pinAll(tags: readonly string[], found: Pins): Promise<void> {
    for (const tag of tags) if (!this.#pins.has(tag)) this.#pins.set(tag, found[tag] ?? (await this.#find(tag)));
  }

  async #find(tag: string): Promise<string | null> {
    return this.#store === undefined ? null : exactTag(this.#store, tag);
  }
}
