import { createHash, randomUUID } from "node:crypto";
import type { BlockBlobClient } from "@azure/storage-blob";
import { cancellation } from "../../../store/cancellation.js";
import { withRetry } from "../../../transfer/with-retry.js";
import { remoteFailure } from "../../remote-failure.js";
import type { RemoteContent } from "../../remote.js";
import { untilAbort } from "../../until-abort.js";
import { IdleSignal } from "../shared/idle-signal.js";
import { partBody } from "../shared/part-body.js";
import { type Part, PartMemory, partsOf } from "../shared/parts-of.js";
import { blockSizes, lanesFor, largestBlob, mostBlocks } from "./block-sizes.js";
import type { Doing } from "./failure.js";

/** What an upload is part of. */
export interface UploadOptions {
  readonly signal: AbortSignal | undefined;
  readonly about: Doing;
  /** Makes one request, and its errors ours. */
  readonly send: <T>(signal: AbortSignal, work: (request: IdleSignal) => Promise<T>) => Promise<T>;
  readonly isTransient: (error: unknown) => boolean;
}

/**
 * Writes a blob: what fits into one block in one request, all else in blocks, several at once, which become the blob when
 * the last one is there. Each carries its MD5, and is sent again from memory where that may help.
 */
export async function uploadBlob(blob: BlockBlobClient, content: RemoteContent, options: UploadOptions): Promise<void> {
  const { signal, about } = options;
  if ((content.size ?? 0) > largestBlob) throw tooLarge(about);
  const doing = `Writing ${about.place}`;
  // Ended by the first block that fails, so that nobody goes on reading for the others.
  using upload = new IdleSignal(signal);
  upload.pause();
  const memory = new PartMemory();
  // Blocks of two uploads to the same name never mix. All tools of Azure have ids of this length, and those of one blob must.
  const uploadId = randomUUID();
  const ids: string[] = [];
  const sending = new Set<Promise<void>>();
  const stage = async (part: Part, id: string): Promise<void> => {
    const md5 = createHash("md5").update(part.bytes).digest();
    await again(options, upload.signal, (request) =>
      blob.stageBlock(id, () => partBody(part.bytes, request), part.bytes.length, {
        abortSignal: request.signal,
        transactionalContentMD5: md5,
      }),
    );
    memory.giveBack(part);
  };
  try {
    let size = 0;
    for await (const part of partsOf(untilAbort(content.stream(0), upload.signal, doing), blockSizes(content.size), memory)) {
      size += part.bytes.length;
      if (part.isLast) checkSize(content, size, about);
      if (part.isLast && part.index === 0) return await putWhole(blob, part, options, upload.signal);
      if (part.index === mostBlocks) throw tooLarge(about);
      const id = Buffer.from(uploadId + String(part.index).padStart(12, "0")).toString("base64");
      ids.push(id);
      while (sending.size >= lanesFor(part.bytes.length)) await Promise.race(sending);
      if (upload.signal.aborted) break;
      const sent = stage(part, id)
        .catch((error: unknown) => upload.abort(error))
        .finally(() => sending.delete(sent));
      sending.add(sent);
    }
    await Promise.all(sending);
    if (upload.signal.aborted) throw cancellation(upload.signal, doing);
    await again(options, upload.signal, (request) => blob.commitBlockList(ids, { abortSignal: request.signal }));
  } finally {
    upload.abort();
    await Promise.all(sending);
  }
}

/** One request, which also throws away the blocks that an upload left which failed. */
async function putWhole(blob: BlockBlobClient, part: Part, options: UploadOptions, signal: AbortSignal): Promise<void> {
  const md5 = createHash("md5").update(part.bytes).digest();
  await again(options, signal, (request) => {
    // The types of the library say it of blocks only; it takes it here as well.
    const given = { abortSignal: request.signal, transactionalContentMD5: md5 };
    return blob.upload(() => partBody(part.bytes, request), part.bytes.length, given);
  });
}

async function again(
  { send, isTransient }: UploadOptions,
  signal: AbortSignal,
  work: (request: IdleSignal) => Promise<unknown>,
): Promise<void> {
  await withRetry(() => send(signal, work), { signal, retries: 5, isTransient });
}

function checkSize(content: RemoteContent, size: number, about: Doing): void {
  if (content.size === undefined || content.size === size) return;
  throw remoteFailure({ ...about, reason: `there were ${size} bytes to write, in place of ${content.size}` });
}

function tooLarge(about: Doing): Error {
  return remoteFailure({ ...about, reason: `it is larger than a blob can be, which has ${mostBlocks} blocks at most` });
}
