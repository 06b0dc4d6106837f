import { BentoError, decodeBase64 } from "@bento/core";
import type * as z from "zod/v4";
import { type KindResult, makeKind, valid, wrong } from "./kind.js";
import { show } from "./show.js";

/** Options of {@link bytes}. */
export interface BytesOptions {
  /**
   * How bytes are written within JSON. `utf-8` is how Python's BentoML writes its `bytes`: as text, which not all bytes
   * are. A whole input or output of bytes travels as it is. @default "base64"
   */
  readonly encoding?: "base64" | "utf-8" | undefined;
}

/** Bytes: a `Uint8Array` on both sides. Within JSON they are base64 text. */
export function bytes({ encoding = "base64" }: BytesOptions = {}): z.ZodType<Uint8Array, Uint8Array> {
  const isBase64 = encoding === "base64";
  const readText = isBase64 ? fromBase64 : fromUtf8;
  return makeKind({
    document: { type: "string", ...(isBase64 ? { contentEncoding: "base64" } : { format: "binary" }), "x-bento-type": "bytes" },
    read: (value) => {
      if (value instanceof Uint8Array) return valid(value);
      if (value instanceof ArrayBuffer) return valid(new Uint8Array(value));
      if (typeof value === "string") return readText(value);
      return wrong("invalid_type", `Expected bytes, got ${show(value)}`);
    },
  });
}

function fromBase64(text: string): KindResult<Uint8Array> {
  try {
    return valid(decodeBase64(text));
  } catch (error) {
    if (!BentoError.is(error, "BENTO_INPUT_INVALID")) throw error;
    return { issues: error.issues };
  }
}

function fromUtf8(text: string): KindResult<Uint8Array> {
  return valid(new TextEncoder().encode(text));
}
