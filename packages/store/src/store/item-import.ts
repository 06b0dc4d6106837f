import { BentoError } from "@bento/core";
import { cancellation, checkSignal } from "./cancellation.js";
import { refuseLatest } from "./draft-tag.js";
import type { ExistingPolicy, ImportDraft } from "./import-draft.js";
import type { ItemKind } from "./item-kind.js";
import type { SignalOptions } from "./model-store.js";
import type { VersionedTag } from "./stored-item.js";

/** The tag of an item that was imported, and what its document says. */
export interface ImportedItem<Info> {
  readonly tag: VersionedTag;
  readonly info: Info;
}

/** Where the bytes of an import go: what a store must be able to do so that items can come into it whole. */
export interface ImportPlace<Info, Stored> {
  /** Writes a file that was not there; when that fails nothing of it needs to remain. */
  write(
    path: string,
    content: Uint8Array | AsyncIterable<Uint8Array>,
    options: { readonly executable: boolean; readonly signal: AbortSignal },
  ): Promise<void>;
  /** Makes a folder and those above it. */
  mkdir(path: string): void;
  read(path: string): AsyncIterable<Uint8Array>;
  /**
   * Makes the item visible, in one step; after it nothing may fail any more.
   * @param beforeVisible to be called right before that step; when it throws, the item must not become visible
   */
  publish(item: ImportedItem<Info>, existing: ExistingPolicy, beforeVisible: () => void): Promise<Stored>;
  /** Removes everything. */
  discard(): Promise<void>;
}

/** What a store gives to an import. */
export interface ImportLife<Info, Stored> extends SignalOptions {
  readonly kind: Pick<ItemKind, "noun">;
  readonly place: ImportPlace<Info, Stored>;
  /** Called after commit or discard. */
  readonly onEnd: () => void;
}

/** The import that every store hands out: its life is here, its bytes in an {@link ImportPlace}. */
export class ItemImport<Info, Stored> implements ImportDraft<Info, Stored> {
  readonly #what: string;
  readonly #place: ImportPlace<Info, Stored>;
  readonly #onEnd: () => void;
  readonly #signal: AbortSignal | undefined;
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;
  #state: "open" | "committing" | "committed" | "discarded" = "open";
  #ended: Promise<unknown> = Promise.resolve();

  constructor({ kind, place, onEnd, signal }: ImportLife<Info, Stored>) {
    this.#what = `Importing a ${kind.noun}`;
    this.#place = place;
    this.#onEnd = onEnd;
    this.#signal = signal;
    signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  async write(
    path: string,
    content: Uint8Array | AsyncIterable<Uint8Array>,
    { executable, signal }: SignalOptions & { readonly executable: boolean },
  ): Promise<void> {
    this.#checkOpen();
    checkSignal(signal, this.#what);
    const all = signal === undefined ? this.#stop.signal : AbortSignal.any([this.#stop.signal, signal]);
    const running = this.#place.write(path, content, { executable, signal: all });
    this.#running.add(running);
    try {
      await running;
    } catch (error) {
      // Part of a file may be there: what is incomplete must not be committed, also when nobody waited for this write.
      this.#failure ??= { error };
      throw error;
    } finally {
      this.#running.delete(running);
    }
  }

  async mkdir(path: string): Promise<void> {
    this.#checkOpen();
    this.#place.mkdir(path);
  }

  read(path: string): AsyncIterable<Uint8Array> {
    this.#checkOpen();
    return this.#place.read(path);
  }

  async commit(item: ImportedItem<Info>, { existing }: { readonly existing: ExistingPolicy }): Promise<Stored> {
    this.#checkOpen();
    this.#state = "committing";
    const ending = this.#finish(item, existing);
    this.#ended = ending.catch(() => {});
    return ending;
  }

  async discard(): Promise<void> {
    if (this.#state === "open") {
      this.#state = "discarded";
      this.#ended = this.#removeAll();
    }
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.discard();
  }

  async #finish(item: ImportedItem<Info>, existing: ExistingPolicy): Promise<Stored> {
    try {
      refuseLatest(item.tag);
      await Promise.all(this.#running);
      if (this.#failure !== undefined) throw this.#failure.error;
      const stored = await this.#place.publish(item, existing, () => checkSignal(this.#signal, this.#what));
      this.#state = "committed";
      this.#end();
      return stored;
    } catch (error) {
      this.#state = "discarded";
      await this.#removeAll();
      throw error;
    }
  }

  async #removeAll(): Promise<void> {
    this.#stop.abort(this.#signal?.aborted ? cancellation(this.#signal, this.#what) : this.#sealed("discarded"));
    await Promise.allSettled(this.#running);
    await this.#place.discard();
    this.#end();
  }

  #end(): void {
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#onEnd();
  }

  readonly #onAbort = (): void => {
    void this.discard();
  };

  #checkOpen(): void {
    if (this.#state === "open") return;
    if (this.#signal?.aborted && this.#state === "discarded") throw cancellation(this.#signal, this.#what);
    throw this.#sealed(this.#state === "discarded" ? "discarded" : "committed");
  }

  #sealed(state: "committed" | "discarded"): BentoError {
    return new BentoError("BENTO_MODEL_SEALED", `${this.#what} has ended (it was ${state}), and takes nothing more.`, {
      hint: "Start a new import.",
    });
  }
}

/** The error for a path that is written twice, in one spelling or in two that are one to the disk. */
export function alreadyThere({ codes, noun }: ItemKind, path: string, cause?: unknown): BentoError {
  return new BentoError(
    codes.invalid,
    `${JSON.stringify(path)} cannot be written: there is something of that name in the ${noun} already.`,
    {
      hint: "Two names may be one to this disk, which may not tell upper from lower case.",
      cause,
    },
  );
}
