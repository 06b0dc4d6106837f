/** How far a body has come on its way. */
export interface Progress {
  /** Bytes that are through. */
  readonly loadedBytes: number;
  /** Bytes in all, where that is known. */
  readonly totalBytes: number | undefined;
}

/** Told as bytes go or come; begins anew where a request is sent again. */
export type OnProgress = (progress: Progress) => void;

/** Most bytes that are counted at once: what is passed on in one piece would be no progress. */
const pieceBytes = 64 * 1024;

/** The same bytes, counted as somebody takes them. */
export function countedStream(
  stream: ReadableStream<Uint8Array>,
  totalBytes: number | undefined,
  onProgress: OnProgress,
): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  let loadedBytes = 0;
  let rest = new Uint8Array();
  const source: UnderlyingDefaultSource<Uint8Array> = {
    async pull(controller) {
      while (rest.byteLength === 0) {
        const piece = await reader.read();
        if (piece.done) return controller.close();
        rest = piece.value as Uint8Array<ArrayBuffer>;
      }
      const piece = rest.subarray(0, pieceBytes);
      rest = rest.subarray(pieceBytes);
      loadedBytes += piece.byteLength;
      onProgress({ loadedBytes, totalBytes });
      controller.enqueue(piece);
    },
    cancel: (reason) => reader.cancel(reason),
  };
  return new ReadableStream(source, { highWaterMark: 0 });
}

/** The same answer, its body counted. */
export function countedResponse(response: Response, onProgress: OnProgress | undefined): Response {
  if (onProgress === undefined || response.body === null) return response;
  const { status, statusText, headers } = response;
  // What is compressed on its way has another length than what is read.
  const length = headers.has("content-encoding") ? null : headers.get("content-length");
  const body = countedStream(response.body, length === null ? undefined : Number(length), onProgress);
  return new Response(body, { status, statusText, headers });
}
