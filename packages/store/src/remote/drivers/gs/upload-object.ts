import { createHash, randomUUID } from "node:crypto";
import { cancellation } from "../../../store/cancellation.js";
import { withRetry } from "../../../transfer/with-retry.js";
import { isTransientFault, remoteFailure } from "../../remote-failure.js";
import type { RemoteContent } from "../../remote.js";
import { untilAbort } from "../../until-abort.js";
import { IdleSignal } from "../shared/idle-signal.js";
import { type Part, PartMemory, partsOf } from "../shared/parts-of.js";
import { type Doing, GoogleRefusal } from "./failure.js";
import { type GoogleObject, googleObject, objectFields } from "./object-entry.js";
import { type BucketRequests, drain } from "./requests.js";
import { isOtherHash, UploadSession } from "./upload-session.js";

/** A multiple of 256 KiB, as Google wants it: large enough that the answer to each costs little. */
const partBytes = 16 * 1024 * 1024;
/** How long Google may take to hear that nobody goes on with an upload, or wants what came of it. */
const goodbyeMs = 3000;
/** Tries of one request after the first. */
const retries = 5;

/** What an upload is part of. */
export interface UploadOptions {
  readonly signal: AbortSignal | undefined;
  readonly about: Doing;
  /** Makes one request, and its errors ours. */
  readonly send: <T>(signal: AbortSignal, work: (request: IdleSignal) => Promise<T>) => Promise<T>;
}

/**
 * Writes an object: what fits into one part in one request, all else in parts, one after the other, as Google has it.
 * Google is told the MD5 of the whole, and makes the object only if what came has the same.
 */
export async function uploadObject(requests: BucketRequests, key: string, content: RemoteContent, options: UploadOptions): Promise<void> {
  const { about, send } = options;
  const doing = `Writing ${about.place}`;
  // Ended by the first part that fails, so that nobody goes on reading for the others.
  using upload = new IdleSignal(options.signal);
  upload.pause();
  const { signal } = upload;
  const memory = new PartMemory();
  const hash = createHash("md5");
  let session: UploadSession | undefined;
  let sending: Promise<GoogleObject | undefined> = Promise.resolve(undefined);
  let md5: string | undefined;
  try {
    const size = Math.max(Math.min(content.size ?? partBytes, partBytes), 1);
    for await (const part of partsOf(untilAbort(content.stream(0), signal, doing), () => size, memory)) {
      hash.update(part.bytes);
      if (part.isLast) {
        checkSize(content, part.start + part.bytes.length, about);
        md5 = hash.digest("base64");
      }
      await sending;
      if (part.isLast && part.index === 0) {
        sending = again(signal, isTransientFault, () => send(signal, (request) => sendWhole(requests, { key, part, md5, about }, request)));
      } else {
        session ??= await again(signal, isTransientFault, () =>
          send(signal, (request) => UploadSession.begin(requests, key, about, request)),
        );
        sending = sendPart(session, part, md5, { signal, send }).finally(() => memory.giveBack(part));
      }
      sending.catch((error: unknown) => upload.abort(error));
    }
    const made = await sending;
    if (made?.md5Hash === undefined || made.md5Hash === md5) return;
    await forget(requests, key, made);
    throw remoteFailure({ ...about, reason: "the server kept other bytes than it was sent", isTransient: true });
  } catch (error) {
    upload.abort(error);
    await sending.catch(() => {});
    await session?.abandon(goodbyeMs);
    throw options.signal?.aborted ? cancellation(options.signal, doing) : error;
  }
}

async function sendPart(
  session: UploadSession,
  part: Part,
  md5: string | undefined,
  { signal, send }: { readonly signal: AbortSignal; readonly send: UploadOptions["send"] },
): Promise<GoogleObject | undefined> {
  const isTransient = (error: unknown): boolean => isTransientFault(error) && !session.isGone;
  return again(signal, isTransient, (number) => send(signal, (request) => session.send(part, md5, request, number > 0)));
}

interface Whole {
  readonly key: string;
  readonly part: Part;
  readonly md5: string | undefined;
  readonly about: Doing;
}

/** What Google is told of an object, and its bytes, in one request. */
async function sendWhole(requests: BucketRequests, { key, part, md5, about }: Whole, request: IdleSignal): Promise<GoogleObject> {
  const boundary = randomUUID();
  const head = `--${boundary}\r\ncontent-type: application/json\r\n\r\n${JSON.stringify({ name: key, md5Hash: md5 })}\r\n`;
  const body = Buffer.concat([
    Buffer.from(`${head}--${boundary}\r\ncontent-type: application/octet-stream\r\n\r\n`),
    part.bytes,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  const headers = { "content-type": `multipart/related; boundary=${boundary}` };
  const query = { uploadType: "multipart", fields: objectFields };
  try {
    return googleObject(await requests.askJson({ method: "POST", path: requests.uploads, query, headers, body }, request));
  } catch (error) {
    if (!(error instanceof GoogleRefusal) || !isOtherHash(error)) throw error;
    throw remoteFailure({ ...about, reason: `the server got other bytes: ${error.message}`, isTransient: true });
  }
}

function again<T>(signal: AbortSignal, isTransient: (error: unknown) => boolean, work: (number: number) => Promise<T>): Promise<T> {
  return withRetry(({ number }) => work(number), { signal, retries, isTransient });
}

/** Deletes what Google made of other bytes than those that it was sent. Best effort. */
async function forget(requests: BucketRequests, key: string, { generation }: GoogleObject): Promise<void> {
  using request = new IdleSignal(undefined, goodbyeMs);
  const asked = { method: "DELETE", path: requests.objects(key), query: { ifGenerationMatch: generation } } as const;
  await requests
    .ask(asked, request, [200, 204, 404, 412])
    .then(drain)
    .catch(() => {});
}

function checkSize(content: RemoteContent, size: number, about: Doing): void {
  if (content.size === undefined || content.size === size) return;
  throw remoteFailure({ ...about, reason: `there were ${size} bytes to write, in place of ${content.size}` });
}
