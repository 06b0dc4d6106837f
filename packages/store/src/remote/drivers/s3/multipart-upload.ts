import { createHash } from "node:crypto";
import { BentoError } from "@bento/core";
import { withRetry } from "../../../transfer/with-retry.js";
import { isTransientFault, RemoteFault } from "../../remote-failure.js";
import { delayedAbort } from "./delayed-abort.js";
import { bodyOf, checkEtag, type SentBytes, writeFailure, type WrittenObject } from "./written-object.js";

/** How often a request is tried again that brought nothing. */
const retries = 6;
/** What a request may still take that must not be left in the middle, after its write was aborted. Milliseconds. */
const graceMs = 1000;
/** What the removal of parts may take. Milliseconds. */
const removalMs = 5000;

/** An upload in parts. Nothing of it can be seen before it is complete. */
export class MultipartUpload {
  readonly #object: WrittenObject;
  readonly #uploadId: string;
  /** By number, from 1 on: what the server called each part. */
  readonly #etags: string[] = [];
  #bytes = 0;

  private constructor(object: WrittenObject, uploadId: string) {
    this.#object = object;
    this.#uploadId = uploadId;
  }

  /** Begins one. The answer is waited for also where the write was aborted meanwhile: nobody else knows what to remove. */
  static async begin(object: WrittenObject): Promise<MultipartUpload> {
    const { requests, key } = object;
    const { client, sdk } = requests.access;
    using late = delayedAbort(object.signal, graceMs);
    const command = new sdk.CreateMultipartUploadCommand(requests.object(key));
    const { UploadId } = await requests.ask("write", key, late.signal, (options) => client.send(command, options));
    if (UploadId === undefined) throw writeFailure(object, { reason: "the server gave its upload no id" });
    return new MultipartUpload(object, UploadId);
  }

  /** Sends a part from memory, until the server has it as it is. */
  async sendPart(PartNumber: number, sent: SentBytes): Promise<void> {
    const { requests, key, signal } = this.#object;
    const { client, sdk } = requests.access;
    const command = new sdk.UploadPartCommand({ ...this.#named, PartNumber, ...bodyOf(sent) });
    await this.#often(async () => {
      const answer = await requests.ask("write", key, signal, (options) => client.send(command, options));
      checkEtag(this.#object, sent, answer);
      this.#etags[PartNumber] = answer.ETag ?? "";
    }, signal);
    this.#bytes += sent.bytes.length;
  }

  /** Makes the parts the object. Where the answer is lost, the object itself says whether it is one. */
  async complete(): Promise<void> {
    const { requests, key, signal } = this.#object;
    const { client, sdk } = requests.access;
    using late = delayedAbort(signal, graceMs);
    const Parts = this.#etags.flatMap((ETag, PartNumber) => [{ ETag, PartNumber }]);
    const command = new sdk.CompleteMultipartUploadCommand({ ...this.#named, MultipartUpload: { Parts } });
    try {
      await this.#often(() => requests.ask("write", key, late.signal, (options) => client.send(command, options)), late.signal);
    } catch (error) {
      if (signal.aborted || !(await this.#isThere())) throw error;
    }
  }

  /** Removes all parts. @returns the error, which says so where they may have stayed */
  async abort(error: unknown): Promise<unknown> {
    const { requests, key } = this.#object;
    const { client, sdk } = requests.access;
    const command = new sdk.AbortMultipartUploadCommand(this.#named);
    const signal = AbortSignal.timeout(removalMs);
    try {
      await this.#often(() => requests.ask("remove the parts of", key, signal, (options) => client.send(command, options)), signal);
    } catch (left) {
      // One that is not there has no parts.
      if (!BentoError.is(left) || left.code !== "BENTO_NOT_FOUND") return withParts(error);
    }
    return error;
  }

  get #named(): { readonly Bucket: string; readonly Key: string; readonly UploadId: string } {
    return { ...this.#object.requests.object(this.#object.key), UploadId: this.#uploadId };
  }

  /** Tries again what may help; where it did not, it would not from the beginning either. */
  async #often<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    try {
      return await withRetry(work, { signal, retries, isTransient: isTransientFault });
    } catch (error) {
      if (!BentoError.is(error) || !(error.cause instanceof RemoteFault)) throw error;
      const { message, hint, retryAfterMs, cause } = error;
      throw new BentoError(error.code, message, {
        hint,
        retryAfterMs,
        cause: new RemoteFault(cause.message, { isTransient: false, code: cause.code }),
      });
    }
  }

  /** Whether the object is what the parts make. @source Amazon S3 user guide: the ETag of such is the MD5 of those of its parts */
  async #isThere(): Promise<boolean> {
    const { requests, key, signal } = this.#object;
    const { client, sdk } = requests.access;
    const md5 = createHash("md5");
    for (const etag of this.#etags.slice(1)) md5.update(Buffer.from(etag.replaceAll('"', ""), "hex"));
    const expected = `${md5.digest("hex")}-${this.#etags.length - 1}`;
    const command = new sdk.HeadObjectCommand(requests.object(key));
    const head = await requests.ask("look at", key, signal, (options) => client.send(command, options)).catch(() => undefined);
    return head?.ContentLength === this.#bytes && head.ETag?.replaceAll('"', "") === expected;
  }
}

function withParts(error: unknown): unknown {
  if (!BentoError.is(error)) return error;
  const { message, hint, retryAfterMs, cause } = error;
  const left = "Parts of it may have stayed at the server, unseen; a lifecycle rule for incomplete uploads removes such.";
  return new BentoError(error.code, message, { hint: hint === undefined ? left : `${hint} ${left}`, retryAfterMs, cause });
}
