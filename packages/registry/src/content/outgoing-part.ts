import type { Tree } from "@bento/store";
import { ChunkMemory } from "@bento/store/archives";
import type { RequestBody } from "../api/http.js";
import type { ContentDocument } from "../wire/content.js";
import type { PartProgress } from "./part-progress.js";

/** Where a part is read from. */
export interface PartSource {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

/** A part on its way out. */
export class OutgoingPart implements RequestBody {
  readonly size: number;
  readonly #tree: Tree;
  readonly #source: PartSource;
  readonly #progress: PartProgress;
  #taken = 0;

  constructor(tree: Tree, source: PartSource, progress: PartProgress) {
    this.size = source.end - source.start;
    this.#tree = tree;
    this.#source = source;
    this.#progress = progress;
  }

  /** Before each try: what an earlier one sent was for nothing. */
  begin(): void {
    this.#progress.moved(-this.#taken);
    this.#taken = 0;
  }

  async *stream(signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    const { path, start, end } = this.#source;
    for await (const chunk of this.#tree.stream(path, { start, end, signal })) {
      this.#taken += chunk.length;
      this.#progress.moved(chunk.length);
      yield chunk;
      // Whoever comes back for more has sent it: a chunk of this length is never left in a buffer. To have new memory for
      // each takes as long as to read it.
      ChunkMemory.giveBack(chunk);
    }
  }
}

/** Where each part is, in the order of the files; one that is in several places counts once. */
export function sourcesOf({ files, partSize }: ContentDocument): ReadonlyMap<string, PartSource> {
  const sources = new Map<string, PartSource>();
  for (const { path, size, parts } of files) {
    for (const [index, sha256] of parts.entries()) {
      if (sources.has(sha256)) continue;
      sources.set(sha256, { path, start: index * partSize, end: Math.min((index + 1) * partSize, size) });
    }
  }
  return sources;
}
