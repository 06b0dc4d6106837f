import { BentoError } from "@bento/core";

/** Bytes of an answer in memory where nothing else is said: about what a text can hold in JavaScript. */
export const defaultMostBytes = 2 ** 29;

/** Bytes of what a service says of itself, or of what went wrong. */
export const mostSchemaBytes = 2 ** 24;
export const mostErrorBytes = 2 ** 20;

/**
 * The same answer, of which no more can be read than so many bytes; counted as they are when nothing is compressed any more.
 * @throws BENTO_REMOTE_FAILED at once where the answer says that it is longer, else whoever reads it
 */
export function boundedAnswer(response: Response, mostBytes: number, what: string): Response {
  const { body, headers } = response;
  // A length that is said is kept by whatever speaks HTTP here.
  const bytes = headers.has("content-encoding") ? Number.NaN : Number(headers.get("content-length") ?? Number.NaN);
  if (body === null || bytes <= mostBytes) return response;
  if (bytes > mostBytes) {
    body.cancel().catch(() => undefined);
    throw tooLong(what, mostBytes);
  }
  let left = mostBytes;
  const counted = new TransformStream<Uint8Array, Uint8Array>({
    transform(piece, controller) {
      left -= piece.byteLength;
      if (left < 0) throw tooLong(what, mostBytes);
      controller.enqueue(piece);
    },
  });
  return new Response(body.pipeThrough(counted as ReadableWritablePair<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>), response);
}

/** What is longer than a client takes, in an answer or in one item of it. */
export function tooLong(what: string, mostBytes: number): BentoError {
  return new BentoError("BENTO_REMOTE_FAILED", `${what} is longer than ${mostBytes} bytes.`, {
    hint: "Raise `maxAnswerBytes`, or read a file with `streamFile`.",
  });
}
