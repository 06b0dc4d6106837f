/** All bytes of a stream, in one piece. A stream of a single chunk is not copied. */
export async function readAll(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return join(await take(stream, Infinity));
}

/** The bytes of a stream from `start` up to `end`; the stream is cancelled behind them. */
export async function readRange(stream: ReadableStream<Uint8Array>, start: number, end: number): Promise<Uint8Array> {
  return join(await take(stream, end)).subarray(start, end);
}

/** Several pieces as one. */
export function join(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(parts.reduce((bytes, part) => bytes + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}

/** Whole chunks, until they are at least so many bytes or the stream ends. */
async function take(stream: ReadableStream<Uint8Array>, bytes: number): Promise<Uint8Array[]> {
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  let taken = 0;
  while (taken < bytes) {
    const chunk = await reader.read();
    if (chunk.done) return chunks;
    chunks.push(chunk.value);
    taken += chunk.value.byteLength;
  }
  await reader.cancel();
  return chunks;
}
