import { byPath } from "../disk/model-walk.js";
import { rareBuiltins } from "../rare-builtins.js";
import type { ManifestEntry } from "../store/model-store.js";

/** Version of the format of `.manifest.json`. */
const formatVersion = 1;

/** The text of `.manifest.json`: every file but itself, sorted by path. The same entries give the same text. */
export function formatManifest(entries: Iterable<ManifestEntry>): string {
  const files = [...entries].toSorted(byPath).map(({ path, size, sha256 }) => ({ path, size, sha256 }));
  return `${JSON.stringify({ version: formatVersion, files }, undefined, 1)}\n`;
}

/** Reads {@link formatManifest}'s text; `undefined` when it is not a manifest that can be relied on. */
export function parseManifest(text: string): ReadonlyMap<string, ManifestEntry> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || value.version !== formatVersion || !Array.isArray(value.files)) return undefined;
  const entries = new Map<string, ManifestEntry>();
  for (const file of value.files as unknown[]) {
    if (!isEntry(file) || entries.has(file.path)) return undefined;
    entries.set(file.path, { path: file.path, size: file.size, sha256: file.sha256 });
  }
  return entries;
}

/** Counts and digests a stream of bytes. */
export async function digest(chunks: AsyncIterable<Uint8Array>): Promise<{ readonly size: number; readonly sha256: string }> {
  const digester = new Digester();
  for await (const chunk of chunks) digester.update(chunk);
  return digester.result();
}

/** Counts and digests bytes that are there as a whole. */
export function digestOf(bytes: Uint8Array): { readonly size: number; readonly sha256: string } {
  return { size: bytes.length, sha256: rareBuiltins.crypto().hash("sha256", bytes, "hex") };
}

/** Counts and digests bytes on their way to somewhere else. */
export class Digester {
  readonly #hash = rareBuiltins.crypto().createHash("sha256");
  #size = 0;

  update(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    this.#size += chunk.length;
  }

  /** To be asked once, at the end. */
  result(): { readonly size: number; readonly sha256: string } {
    return { size: this.#size, sha256: this.#hash.digest("hex") };
  }
}

function isEntry(value: unknown): value is ManifestEntry {
  return (
    isRecord(value) &&
    typeof value.path === "string" &&
    Number.isSafeInteger(value.size) &&
    typeof value.sha256 === "string" &&
    /^[0-9a-f]{64}$/.test(value.sha256)
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
