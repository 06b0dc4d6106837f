import { BentoFile } from "@bento/core";

import { FileBody } from "./file-body.js";

/** A part of a body: bytes that are there, or a file whose bytes come when it is its turn. */
export type Segment = Uint8Array | BentoFile;

/** A body of several segments, one after the other; nothing is copied together. */
export class SegmentsBody implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array, undefined> {
  readonly #segments: Iterator<Segment>;
  #file: FileBody | undefined;

  constructor(segments: readonly Segment[]) {
    this.#segments = segments.values();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    for (;;) {
      const piece = await this.#file?.next();
      if (piece?.done === false) return piece;
      const { done, value } = this.#segments.next();
      if (done === true) return { done: true, value: undefined };
      this.#file = BentoFile.isFile(value) ? new FileBody(value) : undefined;
      if (!BentoFile.isFile(value)) return { done: false, value };
    }
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#segments.return?.();
    await this.#file?.return();
    return { done: true, value: undefined };
  }
}

/** How long they are together; `undefined` where a file does not say. Bytes. */
export function lengthOf(segments: readonly Segment[]): number | undefined {
  let length = 0;
  for (const segment of segments) {
    const size = BentoFile.isFile(segment) ? segment.size : segment.byteLength;
    if (size === undefined) return undefined;
    length += size;
  }
  return length;
}
