import { cancellation, checkSignal } from "../../store/cancellation.js";
import type { RemoteContent } from "../remote.js";
import type { BucketRequests } from "./bucket-requests.js";
import { MultipartUpload } from "./multipart-upload.js";
import { PartLanes } from "./part-lanes.js";
import { mostParts, partSizes } from "./part-sizes.js";
import { type Part, PartSource } from "./part-source.js";
import { bodyOf, checkEtag, writeFailure, type WrittenObject } from "./written-object.js";

/** What is written, and how. */
interface Writing {
  readonly requests: BucketRequests;
  readonly key: string;
  readonly content: RemoteContent;
  /** How large parts are where nothing asks for larger ones. */
  readonly partSize: number | undefined;
  /** Parts on their way at the same time. */
  readonly lanes: number;
  readonly signal: AbortSignal | undefined;
}

/** Writes an object: in one request where it is no larger than a part, else in parts, several at the same time. */
export async function writeObject({ requests, key, content, partSize, lanes: most, signal: caller }: Writing): Promise<void> {
  const doing = `write ${requests.name}${key}`;
  checkSignal(caller, doing);
  // The first thing that fails ends everything else.
  const stop = new AbortController();
  const signal = caller === undefined ? stop.signal : AbortSignal.any([caller, stop.signal]);
  const object: WrittenObject = { requests, key, signal };
  const nextSize = partSizes(content.size, partSize);
  const source = new PartSource(content.stream(0), signal, doing);
  const lanes = new PartLanes(most, (error) => stop.abort(error));
  let upload: MultipartUpload | undefined;
  try {
    for (let number = 1; ; number += 1) {
      const left = content.size === undefined ? Number.POSITIVE_INFINITY : content.size - source.given;
      const memory = await lanes.memory(Math.min(nextSize(source.given), left));
      const part = await source.fill(memory);
      checkSize(object, { size: content.size, given: source.given, isLast: part.isLast });
      if (part.isLast && upload === undefined) return await putObject(object, part);
      if (number > mostParts) throw writeFailure(object, { reason: `it is too large, it has more than ${mostParts} parts` });
      const uploading = (upload ??= await MultipartUpload.begin(object));
      lanes.run(memory, () => uploading.sendPart(number, part));
      if (part.isLast) break;
    }
    await lanes.idle();
    checkSignal(signal, doing);
    await upload.complete();
  } catch (error) {
    const failure = signal.aborted ? cancellation(signal, doing) : error;
    stop.abort(failure);
    await lanes.idle();
    throw upload === undefined ? failure : await upload.abort(failure);
  } finally {
    await source.end();
  }
}

async function putObject(object: WrittenObject, part: Part): Promise<void> {
  const { requests, key, signal } = object;
  const { client, sdk } = requests.access;
  const command = new sdk.PutObjectCommand({ ...requests.object(key), ...bodyOf(part) });
  const answer = await requests.ask("write", key, signal, (options) => client.send(command, options));
  try {
    checkEtag(object, part, answer);
  } catch (error) {
    // Better nothing than something else.
    await requests.ask("write", key, signal, (options) => client.send(new sdk.DeleteObjectCommand(requests.object(key)), options));
    throw error;
  }
}

/** @throws BENTO_TRANSFER_FAILED for content that is not as long as was said */
function checkSize(
  object: WrittenObject,
  { size, given, isLast }: { readonly size: number | undefined; readonly given: number; readonly isLast: boolean },
): void {
  if (size === undefined || (isLast ? given === size : given < size)) return;
  throw writeFailure(object, { reason: `its content is ${isLast ? "" : "more than "}${given} bytes long, where ${size} were announced` });
}
