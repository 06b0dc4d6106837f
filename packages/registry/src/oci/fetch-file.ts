import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, rm, stat } from "node:fs/promises";
import { BentoError } from "@bento/core";
import { onDisk } from "@bento/store/archives";
import { NetworkFailure } from "../api/network-failure.js";
import type { Attempt } from "../transfer/with-retry.js";
import type { PackedFile } from "./model-pack.js";
import type { OciHttp } from "./oci-http.js";

/** What fetching a file needs. */
export interface FileFetch {
  readonly http: OciHttp;
  readonly file: PackedFile;
  /** Where it goes; what an earlier try left there is gone on with. */
  readonly place: string;
  /** Told of bytes that are there by now; below zero where they are not any more. */
  readonly onBytes: (bytes: number) => void;
  readonly signal: AbortSignal;
  readonly attempt: Attempt;
}

/**
 * Fetches a file, once, from where an earlier try broke off, and compares it with its digest.
 * @throws BENTO_INTEGRITY_FAILED for another one, which is gone then; BENTO_REGISTRY_FAILED where it broke off
 */
export async function fetchFile({ http, file, place, onBytes, signal, attempt }: FileFetch): Promise<void> {
  const { size, sha256 } = file;
  const hash = createHash("sha256");
  let position = await digestThere(place, size, hash);
  // A first try counts what it found; those after it were counted as it came.
  if (attempt.number === 0) onBytes(position);
  if (position < size || size === 0) {
    const target = await onDisk("write", place, () => open(place, position === 0 ? "w" : "a", 0o600));
    try {
      position = size === 0 ? 0 : await append({ http, file, position, hash, target, place, signal, onBytes, attempt });
    } finally {
      await target.close();
    }
  }
  if (position === size && hash.digest("hex") === sha256) return;
  await rm(place, { force: true });
  onBytes(-position);
  throw new BentoError("BENTO_INTEGRITY_FAILED", `The registry gives other bytes than the digest says for ${JSON.stringify(file.path)}.`, {
    hint: "Nothing was stored. Try again; if it stays so, get it from somewhere else.",
  });
}

interface Appending extends FileFetch {
  readonly position: number;
  readonly hash: Hash;
  readonly target: FileHandle;
}

async function append({ http, file, position: start, hash, target, place, signal, onBytes, attempt }: Appending): Promise<number> {
  const { size, sha256, path } = file;
  const range: Record<string, string> = start === 0 ? {} : { range: `bytes=${start}-` };
  const what = `give ${JSON.stringify(path)}`;
  const call = { method: "GET" as const, path: `blobs/sha256:${sha256}`, headers: range, what, accept: [200, 206], signal };
  const answer = await http.send(call);
  // Who knows no ranges sends all of it: what is there already is passed over.
  let passed = answer.status === 206 ? start : 0;
  let position = start;
  try {
    for await (const piece of answer.body) {
      const fresh = piece.subarray(Math.min(piece.length, Math.max(0, position - passed)));
      passed += piece.length;
      if (position + fresh.length > size) throw tooLong(file);
      hash.update(fresh);
      await onDisk("write", place, () => target.appendFile(fresh));
      position += fresh.length;
      onBytes(fresh.length);
      if (fresh.length > 0) attempt.progressed();
    }
  } catch (error) {
    answer.discard();
    if (!(error instanceof NetworkFailure)) throw error;
    throw cutOff(file, position, error);
  }
  if (position < size) throw cutOff(file, position, new NetworkFailure("the answer was cut off"));
  return position;
}

/** Digests what lies there. @returns its length; 0 for what is longer than it may be */
async function digestThere(place: string, size: number, hash: Hash): Promise<number> {
  const found = await stat(place).catch(() => undefined);
  if (found === undefined || found.size === 0 || found.size > size) return 0;
  for await (const piece of createReadStream(place, { highWaterMark: 1024 * 1024 })) hash.update(piece as Uint8Array);
  return found.size;
}

function tooLong({ path, size }: PackedFile): BentoError {
  return new BentoError("BENTO_INTEGRITY_FAILED", `The registry gives more than the ${size} bytes that ${JSON.stringify(path)} has.`);
}

function cutOff({ path, size }: PackedFile, position: number, cause: NetworkFailure): BentoError {
  return new BentoError("BENTO_REGISTRY_FAILED", `${JSON.stringify(path)} ended after ${position} of ${size} bytes.`, { cause });
}
