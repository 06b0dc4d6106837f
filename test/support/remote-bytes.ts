import { randomBytes } from "node:crypto";
import type { Remote, RemoteContent, RemoteEntry } from "@bento/store";

/** Bytes that are no two times the same. */
export function someBytes(size: number): Buffer {
  return randomBytes(size);
}

/** Bytes as something to write, in pieces of an odd size; of an unknown one where that is said. */
export function contentOf(bytes: Uint8Array, { isSizeKnown = true }: { readonly isSizeKnown?: boolean } = {}): RemoteContent {
  return {
    size: isSizeKnown ? bytes.length : undefined,
    async *stream(start) {
      for (let at = start; at < bytes.length; at += 300_007) yield bytes.slice(at, at + 300_007);
    },
  };
}

/** Everything that a stream brings. */
export async function gather(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const gathered: Uint8Array[] = [];
  for await (const chunk of chunks) gathered.push(chunk);
  return Buffer.concat(gathered);
}

/** What lies below a folder, by path. */
export async function listed(remote: Remote, folder: string): Promise<Map<string, RemoteEntry>> {
  const found = new Map<string, RemoteEntry>();
  for await (const entry of remote.list(folder)) {
    if (found.has(entry.path)) throw new Error(`${entry.path} is listed twice`);
    found.set(entry.path, entry);
  }
  return found;
}

/** The paths of all files below a folder, sorted. */
export async function filesBelow(remote: Remote, folder: string): Promise<readonly string[]> {
  const entries = [...(await listed(remote, folder)).values()];
  return entries.flatMap(({ kind, path }) => (kind === "file" ? [path] : [])).toSorted();
}

/** Does something for many, some at a time. */
export async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<unknown>, atOnce = 8): Promise<void> {
  const waiting = [...items];
  const lane = async (): Promise<void> => {
    for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}
