import { BentoError } from "@bento/core";
import type { IncomingMessage } from "node:http";
import type { RouteContext } from "./route.js";

/**
 * Lets `take` read the body of a request as it comes. What it leaves unread is read and thrown away, so that a client
 * that is still sending gets to see the answer.
 * @throws what `take` throws; BENTO_CANCELLED, out of the body, when the client goes away in the middle of it
 */
export async function withBody<T>(context: RouteContext, take: (body: AsyncIterable<Uint8Array>) => Promise<T>): Promise<T> {
  // Past the stream of the web request, which takes longer for each chunk.
  const incoming = context.env?.incoming;
  if (incoming === undefined) return take(webBody(context));
  try {
    return await take(chunksOf(incoming));
  } finally {
    incoming.resume();
  }
}

/** Bytes that the request says it brings; `undefined` where it does not say. @throws BENTO_BAD_REQUEST for what is no number of bytes */
export function contentLength(context: RouteContext): number | undefined {
  const text = context.req.header("content-length");
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new BentoError("BENTO_BAD_REQUEST", `The Content-Length ${JSON.stringify(text.slice(0, 40))} is no number of bytes.`);
}

async function* chunksOf(incoming: IncomingMessage): AsyncGenerator<Uint8Array, void> {
  try {
    yield* incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
  } catch (cause) {
    throw new BentoError("BENTO_CANCELLED", "The client went away before all of the body had come.", { cause });
  }
}

async function* webBody({ req }: RouteContext): AsyncGenerator<Uint8Array, void> {
  if (req.raw.body !== null) yield* req.raw.body as AsyncIterable<Uint8Array>;
}
