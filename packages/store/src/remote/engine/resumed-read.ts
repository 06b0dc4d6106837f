import { cancellation } from "../../store/cancellation.js";
import { type RetryOptions, withRetry } from "../../transfer/with-retry.js";
import { isTransientFault, remoteFailure, worded } from "../remote-failure.js";
import type { Remote, RemoteEntry, Secrets } from "../remote.js";
import { untilAbort } from "../until-abort.js";

/** A file that is read, where, and how often that is tried. */
export interface RemoteReading {
  /** As the driver opened it. */
  readonly remote: Remote;
  /** As it was when the reading began: it must stay that. */
  readonly entry: RemoteEntry;
  readonly secrets: Secrets;
  readonly retry: Partial<RetryOptions>;
}

/** Which bytes of it. */
export interface ReadRange {
  readonly start: number;
  /** May lie beyond the end of the file. */
  readonly end: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * The bytes of a file, in order. Where a connection breaks, the next one goes on at the byte that was reached, if the
 * file is still the same: what was read before and after would otherwise belong to two files. A stream that ends early
 * has broken, too.
 * @throws BENTO_TRANSFER_FAILED when the file changed meanwhile, or no try comes any further; BENTO_CANCELLED
 */
export async function* resumedRead(reading: RemoteReading, { start, end, signal }: ReadRange): AsyncGenerator<Uint8Array, void> {
  const { entry, retry } = reading;
  const last = Math.min(end, entry.size ?? Number.POSITIVE_INFINITY);
  const wording = { doing: "read", place: reading.remote.name + entry.path, secrets: reading.secrets };
  const doing = `Reading ${JSON.stringify(reading.remote.name + entry.path)}`;
  let position = start;
  let chunks: AsyncGenerator<Uint8Array, void> | undefined;
  const next = async (): Promise<IteratorResult<Uint8Array, void>> => {
    chunks ??= openAt(reading, position, last, signal);
    const taken = await chunks.next().catch((error: unknown) => Promise.reject(worded(error, wording)));
    if (taken.done && entry.size !== undefined && position < last) throw shortRead(reading, position);
    return taken;
  };
  const goOn = async (error: unknown): Promise<IteratorResult<Uint8Array, void>> => {
    try {
      return await withRetry(
        async ({ number }) => {
          if (number === 0) throw error;
          await checkSame(reading, signal);
          chunks = undefined;
          return next();
        },
        { ...retry, signal, isTransient: isTransientFault },
      );
    } catch (failure) {
      throw signal?.aborted ? cancellation(signal, doing) : failure;
    }
  };
  try {
    while (position < last) {
      const taken = await next().catch(goOn);
      if (taken.done) return;
      position += taken.value.length;
      if (position > last) throw changed(reading, "it has more bytes than it had");
      yield taken.value;
    }
  } finally {
    await chunks?.return();
  }
}

/** From a byte on; where the remote can only begin at the first one, what comes before is passed over. */
async function* openAt(
  { remote, entry }: RemoteReading,
  start: number,
  end: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void> {
  const { path, version, size } = entry;
  const from = remote.traits.ranges ? start : 0;
  const isWhole = end === Number.POSITIVE_INFINITY || end === size;
  const read = remote.read(path, { start: from, end: isWhole ? undefined : end, version, signal });
  let skip = start - from;
  for await (const chunk of untilAbort(read, signal, `Reading ${JSON.stringify(remote.name + path)}`)) {
    const rest = skip === 0 ? chunk : chunk.subarray(skip);
    skip -= chunk.length - rest.length;
    if (rest.length > 0) yield rest;
  }
}

async function checkSame(reading: RemoteReading, signal: AbortSignal | undefined): Promise<void> {
  const { remote, entry } = reading;
  const now = await remote.stat(entry.path, { signal });
  if (now?.kind !== "file") throw changed(reading, "it is not there any more");
  const isSame = now.version === entry.version && (now.size === undefined || entry.size === undefined || now.size === entry.size);
  if (!isSame) throw changed(reading, "it is another file by now");
}

function changed({ remote, entry, secrets }: RemoteReading, how: string): Error {
  return remoteFailure({
    doing: "read",
    place: remote.name + entry.path,
    reason: `it changed while it was read: ${how}`,
    hint: "Read it again when nobody writes to it.",
    secrets,
  });
}

function shortRead({ remote, entry, secrets }: RemoteReading, position: number): Error {
  const reason = `the connection ended at byte ${position} of ${entry.size}`;
  return remoteFailure({ doing: "read", place: remote.name + entry.path, reason, isTransient: true, secrets });
}
