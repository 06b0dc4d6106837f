import { createHash, type Hash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { BentoError } from "@bento/core";
import type { WireAnswer } from "../api/http.js";
import { NetworkFailure } from "../api/network-failure.js";
import type { Attempt } from "../transfer/with-retry.js";
import type { ContentCalls } from "./content-calls.js";
import { PieceWriter } from "../transfer/piece-writer.js";
import { type Slot, writeAt } from "./landing.js";
import type { PartProgress } from "./part-progress.js";

/** What is larger is digested by another thread, which finds it in memory: this one has enough to do. Bytes. */
const smallBytes = 256 * 1024;
/** How often a part may come whole and wrong: once may be an accident of the network. */
const maxWrong = 3;

/** What fetching needs. */
export interface FetchOptions {
  readonly calls: ContentCalls;
  readonly file: FileHandle;
  /** Looks at the part when it is there. */
  readonly isRight: () => Promise<boolean>;
  readonly progress: PartProgress;
  readonly signal: AbortSignal;
}

/**
 * A part on its way from the registry into its file, digested when it is there. A try that breaks off is gone on with from
 * where it broke off; one that brought something else begins anew.
 */
export class PartFetch {
  readonly #slot: Slot;
  readonly #options: FetchOptions;
  readonly #size: number;
  /** Of a small one. */
  #hash: Hash | undefined;
  /** Bytes that came, and that are in the file. */
  #position = 0;
  #written = 0;
  #wrong = 0;

  constructor(slot: Slot, options: FetchOptions) {
    this.#slot = slot;
    this.#options = options;
    this.#size = slot.range.end - slot.range.start;
    this.#hash = this.#newHash();
  }

  /** Whether a failure may be followed by another try although the peer did not fail: what came was wrong, and not yet often. */
  get mayComeRight(): boolean {
    return this.#wrong < maxWrong;
  }

  /** One try. @throws NetworkFailure within a BentoError; BENTO_INTEGRITY_FAILED; BENTO_STORE_FAILED */
  async attempt({ progressed }: Attempt): Promise<void> {
    const { calls, signal } = this.#options;
    const answer = await calls.part(this.#slot.sha256, this.#position, signal);
    const before = this.#position;
    try {
      this.#checkHead(answer);
      await this.#take(answer);
    } catch (error) {
      answer.discard();
      throw error;
    } finally {
      if (this.#position > before) progressed();
    }
    if (this.#position < this.#size) throw this.#cutOff();
    const isRight = this.#hash === undefined ? await this.#options.isRight() : this.#hash.digest("hex") === this.#slot.sha256;
    if (!isRight) throw this.#wrongly("other bytes than the digest says");
  }

  #checkHead({ status, headers }: WireAnswer): void {
    if (status === 206) {
      if (this.#position === 0 || headers["content-range"] !== `bytes ${this.#position}-${this.#size - 1}/${this.#size}`) {
        throw this.#wrongly(`the range ${JSON.stringify(headers["content-range"] ?? "")}`);
      }
    } else this.#restart();
    const length = headers["content-length"];
    if (length !== undefined && Number(length) !== this.#size - this.#position) throw this.#wrongly(`${length} bytes`);
  }

  async #take({ body }: WireAnswer): Promise<void> {
    await using writer = new PieceWriter((chunks, bytes) => this.#write(chunks, bytes));
    let isTooMuch = false;
    try {
      for await (const piece of body) {
        isTooMuch = piece.length > this.#size - this.#position;
        if (isTooMuch) break;
        this.#hash?.update(piece);
        this.#position += piece.length;
        this.#options.progress.moved(piece.length);
        await writer.add(piece);
      }
    } finally {
      // Also what came before it broke off: the next try goes on behind it.
      await writer.flush();
    }
    if (isTooMuch) throw this.#wrongly(`more than ${this.#size} bytes`);
  }

  async #write(chunks: readonly Uint8Array[], bytes: number): Promise<void> {
    const position = this.#slot.range.start + this.#written;
    this.#written += bytes;
    await writeAt(this.#options.file, chunks, { path: this.#slot.range.path, position });
  }

  #restart(): void {
    this.#options.progress.moved(-this.#position);
    this.#position = 0;
    this.#written = 0;
    this.#hash = this.#newHash();
  }

  #newHash(): Hash | undefined {
    return this.#size > smallBytes ? undefined : createHash("sha256");
  }

  #wrongly(what: string): BentoError {
    this.#wrong += 1;
    this.#restart();
    const message = `The registry gives ${what} as the part ${this.#slot.sha256} of ${this.#size} bytes.`;
    return new BentoError("BENTO_INTEGRITY_FAILED", message, {
      hint: "Nothing was stored. Try again; if it stays so, the registry, or somebody between, has something else.",
    });
  }

  #cutOff(): BentoError {
    const message = `The part ${this.#slot.sha256} ended after ${this.#position} of ${this.#size} bytes.`;
    return new BentoError("BENTO_REGISTRY_FAILED", message, { cause: new NetworkFailure("the answer was cut off") });
  }
}
