import { createHash, type Hash } from "node:crypto";
import { type PartStores, storePart } from "./store-part.js";

/** Parts that are written at the same time, and the bytes that they may hold in memory. */
const atOnce = 16;
const mostHeld = 32 * 1024 * 1024;

/** Writes parts of a push side by side while more of them are cut, and holds only so many bytes. */
export class PartWriter {
  readonly #stores: PartStores;
  readonly #push: string;
  readonly #signal: AbortSignal;
  readonly #writing = new Set<Promise<void>>();
  #held = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(stores: PartStores, { push, signal }: { readonly push: string; readonly signal: AbortSignal }) {
    this.#stores = stores;
    this.#push = push;
    this.#signal = signal;
  }

  /**
   * Takes a part; its bytes are the writer's from now on. Waits while too many are under way.
   * @throws what the writing of an earlier one threw
   */
  async add(chunks: readonly Uint8Array[], size: number, sha256: string): Promise<void> {
    while (this.#writing.size >= atOnce || (this.#held > 0 && this.#held + size > mostHeld)) await Promise.race(this.#writing);
    if (this.#failure !== undefined) throw this.#failure.error;
    this.#held += size;
    const written = this.#write(chunks, size, sha256).finally(() => {
      this.#held -= size;
      this.#writing.delete(written);
    });
    this.#writing.add(written);
  }

  /** Returns when nothing is written any more. @throws what the writing of a part threw */
  async finish(): Promise<void> {
    await this.idle();
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Returns when nothing is written any more, whatever became of it. */
  async idle(): Promise<void> {
    while (this.#writing.size > 0) await Promise.race(this.#writing);
  }

  /** The first failure is kept for whoever comes next. */
  async #write(chunks: readonly Uint8Array[], size: number, sha256: string): Promise<void> {
    try {
      await storePart(this.#stores, this.#push, { sha256, size, source: streamOf(chunks), signal: this.#signal });
    } catch (error) {
      this.#failure ??= { error };
    }
  }
}

/** What is known of a file that was cut into parts. */
export interface CutFile {
  readonly size: number;
  readonly sha256: string;
  readonly parts: readonly string[];
}

/** Cuts the content of one file into parts, and hands each to the writer as soon as it is whole. */
export async function cutFile(
  content: Uint8Array | AsyncIterable<Uint8Array>,
  { writer, partSize, onBytes }: { readonly writer: PartWriter; readonly partSize: number; readonly onBytes: (count: number) => void },
): Promise<CutFile> {
  const whole = createHash("sha256");
  const parts: string[] = [];
  let size = 0;
  let part = emptyPart();
  const cut = async (): Promise<void> => {
    const sha256 = part.hash.digest("hex");
    parts.push(sha256);
    await writer.add(part.chunks, part.size, sha256);
    part = emptyPart();
  };
  for await (const chunk of content instanceof Uint8Array ? [content] : content) {
    onBytes(chunk.length);
    whole.update(chunk);
    size += chunk.length;
    for (let at = 0; at < chunk.length;) {
      const piece = chunk.subarray(at, at + partSize - part.size);
      at += piece.length;
      part.chunks.push(piece);
      part.size += piece.length;
      part.hash.update(piece);
      if (part.size === partSize) await cut();
    }
  }
  if (part.size > 0) await cut();
  return { size, sha256: whole.digest("hex"), parts };
}

function emptyPart(): { readonly chunks: Uint8Array[]; readonly hash: Hash; size: number } {
  return { chunks: [], hash: createHash("sha256"), size: 0 };
}

async function* streamOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void> {
  yield* chunks;
}
