import { BentoError, BentoFile, type JsonSchema, toJson } from "@bento/core";
import type { BodyWatch } from "./body.js";
import { fileBody, isFileSource } from "./file-body.js";
import { canStream, streamOf } from "./joined-body.js";
import type { RequestBody } from "./request-body.js";
import { holdsKinds } from "./wire-kinds.js";

/** Text that is gathered of items that are all there. Characters. */
const gathered = 1 << 16;

/** So long a stream may keep the event loop to itself. Milliseconds. */
const longestMs = 10;

/**
 * An input that is sent piece by piece: bytes, or values as JSON lines. Where `fetch` sends no streams, as in browsers, it is
 * sent when all of it is there.
 * @throws BENTO_BAD_REQUEST for what cannot be iterated; whatever the input throws, where it is read before it is sent
 */
export async function streamedInput(schema: JsonSchema, input: unknown): Promise<RequestBody> {
  const isBytes = schema["type"] === "file";
  if (isBytes && isWhole(input)) return fileBody(BentoFile.from(input));
  const open = opener(input, isBytes ? bytesOf : linesOf(await writerOf(schema)));
  const headers = { "content-type": isBytes ? "application/octet-stream" : "application/jsonl" };
  if (canStream()) {
    const send = (watch: BodyWatch): ReadableStream<Uint8Array> => {
      const chunks = watched(open(), watch);
      // Node's `fetch` forgets what it has not sent by then.
      watch.onOver = () => void chunks.return().catch(() => undefined);
      return streamOf(chunks);
    };
    return { body: { sizeBytes: undefined, isOnce: !Array.isArray(input), open: send }, headers };
  }
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of open()) pieces.push(chunk as Uint8Array<ArrayBuffer>);
  return { body: new Blob(pieces), headers };
}

type Chunks = AsyncGenerator<Uint8Array, void, void>;
type Encode = (items: AsyncIterable<unknown> | Iterable<unknown>) => Chunks;

/** A file or bytes, of which all is known before it is sent. */
function isWhole(input: unknown): input is Uint8Array | Blob | ArrayBuffer | BentoFile {
  if (input instanceof Uint8Array) return true;
  return typeof input === "object" && input !== null && isFileSource(input) && !("getReader" in input);
}

/** What writes an item as JSON, with files, tensors and bytes in it where its schema has such. */
async function writerOf(schema: JsonSchema): Promise<(item: unknown) => string | Promise<string>> {
  if (!holdsKinds({ ...schema, "x-bento-stream": false })) return toJson;
  const { itemWriter } = await import("./kind-input.js");
  return itemWriter(schema);
}

/** @throws BENTO_BAD_REQUEST */
function opener(input: unknown, encode: Encode): () => Chunks {
  if (typeof input === "object" && input !== null) {
    if (Symbol.asyncIterator in input) return () => encode(input as AsyncIterable<unknown>);
    if ("getReader" in input) return () => encode(read(input as ReadableStream<unknown>));
    if (Symbol.iterator in input) return () => encode(input as Iterable<unknown>);
  }
  throw new BentoError("BENTO_BAD_REQUEST", `The input is a stream of items, and ${input === null ? "null" : typeof input} gives none.`, {
    hint: "Pass an async generator, a ReadableStream or an array.",
  });
}

/** @param textOf writes an item as JSON */
function linesOf(textOf: (item: unknown) => string | Promise<string>): Encode {
  return async function* lines(items) {
    const encoder = new TextEncoder();
    if (Symbol.asyncIterator in items) {
      for await (const item of items) yield encoder.encode(`${await textOf(item)}\n`);
      return;
    }
    let text = "";
    for (const item of items) {
      text += `${await textOf(item)}\n`;
      if (text.length < gathered) continue;
      yield encoder.encode(text);
      text = "";
    }
    yield encoder.encode(text);
  };
}

async function* bytesOf(items: AsyncIterable<unknown> | Iterable<unknown>): Chunks {
  for await (const item of items) {
    if (item instanceof Uint8Array) yield item;
    else throw new BentoError("BENTO_BAD_REQUEST", `A stream of bytes gives Uint8Arrays, not ${typeof item}.`);
  }
}

/** Browsers have no `setImmediate`. */
const nextTurn = (globalThis as { setImmediate?: (callback: () => void) => unknown }).setImmediate ?? setTimeout;

/** Says when something has left, and why nothing more will. */
async function* watched(chunks: Chunks, watch: BodyWatch): Chunks {
  let since = performance.now();
  try {
    for await (const chunk of chunks) {
      yield chunk;
      watch.moved();
      // Items that are all at hand would let nothing else happen, the answer and its caller's second thoughts among it.
      if (performance.now() - since < longestMs) continue;
      await new Promise<void>((resolve) => nextTurn(resolve));
      since = performance.now();
    }
  } catch (error) {
    watch.fail(error);
    throw error;
  }
}

/** Not every browser can iterate its streams. */
async function* read(stream: ReadableStream<unknown>): AsyncGenerator<unknown, void, void> {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
