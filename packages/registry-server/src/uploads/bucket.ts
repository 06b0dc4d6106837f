import { randomBytes } from "node:crypto";
import { BentoError } from "@bento/core";
import type { Readable } from "node:stream";
import type { SignalOptions } from "@bento/store";
import { type Bucket, bucketFailure, isMissing, onBucket } from "../blobs/bucket.js";
import { abortedBy } from "../blobs/s3.js";
import type { SentPart, UploadStore } from "./upload-store.js";

/** How long a URL can be used: Python's client asks for it before it packs. Seconds. */
const urlSeconds = 12 * 3600;

/** Uploads that clients send to a bucket by presigned URLs, as `uploads/...`. An upload is named by its object and, in parts, the bucket's id for them. */
export class BucketUploads implements UploadStore {
  readonly #bucket: Bucket;

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
  }

  async begin(form: "whole" | "parts"): Promise<string> {
    const { client, sdk } = this.#bucket;
    const id = randomBytes(16).toString("hex");
    if (form === "whole") return id;
    const begun = await onBucket("write to", () => client.send(new sdk.CreateMultipartUploadCommand(this.#objectOf(id))));
    return `${id}:${begun.UploadId ?? ""}`;
  }

  async url(upload: string, part: number): Promise<string> {
    const { client, sdk, presigner } = this.#bucket;
    const { object, parts } = this.#read(upload);
    const life = { expiresIn: urlSeconds };
    if (parts === undefined) return presigner.getSignedUrl(client, new sdk.PutObjectCommand(object), life);
    return presigner.getSignedUrl(client, new sdk.UploadPartCommand({ ...object, UploadId: parts, PartNumber: part }), life);
  }

  async parts(upload: string): Promise<readonly SentPart[]> {
    const { client, sdk } = this.#bucket;
    const { object, parts } = this.#read(upload);
    if (parts === undefined) return this.#whole(object);
    const sent: SentPart[] = [];
    try {
      // The SDK's own walk does not end where a server names a next page behind the last.
      for (let marker: string | undefined, isMore = true; isMore;) {
        const page = await client.send(new sdk.ListPartsCommand({ ...object, UploadId: parts, PartNumberMarker: marker }));
        for (const { PartNumber: number = 0, ETag: etag = "", Size: size = 0 } of page.Parts ?? []) sent.push({ number, etag, size });
        marker = page.NextPartNumberMarker;
        isMore = page.IsTruncated === true && marker !== undefined;
      }
    } catch (error) {
      // Put together, or given up.
      if (isMissing(error)) return this.#whole(object);
      throw bucketFailure(error, "list");
    }
    return sent;
  }

  async complete(upload: string, sent: readonly SentPart[]): Promise<void> {
    const { client, sdk } = this.#bucket;
    const { object, parts } = this.#read(upload);
    const Parts = sent.map(({ number, etag }) => ({ PartNumber: number, ETag: etag }));
    await onBucket("write to", () =>
      client.send(new sdk.CompleteMultipartUploadCommand({ ...object, UploadId: parts, MultipartUpload: { Parts } })),
    );
  }

  async *read(upload: string, { signal }: SignalOptions = {}): AsyncGenerator<Uint8Array, void> {
    const { client, sdk } = this.#bucket;
    try {
      const { Body } = await client.send(new sdk.GetObjectCommand(this.#read(upload).object), abortedBy(signal));
      yield* Body as Readable as AsyncIterable<Uint8Array>;
    } catch (error) {
      if (!isMissing(error)) throw bucketFailure(error, "read from");
      throw new BentoError("BENTO_NOT_FOUND", "Nothing has been uploaded.", { cause: error, hint: "Push again." });
    }
  }

  async remove(upload: string): Promise<void> {
    const { client, sdk } = this.#bucket;
    const { object, parts } = this.#read(upload);
    await onBucket("delete from", async () => {
      if (parts !== undefined) await client.send(new sdk.AbortMultipartUploadCommand({ ...object, UploadId: parts })).catch(ignoreMissing);
      await client.send(new sdk.DeleteObjectCommand(object)).catch(ignoreMissing);
    });
  }

  async sweep(before: Date): Promise<void> {
    const { client, sdk, name, prefix } = this.#bucket;
    const where = { Bucket: name, Prefix: `${prefix}uploads/` };
    const isOld = (time: Date | undefined): boolean => time !== undefined && time < before;
    await onBucket("clean", async () => {
      const { Uploads = [] } = await client.send(new sdk.ListMultipartUploadsCommand(where));
      for (const { Key, UploadId, Initiated } of Uploads) {
        if (isOld(Initiated)) await client.send(new sdk.AbortMultipartUploadCommand({ Bucket: name, Key, UploadId })).catch(ignoreMissing);
      }
      for await (const { Contents = [] } of sdk.paginateListObjectsV2({ client }, where)) {
        for (const { Key, LastModified } of Contents) {
          if (isOld(LastModified)) await client.send(new sdk.DeleteObjectCommand({ Bucket: name, Key })).catch(ignoreMissing);
        }
      }
    });
  }

  async #whole(object: { readonly Bucket: string; readonly Key: string }): Promise<readonly SentPart[]> {
    const { client, sdk } = this.#bucket;
    return onBucket("look into", async () => {
      try {
        const { ETag: etag = "", ContentLength: size = 0 } = await client.send(new sdk.HeadObjectCommand(object));
        return [{ number: 1, etag, size }];
      } catch (error) {
        if (isMissing(error)) return [];
        throw error;
      }
    });
  }

  #read(upload: string): { readonly object: { readonly Bucket: string; readonly Key: string }; readonly parts: string | undefined } {
    const [id = "", ...rest] = upload.split(":");
    return { object: this.#objectOf(id), parts: rest.length === 0 ? undefined : rest.join(":") };
  }

  #objectOf(id: string): { readonly Bucket: string; readonly Key: string } {
    const { name, prefix } = this.#bucket;
    return { Bucket: name, Key: `${prefix}uploads/${id}.tar` };
  }
}

function ignoreMissing(error: unknown): void {
  if (!isMissing(error)) throw error;
}
