import type { Upload } from "./upload.js";

/** A file in place of whose bytes its URL came: what that led to, and where in the input it stood. */
export interface FetchedUpload {
  /** Keys and indices; empty for the whole input. */
  readonly path: readonly (string | number)[];
  readonly upload: Upload;
}

/** A value with files where their URLs stood. What it was made of stays as it is: it may be somebody else's. */
export function withFetched(value: unknown, fetched: readonly FetchedUpload[]): unknown {
  return fetched.reduce((whole, { path, upload }) => replaced(whole, path, upload), value);
}

function replaced(value: unknown, [key, ...rest]: FetchedUpload["path"], upload: Upload): unknown {
  if (key === undefined) return upload.toFile();
  if (Array.isArray(value)) return value.with(key as number, replaced(value[key as number], rest, upload));
  const object = value as Readonly<Record<string, unknown>>;
  return { ...object, [key]: replaced(object[key], rest, upload) };
}
