import type { ModelStore } from "@bento/store";

import { errorToHead } from "../wire/wire-error.js";
import type { Addresses, ModelWish, Pins, PinsNotice } from "./messages.js";
import { exactTag, isMoving } from "./model-cells.js";

/** Gets a model from elsewhere that the store does not have, or has not in its newest version. */
export type ObtainModel = (tag: string, wish: ModelWish) => Promise<string>;

/**
 * One exact version for each tag that any worker ever asked for, so that one which starts later serves the same, also
 * when a newer model was saved meanwhile. What was not there stays away for as long as the server runs.
 */
export class ModelPins {
  readonly #store: ModelStore | undefined;
  readonly #obtain: ObtainModel | undefined;
  readonly #pins = new Map<string, string | null>();
  /** Why those are not there that could not be had. */
  readonly #failures = new Map<string, string>();
  /** Where those are that come from OCI registries. */
  #addresses: Addresses = {};
  /** Looked up one after the other, so that two workers that ask at once are told the same. */
  #looking: Promise<unknown> = Promise.resolve();

  /**
   * @param store `undefined` for the file store of `BENTOML_HOME`, in which workers look by themselves
   * @param obtain gets what is not there; @default nothing does
   */
  constructor(store: ModelStore | undefined, obtain?: ObtainModel) {
    this.#store = store;
    this.#obtain = obtain;
  }

  /** Everything that was pinned until now. */
  get known(): Pins {
    return Object.fromEntries(this.#pins);
  }

  /** Where those are that come from OCI registries, as the worker said that asked last. */
  get addresses(): Addresses {
    return this.#addresses;
  }

  /** Those whose tags mean what is newest. */
  get moving(): Pins {
    return Object.fromEntries([...this.#pins].filter(([tag]) => isMoving(tag)));
  }

  /**
   * Lets the workers that start from now on have the newest models.
   * @returns takes that back
   */
  forget(): () => void {
    return this.#change(() => this.#pins.clear());
  }

  /**
   * Lets the workers that start from now on have other versions.
   * @returns takes that back
   */
  move(to: Pins): () => void {
    return this.#change(() => {
      for (const [tag, exact] of Object.entries(to)) this.#pins.set(tag, exact);
    });
  }

  /**
   * The exact version of each tag.
   * @param found what who asks has found already, which holds where nothing was pinned before
   * @param wishes what the service says of them
   */
  async of(tags: readonly string[], found: Pins = {}, wishes: Readonly<Record<string, ModelWish>> = {}): Promise<Pins> {
    const pinning = this.#looking.then(() => this.#pinAll(tags, found, wishes));
    this.#looking = pinning.catch(() => undefined);
    await pinning;
    return Object.fromEntries(tags.map((tag) => [tag, this.#pins.get(tag) ?? null]));
  }

  /** Why those are not there that could not be had. */
  failuresOf(tags: readonly string[]): Pick<PinsNotice, "failures"> {
    const failures = tags.flatMap((tag) => (this.#failures.has(tag) ? [[tag, this.#failures.get(tag) as string] as const] : []));
    return failures.length === 0 ? {} : { failures: Object.fromEntries(failures) };
  }

  async #pinAll(tags: readonly string[], found: Pins, wishes: Readonly<Record<string, ModelWish>>): Promise<void> {
    const addressed = Object.entries(wishes).flatMap(([tag, { address }]) => (address === undefined ? [] : [[tag, address] as const]));
    this.#addresses = Object.fromEntries(addressed);
    for (const tag of tags) if (!this.#pins.has(tag)) this.#pins.set(tag, await this.#pin(tag, found[tag], wishes[tag]));
  }

  async #pin(tag: string, found: string | null | undefined, wish: ModelWish | undefined): Promise<string | null> {
    const isRefreshed = wish?.refresh === true && isMoving(tag);
    const exact = isRefreshed ? null : (found ?? (this.#store === undefined ? null : await exactTag(this.#store, tag)));
    if (exact !== null || wish === undefined || this.#obtain === undefined) return exact;
    try {
      return await this.#obtain(tag, wish);
    } catch (error) {
      this.#failures.set(tag, errorToHead(error));
      return null;
    }
  }

  #change(change: () => void): () => void {
    const before = [...this.#pins];
    change();
    return () => {
      this.#pins.clear();
      for (const [tag, exact] of before) this.#pins.set(tag, exact);
    };
  }
}
