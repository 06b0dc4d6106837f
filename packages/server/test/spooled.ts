import { readdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "vitest";

/** The folders of requests that have files on disk, in these processes. */
export function spooled(pids: readonly number[] = [process.pid]): string[] {
  const own = readdirSync(tmpdir()).filter((name) => name.startsWith("bento-uploads-") && pids.includes(Number(name.split("-")[3])));
  return own.flatMap((name) => readdirSync(join(tmpdir(), name)).map((folder) => join(tmpdir(), name, folder)));
}

/** Bytes that the files of all requests of this process have on disk. */
export function bytesOnDisk(): number {
  const files = spooled().flatMap((folder) => readdirSync(folder).map((name) => statSync(join(folder, name)).size));
  return files.reduce((sum, size) => sum + size, 0);
}

/** Waits until no request has any. */
export function nothingOnDisk(pids?: readonly number[]): Promise<void> {
  return expect.poll(() => spooled(pids), { timeout: 20_000 }).toEqual([]);
}
