import type { BentoError } from "@bento/core";
import { cancellation, checkSignal, withSignal } from "../../../store/cancellation.js";
import { remoteFailure, type RemoteProblem } from "../../remote-failure.js";
import type { RemoteLocation, Secrets } from "../../remote.js";
import type { S3Access } from "./client.js";
import { refusalOf, type S3Refusal, s3Failure } from "./s3-failure.js";

/** An object, as requests name it. */
export interface ObjectName {
  readonly Bucket: string;
  readonly Key: string;
}

/** Asks for a bucket, each time once, and says what went wrong. */
export class BucketRequests {
  readonly access: S3Access;
  readonly bucket: string;
  /** For messages: `s3://bucket/`. */
  readonly name: string;
  readonly #secrets: Secrets;

  constructor(access: S3Access, { protocol, host, secrets }: RemoteLocation) {
    this.access = access;
    this.bucket = host;
    this.name = `${protocol}://${host}/`;
    this.#secrets = secrets;
  }

  /** An object of the bucket. */
  object(key: string): ObjectName {
    return { Bucket: this.bucket, Key: key };
  }

  /**
   * Runs a request, with options that end it with the signal. What the first refusals may tell, the bucket's region and
   * the time where this machine's clock is wrong, is used at once.
   * @throws BENTO_CANCELLED; what {@link s3Failure} makes of an error
   */
  async ask<T>(
    doing: string,
    path: string,
    signal: AbortSignal | undefined,
    request: (options: { readonly abortSignal?: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    const what = this.#named(doing, path);
    checkSignal(signal, what);
    const options = signal === undefined ? {} : { abortSignal: signal };
    for (let lessons = 2; ; lessons -= 1) {
      try {
        return await withSignal(signal, what, request(options));
      } catch (error) {
        if (lessons === 0 || signal?.aborted || !this.#learns(refusalOf(error))) throw this.failed(error, doing, path, signal);
      }
    }
  }

  /** The error for what was caught while something was done. */
  failed(error: unknown, doing: string, path: string, signal?: AbortSignal): BentoError {
    if (signal?.aborted) return cancellation(signal, this.#named(doing, path));
    return s3Failure(error, { doing, place: this.name + path, secrets: this.#secrets });
  }

  /** An error that this side found. */
  failure(path: string, problem: Omit<RemoteProblem, "place" | "secrets">): BentoError {
    return remoteFailure({ ...problem, place: this.name + path, secrets: this.#secrets });
  }

  /** As a sentence begins with it. */
  #named(doing: string, path: string): string {
    return `To ${doing} ${JSON.stringify(this.name + path)}`;
  }

  #learns({ isClockSet, region }: S3Refusal): boolean {
    return isClockSet || (region !== undefined && this.access.moveTo(region));
  }
}
