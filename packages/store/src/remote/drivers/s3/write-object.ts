import { createHash } from "node:crypto";
import { setMaxListeners } from "node:events";
import { cancellation, checkSignal } from "../../../store/cancellation.js";
import type { RemoteContent } from "../../remote.js";
import { untilAbort } from "../../until-abort.js";
import { PartMemory, partsOf } from "../shared/parts-of.js";
import type { BucketRequests } from "./bucket-requests.js";
import { MultipartUpload } from "./multipart-upload.js";
import { mostParts, partsAtOnce, partSizes } from "./part-sizes.js";
import { bodyOf, checkEtag, type SentBytes, writeFailure, type WrittenObject } from "./written-object.js";

/** What is written, and how. */
interface Writing {
  readonly requests: BucketRequests;
  readonly key: string;
  readonly content: RemoteContent;
  /** How large parts are where nothing asks for larger ones. */
  readonly partSize: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Writes an object: in one request where it is no larger than a part, else in parts, several at the same time. */
export async function writeObject({ requests, key, content, partSize, signal: caller }: Writing): Promise<void> {
  const doing = `Writing ${JSON.stringify(requests.name + key)}`;
  checkSignal(caller, doing);
  // The first thing that fails ends everything else.
  const stop = new AbortController();
  const signal = caller === undefined ? stop.signal : AbortSignal.any([caller, stop.signal]);
  // Every request listens to it, and Node.js warns of the eleventh listener.
  setMaxListeners(0, signal);
  const object: WrittenObject = { requests, key, signal };
  const memory = new PartMemory();
  const sending = new Set<Promise<void>>();
  let upload: MultipartUpload | undefined;
  let size = 0;
  try {
    for await (const part of partsOf(untilAbort(content.stream(0), signal, doing), partSizes(content.size, partSize), memory)) {
      size += part.bytes.length;
      checkSize(object, { announced: content.size, size, isLast: part.isLast });
      const bytes = { bytes: part.bytes, md5: createHash("md5").update(part.bytes).digest() };
      if (part.isLast && part.index === 0) return await putObject(object, bytes);
      if (part.index === mostParts) throw writeFailure(object, { reason: `it is too large, it has more than ${mostParts} parts` });
      const uploading = (upload ??= await MultipartUpload.begin(object));
      const sent = uploading
        .sendPart(part.index + 1, bytes)
        .then(() => memory.giveBack(part))
        .catch((error: unknown) => stop.abort(error))
        .finally(() => sending.delete(sent));
      sending.add(sent);
      // The next part is filled where there is room for it.
      while (sending.size >= partsAtOnce(part.bytes.length) || sending.size >= lanes) await Promise.race(sending);
    }
    await Promise.all(sending);
    checkSignal(signal, doing);
    await upload?.complete();
  } catch (error) {
    const failure = signal.aborted ? cancellation(signal, doing) : error;
    stop.abort(failure);
    await Promise.all(sending);
    throw upload === undefined ? failure : await upload.abort(failure);
  }
}

/** Parts on their way at the same time. */
const lanes = 6;

async function putObject(object: WrittenObject, bytes: SentBytes): Promise<void> {
  const { requests, key, signal } = object;
  const { client, sdk } = requests.access;
  const command = new sdk.PutObjectCommand({ ...requests.object(key), ...bodyOf(bytes) });
  const answer = await requests.ask("write", key, signal, (options) => client.send(command, options));
  try {
    checkEtag(object, bytes, answer);
  } catch (error) {
    // Better nothing than something else.
    await requests.ask("write", key, signal, (options) => client.send(new sdk.DeleteObjectCommand(requests.object(key)), options));
    throw error;
  }
}

/** @throws BENTO_TRANSFER_FAILED for content that is not as long as was said */
function checkSize(
  object: WrittenObject,
  { announced, size, isLast }: { readonly announced: number | undefined; readonly size: number; readonly isLast: boolean },
): void {
  if (announced === undefined || (isLast ? size === announced : size < announced)) return;
  throw writeFailure(object, { reason: `there were ${isLast ? "" : "more than "}${size} bytes to write, in place of ${announced}` });
}
