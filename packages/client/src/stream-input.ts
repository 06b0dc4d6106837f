import { BentoError, BentoFile, type JsonSchema, toJson } from "@bento/core";
import { fileBody, isFileSource } from "./file-body.js";
import { canStream, streamOf } from "./joined-body.js";
import type { RequestBody } from "./request-body.js";

/**
 * An input that is sent piece by piece: bytes, or values as JSON lines. Browsers send a body only when all of it is there.
 * @throws BENTO_BAD_REQUEST for what cannot be iterated
 */
export async function streamedInput(schema: JsonSchema, input: unknown): Promise<RequestBody> {
  const isBytes = schema["type"] === "file";
  if (isBytes && (input instanceof Uint8Array || (typeof input === "object" && input !== null && isFileSource(input)))) {
    return fileBody(BentoFile.from(input));
  }
  const items = iteratorOf(input);
  const headers = { "content-type": isBytes ? "application/octet-stream" : "application/jsonl" };
  const chunks = encoded(items, isBytes);
  if (canStream()) return { body: { sizeBytes: undefined, isOnce: true, open: () => streamOf(chunks) }, headers };
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of chunks) pieces.push(chunk as Uint8Array<ArrayBuffer>);
  return { body: new Blob(pieces), headers };
}

async function* encoded(items: AsyncIterable<unknown>, isBytes: boolean): AsyncGenerator<Uint8Array, void, void> {
  const encoder = new TextEncoder();
  for await (const item of items) {
    if (!isBytes) yield encoder.encode(`${toJson(item)}\n`);
    else if (item instanceof Uint8Array) yield item;
    else throw new BentoError("BENTO_BAD_REQUEST", `A stream of bytes gives Uint8Arrays, not ${typeof item}.`);
  }
}

/** @throws BENTO_BAD_REQUEST */
function iteratorOf(input: unknown): AsyncIterable<unknown> {
  if (typeof input === "object" && input !== null) {
    if (Symbol.asyncIterator in input) return input as AsyncIterable<unknown>;
    if (Symbol.iterator in input) return each(input as Iterable<unknown>);
  }
  throw new BentoError("BENTO_BAD_REQUEST", `The input is a stream of items, and ${input === null ? "null" : typeof input} gives none.`, {
    hint: "Pass an async generator, a ReadableStream or an array.",
  });
}

async function* each(items: Iterable<unknown>): AsyncGenerator<unknown, void, void> {
  yield* items;
}
