import type { Readable } from "node:stream";
import type { GetObjectCommandOutput } from "@aws-sdk/client-s3";
import { checkSignal } from "../../../store/cancellation.js";
import { checkRange } from "../../../store/range.js";
import { idleMs, type RemoteReadOptions } from "../../remote.js";
import type { BucketRequests } from "./bucket-requests.js";
import { wasSilent } from "./idle-agents.js";
import { refusalOf } from "./s3-failure.js";

/** An object, or a range of it, as it comes. */
export async function* readObject(
  requests: BucketRequests,
  key: string,
  { version, signal, ...range }: RemoteReadOptions,
): AsyncGenerator<Uint8Array, void> {
  const { start, end } = checkRange(range);
  const doing = `Reading ${JSON.stringify(requests.name + key)}`;
  checkSignal(signal, doing);
  if (start === end) return;
  const answer = await askFor(requests, key, { start, end, version, signal });
  if (answer === undefined) return;
  const body = answer.Body as (Readable & { readonly socket?: Parameters<typeof wasSilent>[0] }) | undefined;
  const failed = (reason: string, isTransient: boolean): Error => requests.failure(key, { doing: "read", reason, isTransient });
  const { socket } = body ?? {};
  let left = answer.ContentLength;
  try {
    if (version !== undefined && answer.ETag !== undefined && isTag(version) && answer.ETag !== version) throw failed(changed, false);
    if (start > 0 && !answer.ContentRange?.startsWith(`bytes ${start}-`)) {
      throw failed("the server gives the whole object where a part was asked for", false);
    }
    for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
      if (left !== undefined) left -= chunk.length;
      yield chunk;
      checkSignal(signal, doing);
    }
  } catch (error) {
    if (wasSilent(socket) && !signal?.aborted) throw failed(`the server was silent for ${idleMs / 1000} s`, true);
    throw requests.failed(error, "read", key, signal);
  } finally {
    body?.destroy();
  }
  if (left !== undefined && left !== 0) throw failed(`it ended ${left} bytes before its end`, true);
}

const changed = "it is another object by now";

/** @returns `undefined` where the object ends before the range begins */
async function askFor(
  requests: BucketRequests,
  key: string,
  { start, end, version, signal }: RemoteReadOptions & { readonly start: number; readonly end: number },
): Promise<GetObjectCommandOutput | undefined> {
  const { client, sdk } = requests.access;
  const Range = start === 0 && end === Number.POSITIVE_INFINITY ? {} : { Range: `bytes=${start}-${Number.isFinite(end) ? end - 1 : ""}` };
  const IfMatch = version !== undefined && isTag(version) ? { IfMatch: version } : {};
  const command = new sdk.GetObjectCommand({ ...requests.object(key), ...Range, ...IfMatch });
  return requests.ask("read", key, signal, async (options) => {
    try {
      return await client.send(command, options);
    } catch (error) {
      const { status } = refusalOf(error);
      if (status === 416) return undefined;
      if (status === 412) throw requests.failure(key, { doing: "read", reason: changed });
      throw error;
    }
  });
}

/** Whether a version is what a server can be asked to compare: not a time, and not a weak ETag, which never matches. */
function isTag(version: string): boolean {
  return version.startsWith('"');
}
