import type { JsonSchema } from "@bento/core";

import type { Upload } from "./upload.js";

/** Whether a schema lets a URL stand in place of some file. */
export function mayNameUrls(schema: JsonSchema): boolean {
  return JSON.stringify(schema).includes('"x-bento-url":true');
}

/** Bytes of a URL; longer ones are refused by most servers anyway. */
export const maxUrlBytes = 8192;

/** Whether a text that stands for a file is a URL. */
export function isUrl(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

/**
 * The URL that a body is which would have to be a file: BentoML's clients send it as text, under the type of JSON, so quotes
 * around it do not count. What has the name of a file is one.
 */
export function urlTextOf({ content, filename }: Upload): string | undefined {
  if (filename !== undefined || !(content instanceof Uint8Array) || content.byteLength > maxUrlBytes) return undefined;
  const text = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString("latin1").trim();
  const bare = /^"(.*)"$/.exec(text)?.[1] ?? text;
  return isUrl(bare) && !/\s/.test(bare) ? bare : undefined;
}
