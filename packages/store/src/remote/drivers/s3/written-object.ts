import type { PutObjectCommandOutput, UploadPartCommandOutput } from "@aws-sdk/client-s3";
import type { BentoError } from "@bento/core";
import type { RemoteProblem } from "../../remote-failure.js";
import type { BucketRequests } from "./bucket-requests.js";

/** An object in the making. */
export interface WrittenObject {
  readonly requests: BucketRequests;
  readonly key: string;
  readonly signal: AbortSignal;
}

/** Bytes in memory, and what vouches for them. */
export interface SentBytes {
  readonly bytes: Buffer;
  readonly md5: Buffer;
}

/** An error of writing it that this side found. */
export function writeFailure({ requests, key }: WrittenObject, problem: Omit<RemoteProblem, "doing" | "place" | "secrets">): BentoError {
  return requests.failure(key, { doing: "write", ...problem });
}

/** What goes with bytes, so that the server refuses others. */
export function bodyOf({ bytes, md5 }: SentBytes): { readonly Body: Buffer; readonly ContentMD5: string } {
  return { Body: bytes, ContentMD5: md5.toString("base64") };
}

/** @throws BENTO_TRANSFER_FAILED, for the time being, where the server says that it has got other bytes */
export function checkEtag(object: WrittenObject, { md5 }: SentBytes, answer: PutObjectCommandOutput | UploadPartCommandOutput): void {
  const { ETag = "", ServerSideEncryption: encryption = "AES256", SSECustomerAlgorithm } = answer;
  // With other encryption, and in directory buckets, it is something else than the MD5.
  if (encryption !== "AES256" || SSECustomerAlgorithm !== undefined || object.requests.bucket.endsWith("--x-s3")) return;
  const said = /^"?([0-9a-f]{32})"?$/i.exec(ETag)?.[1]?.toLowerCase();
  if (said === undefined || said === md5.toString("hex")) return;
  throw writeFailure(object, { reason: "the server has other bytes than were sent", isTransient: true });
}
