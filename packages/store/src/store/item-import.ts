import { BentoError } from "@bento/core";
import { createReadStream } from "node:fs";
import { checkSignal } from "./cancellation.js";
import { DraftLife } from "./draft-life.js";
import { refuseLatest } from "./draft-tag.js";
import type { ExistingPolicy, ImportDraft } from "./import-draft.js";
import type { ItemKind } from "./item-kind.js";
import type { SignalOptions } from "./model-store.js";
import type { VersionedTag } from "./stored-item.js";

/** What is copied at once of a file that cannot be moved. */
const copyBytes = 1024 * 1024;

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
  /** Gives a file another name, where that is possible; `false` where its bytes have to be written. */
  adopt?(path: string, file: string, options: { readonly executable: boolean }): boolean;
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
export interface ItemImportOptions<Info, Stored> extends SignalOptions {
  readonly kind: Pick<ItemKind, "noun">;
  readonly place: ImportPlace<Info, Stored>;
  /** Called after commit or discard. */
  readonly onEnd: () => void;
}

/** The import that every store hands out: its life is here, its bytes in an {@link ImportPlace}. */
export class ItemImport<Info, Stored> implements ImportDraft<Info, Stored> {
  readonly #what: string;
  readonly #place: ImportPlace<Info, Stored>;
  readonly #life: DraftLife;
  #failure: { readonly error: unknown } | undefined;

  constructor({ kind, place, onEnd, signal }: ItemImportOptions<Info, Stored>) {
    const what = `Importing a ${kind.noun}`;
    this.#what = what;
    this.#place = place;
    this.#life = new DraftLife({ what, signal, sealed: (state) => sealed(what, state), removeAll: () => place.discard(), onEnd });
  }

  async write(
    path: string,
    content: Uint8Array | AsyncIterable<Uint8Array>,
    { executable, signal }: SignalOptions & { readonly executable: boolean },
  ): Promise<void> {
    await this.#run((stopping) => this.#place.write(path, content, { executable, signal: stopping }), signal);
  }

  async adopt(path: string, file: string, { executable, signal }: SignalOptions & { readonly executable: boolean }): Promise<void> {
    await this.#run(async (stopping) => {
      if (this.#place.adopt?.(path, file, { executable }) === true) return;
      await this.#place.write(path, createReadStream(file, { highWaterMark: copyBytes }), { executable, signal: stopping });
    }, signal);
  }

  async mkdir(path: string): Promise<void> {
    this.#life.checkOpen();
    this.#place.mkdir(path);
  }

  read(path: string): AsyncIterable<Uint8Array> {
    this.#life.checkOpen();
    return this.#place.read(path);
  }

  async commit(item: ImportedItem<Info>, { existing }: { readonly existing: ExistingPolicy }): Promise<Stored> {
    return this.#life.commit(async (beforeVisible) => {
      refuseLatest(item.tag);
      if (this.#failure !== undefined) throw this.#failure.error;
      return this.#place.publish(item, existing, beforeVisible);
    });
  }

  async discard(): Promise<void> {
    await this.#life.discard();
  }

  async #run(work: (signal: AbortSignal) => Promise<void>, signal: AbortSignal | undefined): Promise<void> {
    this.#life.checkOpen();
    checkSignal(signal, this.#what);
    try {
      await this.#life.run(work, signal);
    } catch (error) {
      // Part of a file may be there: what is incomplete must not be committed, also when nobody waited for this write.
      this.#failure ??= { error };
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.discard();
  }
}

function sealed(what: string, state: "committed" | "discarded"): BentoError {
  return new BentoError("BENTO_MODEL_SEALED", `${what} has ended (it was ${state}), and takes nothing more.`, {
    hint: "Start a new import.",
  });
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
