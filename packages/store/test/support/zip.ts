import { packZip } from "../../src/archive/container/zip-pack.js";
import { readZip, type ReadZipOptions } from "../../src/archive/container/zip-read.js";
import type { ArchiveEntry, PackOptions, RandomAccess } from "../../src/archive/container/container.js";
import { defaultLimits } from "../../src/archive/rules/limits.js";
import type { Tree } from "../../src/tree/tree.js";

export const packOptions: PackOptions = {
  compression: "adaptive",
  maxMemory: 2 ** 28,
  signal: new AbortController().signal,
  onBytes: () => {},
};

const readOptions: ReadZipOptions = { signal: packOptions.signal, limits: defaultLimits, maxMemory: 2 ** 28 };

/** A tree as one zip. */
export async function zipped(tree: Tree, options: Partial<PackOptions> = {}): Promise<Buffer> {
  return collect(packZip(tree, { ...packOptions, ...options }));
}

/** An entry with its content read. */
export type ReadEntry = Omit<ArchiveEntry, "content"> & { readonly content: Buffer };

/** Every entry of a zip. */
export async function unzipped(zip: Uint8Array, options: Partial<ReadZipOptions> = {}): Promise<readonly ReadEntry[]> {
  const entries: ReadEntry[] = [];
  for await (const entry of readZip(accessTo(zip), { ...readOptions, ...options })) {
    const { content } = entry;
    entries.push({ ...entry, content: content instanceof Uint8Array ? Buffer.from(content) : await collect(content) });
  }
  return entries;
}

/** Bytes as what a zip is read from, in streams of `chunkBytes`. */
export function accessTo(bytes: Uint8Array, chunkBytes = 1024 * 1024): RandomAccess {
  return {
    size: bytes.length,
    read: async (start, end) => bytes.slice(start, end),
    stream: async function* stream(start, end) {
      for (let at = start; at < end; at += chunkBytes) yield bytes.slice(at, Math.min(end, at + chunkBytes));
    },
  };
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}
