import { BentoError } from "@bento/core";
import type * as s3 from "@aws-sdk/client-s3";
import type * as s3Presigner from "@aws-sdk/s3-request-presigner";

/** Where a bucket is. */
export interface BucketLocation {
  /** `s3://bucket` or `s3://bucket/prefix`. */
  readonly bucket: string;
  /** The server, where it is not AWS: `http://127.0.0.1:9000`. */
  readonly endpoint?: string | undefined;
}

/** A bucket of S3, or of a server that speaks its language, and a place in it that is a registry's alone. */
export interface Bucket {
  readonly client: s3.S3Client;
  readonly sdk: typeof s3;
  readonly presigner: typeof s3Presigner;
  readonly name: string;
  /** Empty, or with a slash at its end. */
  readonly prefix: string;
}

/**
 * Opens a bucket. Who may is read from where AWS's own tools look: AWS_ACCESS_KEY_ID and the rest, files, the machine.
 * @throws BENTO_CONFIG_INVALID for what is no bucket, one that is not there or that may not be used, and where the packages for S3 are missing
 */
export async function openBucket({ bucket, endpoint }: BucketLocation): Promise<Bucket> {
  const match = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([\w!.*'()/-]*))?$/.exec(bucket);
  if (match?.[1] === undefined || match[2]?.split("/").includes("..")) throw noBucket(bucket);
  const [, name, path = ""] = match;
  const prefix = path.replace(/^\/+|\/+$/g, "");
  const { sdk, presigner } = await loadPackages();
  const client = new sdk.S3Client({
    region: process.env["AWS_REGION"] ?? process.env["AWS_DEFAULT_REGION"] ?? "us-east-1",
    // Servers other than AWS's take the sums that it adds by default for content.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    // It would write to the console of what is told as an error anyway.
    logger: { debug: silent, info: silent, warn: silent, error: silent },
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
  });
  const opened = { client, sdk, presigner, name, prefix: prefix === "" ? "" : `${prefix}/` };
  try {
    await onBucket("look at", () => client.send(new sdk.HeadBucketCommand({ Bucket: name })));
  } catch (cause) {
    client.destroy();
    throw new BentoError("BENTO_CONFIG_INVALID", `The bucket ${JSON.stringify(bucket)} cannot be used: ${(cause as Error).message}`, {
      cause,
      hint: "Look whether it is there, and whether AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY may use it.",
    });
  }
  return opened;
}

/**
 * Runs work on a bucket.
 * @throws BENTO_UNAVAILABLE where it cannot be reached or is too busy, BENTO_STORE_FAILED where it refuses, and what is no failure of it
 */
export async function onBucket<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw bucketFailure(error, doing);
  }
}

/** What to throw for something caught while a bucket was at work. */
export function bucketFailure(error: unknown, doing: string): unknown {
  if (BentoError.is(error) || !(error instanceof Error)) return error;
  if (error.name === "AbortError") return new BentoError("BENTO_CANCELLED", "The client went away.", { cause: error });
  const status = statusOf(error);
  // Without a status nobody answered.
  if (status === undefined || status >= 500 || status === 429) {
    return new BentoError("BENTO_UNAVAILABLE", "The bucket of the registry cannot be reached.", {
      cause: error,
      retryAfterMs: 1000,
      hint: "Try again; what has been sent is kept.",
    });
  }
  return new BentoError("BENTO_STORE_FAILED", `The registry cannot ${doing} its bucket: ${error.name}, ${error.message}`, { cause: error });
}

/** Whether a bucket said that there is no such thing. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && statusOf(error) === 404;
}

function statusOf(error: Error): number | undefined {
  return (error as Partial<s3.S3ServiceException>).$metadata?.httpStatusCode;
}

function silent(): void {}

async function loadPackages(): Promise<Pick<Bucket, "sdk" | "presigner">> {
  try {
    const [sdk, presigner] = await Promise.all([import("@aws-sdk/client-s3"), import("@aws-sdk/s3-request-presigner")]);
    return { sdk, presigner };
  } catch (cause) {
    throw new BentoError("BENTO_CONFIG_INVALID", "The packages that a registry needs for a bucket are not installed.", {
      cause,
      hint: "npm install @aws-sdk/client-s3 @aws-sdk/s3-request-presigner",
    });
  }
}

function noBucket(bucket: string): BentoError {
  return new BentoError("BENTO_CONFIG_INVALID", `${JSON.stringify(bucket)} is no bucket.`, { hint: "Write it like s3://bucket/folder." });
}
