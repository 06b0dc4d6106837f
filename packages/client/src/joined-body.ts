import type { BentoFile } from "@bento/core";
import type { Body } from "./body.js";

/** What a body is put together from. */
export type Piece = string | BentoFile;

/**
 * A body of pieces one after the other. In memory or not, a Blob knows its length and can be sent as often as need be;
 * files of the disk and streams are read as they are sent where the platform can do so, which browsers cannot.
 */
export async function joinedBody(pieces: readonly Piece[]): Promise<Body> {
  if (!canStream() || !pieces.some(isStreamed)) {
    return new Blob(await Promise.all(pieces.map(async (piece) => (typeof piece === "string" ? piece : piece.blob()))));
  }
  const sizes = pieces.map((piece) => (typeof piece === "string" ? new TextEncoder().encode(piece).byteLength : piece.size));
  return {
    sizeBytes: sizes.reduce((sum, size) => (sum === undefined || size === undefined ? undefined : sum + size), 0),
    isOnce: sizes.includes(undefined),
    open: () => streamOf(piecesOf(pieces)),
  };
}

/** A stream of what comes, read no faster than it is sent. */
export function streamOf(chunks: AsyncIterator<Uint8Array>): ReadableStream<Uint8Array> {
  const source: UnderlyingDefaultSource<Uint8Array> = {
    async pull(controller) {
      const next = await chunks.next();
      if (next.done === true) controller.close();
      else controller.enqueue(next.value);
    },
    async cancel() {
      await chunks.return?.();
    },
  };
  return new ReadableStream(source, { highWaterMark: 0 });
}

/** Whether `fetch` takes a stream as a body. Browsers do over HTTP/2 alone, and say nothing of it before. */
export function canStream(): boolean {
  return !("XMLHttpRequest" in globalThis || "ServiceWorkerGlobalScope" in globalThis);
}

function isStreamed(piece: Piece): boolean {
  return typeof piece === "object" && (piece.path !== undefined || piece.size === undefined);
}

async function* piecesOf(pieces: readonly Piece[]): AsyncGenerator<Uint8Array, void, void> {
  for (const piece of pieces) {
    if (typeof piece === "string") {
      yield new TextEncoder().encode(piece);
      continue;
    }
    const reader = piece.stream().getReader();
    try {
      for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
    } finally {
      await reader.cancel().catch(() => undefined);
    }
  }
}
