import { BentoError } from "@bento/core";

/** Bytes of an answer in memory where nothing else is said: about what a text can hold in JavaScript. */
const defaultMostBytes = 2 ** 29;

/** Bytes of what a service says of itself, or of what went wrong. */
export const mostSchemaBytes = 2 ** 24;
export const mostErrorBytes = 2 ** 20;

/** @throws BENTO_CONFIG_INVALID when `value` is no number of bytes */
export function checkMostBytes(value: number | undefined): number {
  if (value === undefined) return defaultMostBytes;
  if (typeof value === "number" && value > 0) return value;
  throw new BentoError("BENTO_CONFIG_INVALID", `The option \`maxAnswerBytes\` is ${JSON.stringify(value)}.`, {
    hint: "Give a number of bytes above 0, or Infinity.",
  });
}

/**
 * The same answer, of which no more can be read than so many bytes; counted as they are when nothing is compressed any more.
 * @throws BENTO_REMOTE_FAILED at once where the answer says that it is longer, else whoever reads it
 */
export function boundedAnswer(response: Response, mostBytes: number, what: string): Response {
  const { body, headers, status, statusText } = response;
  // A length that is said is kept by whatever speaks HTTP here.
  const bytes = headers.has("content-encoding") ? undefined : Number(headers.get("content-length") ?? "NaN");
  if (body === null || (bytes !== undefined && bytes <= mostBytes)) return response;
  if (bytes !== undefined && bytes > mostBytes) {
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
  return new Response(body.pipeThrough(counted as ReadableWritablePair<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>), {
    headers,
    status,
    statusText,
  });
}

/** What is longer than a client takes, in an answer or in one item of it. */
export function tooLong(what: string, mostBytes: number): BentoError {
  return new BentoError("BENTO_REMOTE_FAILED", `${what} is longer than ${mostBytes} bytes.`, {
    hint: "Raise `maxAnswerBytes` of the client; read a file with `streamFile: true`.",
  });
}
