/** Told when a file has been read, was left, or broke off: then it throws what its reader is to be told. */
export type OnFileRead = (failure?: unknown) => void;

/** The same bytes; `onEnd` is told once when there are no more, or nobody wants them. */
export function endingStream(stream: ReadableStream<Uint8Array>, onEnd: OnFileRead): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  const source: UnderlyingDefaultSource<Uint8Array> = {
    async pull(controller) {
      const piece = await reader.read().catch((error: unknown) => {
        onEnd(error);
        throw error;
      });
      if (!piece.done) return controller.enqueue(piece.value);
      controller.close();
      onEnd();
    },
    async cancel(reason) {
      onEnd();
      await reader.cancel(reason);
    },
  };
  return new ReadableStream(source, { highWaterMark: 0 });
}
