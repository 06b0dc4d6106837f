import { Readable } from "node:stream";
import type { PutObjectCommand } from "@aws-sdk/client-s3";
import type { SignalOptions } from "@bento/store";
import type { BlobRange, BlobStore, ListedBlob } from "./blob-store.js";
import { type Bucket, bucketFailure, isMissing, onBucket } from "./bucket.js";
import { blobNotFound, checkDigest } from "./digest-text.js";
import { verified } from "./verified.js";

/** How long a URL can be used. Seconds. */
const urlSeconds = 3600;

/** Blobs as objects of a bucket: `blobs/ab/abcdef...`. */
export class S3BlobStore implements BlobStore {
  readonly #bucket: Bucket;

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
  }

  async has(sha256: string, { signal }: SignalOptions = {}): Promise<boolean> {
    const { client, sdk } = this.#bucket;
    const question = new sdk.HeadObjectCommand(this.#objectOf(sha256));
    return onBucket("look into", async () => {
      try {
        await client.send(question, abortedBy(signal));
        return true;
      } catch (error) {
        if (isMissing(error)) return false;
        throw error;
      }
    });
  }

  async put(sha256: string, size: number, source: AsyncIterable<Uint8Array>, { signal }: SignalOptions = {}): Promise<void> {
    const { client, sdk } = this.#bucket;
    const object = this.#objectOf(sha256);
    const chunks = withheld(verified(source, { sha256, size, signal }));
    // The client for S3 waits for a body that failed: it is told to stop, and the failure kept for the caller.
    const stop = new AbortController();
    let failure: { readonly error: unknown } | undefined;
    const watched = async function* (): AsyncGenerator<Uint8Array, void> {
      try {
        yield* chunks;
      } catch (error) {
        failure = { error };
        stop.abort();
      }
    };
    const body = Readable.from(watched(), { objectMode: false });
    // It ends with an error of its own when the request is stopped.
    body.on("error", () => {});
    const command = new sdk.PutObjectCommand({ ...object, Body: body, ContentLength: size });
    signPayload(command, sha256);
    try {
      await client.send(command, { abortSignal: signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]) });
    } catch (error) {
      throw failure === undefined ? bucketFailure(error, "write to") : failure.error;
    } finally {
      body.destroy();
      await chunks.return();
    }
    // What came to an end before the request noticed.
    if (failure !== undefined) throw failure.error;
  }

  async *read(sha256: string, { start = 0, end, signal }: BlobRange = {}): AsyncGenerator<Uint8Array, void> {
    const object = this.#objectOf(sha256);
    if (end !== undefined && end <= start) return;
    const Range = start === 0 && end === undefined ? undefined : `bytes=${start}-${end === undefined ? "" : end - 1}`;
    const { client, sdk } = this.#bucket;
    try {
      const { Body } = await client.send(new sdk.GetObjectCommand({ ...object, Range }), abortedBy(signal));
      yield* Body as Readable as AsyncIterable<Uint8Array>;
    } catch (error) {
      throw isMissing(error) ? blobNotFound(sha256) : bucketFailure(error, "read from");
    }
  }

  async url(sha256: string): Promise<string> {
    const { client, sdk, presigner } = this.#bucket;
    return presigner.getSignedUrl(client, new sdk.GetObjectCommand(this.#objectOf(sha256)), { expiresIn: urlSeconds });
  }

  async delete(sha256: string): Promise<void> {
    const { client, sdk } = this.#bucket;
    const object = this.#objectOf(sha256);
    await onBucket("delete from", () => client.send(new sdk.DeleteObjectCommand(object)).catch(ignoreMissing));
  }

  async *list({ signal }: SignalOptions = {}): AsyncGenerator<ListedBlob, void> {
    const { client, sdk, name, prefix } = this.#bucket;
    const pages = sdk.paginateListObjectsV2({ client }, { Bucket: name, Prefix: `${prefix}blobs/` }, abortedBy(signal));
    try {
      for await (const { Contents = [] } of pages) {
        for (const { Key = "", Size: size = 0, LastModified: modified = new Date() } of Contents) {
          const sha256 = /\/([0-9a-f]{64})$/.exec(Key)?.[1];
          if (sha256 !== undefined) yield { sha256, size, modified };
        }
      }
    } catch (error) {
      throw bucketFailure(error, "list");
    }
  }

  /** An object that did not arrive whole is none. */
  async sweep(): Promise<void> {}

  // oxlint-disable-next-line require-await -- other stores have to wait
  async close(): Promise<void> {
    this.#bucket.client.destroy();
  }

  #objectOf(sha256: string): { readonly Bucket: string; readonly Key: string } {
    const { name, prefix } = this.#bucket;
    return { Bucket: name, Key: `${prefix}blobs/${checkDigest(sha256).slice(0, 2)}/${sha256}` };
  }
}

/** Options of a request that ends with a signal. */
export function abortedBy(signal: AbortSignal | undefined): { readonly abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}

/** Gives each chunk when the next one is there, and the last one when the source has ended well: what fails is never whole. */
async function* withheld(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  let last: Uint8Array | undefined;
  for await (const chunk of chunks) {
    if (last !== undefined) yield last;
    last = chunk;
  }
  if (last !== undefined) yield last;
}

/** Puts the digest into what is signed: the bucket checks it too. */
function signPayload(command: PutObjectCommand, sha256: string): void {
  command.middlewareStack.add(
    (next) => (step) => {
      (step.request as { headers: Record<string, string> }).headers["x-amz-content-sha256"] = sha256;
      return next(step);
    },
    { step: "build", name: "payloadDigest", priority: "low" },
  );
}

function ignoreMissing(error: unknown): void {
  if (!isMissing(error)) throw error;
}
