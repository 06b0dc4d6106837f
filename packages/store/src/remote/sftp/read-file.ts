import { cancellation, withSignal } from "../../store/cancellation.js";
import { remoteFailure } from "../remote-failure.js";
import type { RemoteReadOptions } from "../remote.js";
import { sftpFailure, type Undertaking } from "./failures.js";
import type { Attributes } from "./packets.js";
import { bytesOf, openFlags, type SftpClient } from "./sftp-client.js";
import { kindOf, versionOf } from "./server-path.js";
import { SftpBroken } from "./sftp-session.js";

/** Bytes that are on their way, or here and not taken yet, at any time. More than a server's window, so that it never waits for us. */
const aheadBytes = 4 * 1024 * 1024;
/** Requests at most, where each is small. */
const mostRequests = 64;

/** A file, or a range of it: many requests are out at once, and what they bring is given in order. */
export async function* readFile(
  client: SftpClient,
  path: string,
  { start = 0, end, version, signal }: RemoteReadOptions,
  under: Undertaking,
): AsyncGenerator<Uint8Array, void> {
  const doing = `Reading ${JSON.stringify(under.place)}`;
  const wait = async <T>(promise: Promise<T>): Promise<T> => {
    try {
      return await withSignal(signal, doing, promise);
    } catch (error) {
      throw sftpFailure(error, under);
    }
  };
  const handle = await opened(client, path, wait);
  try {
    const before = await wait(client.statOpen(handle));
    checkReadable(before, version, under);
    const ahead: Promise<readonly Uint8Array[]>[] = [];
    let asked = start;
    const last = Math.min(end ?? Infinity, before.size ?? Infinity);
    const most = Math.min(mostRequests, Math.ceil(aheadBytes / client.readBytes));
    for (let given = start; given < last;) {
      for (; ahead.length < most && asked < last; asked += client.readBytes) {
        const part = readPart(client, handle, asked, Math.min(client.readBytes, last - asked));
        // Looked at when its turn comes, or not at all if the reader leaves.
        part.catch(() => {});
        ahead.push(part);
      }
      const pieces = await wait(ahead.shift() as Promise<readonly Uint8Array[]>);
      given += bytesOf(pieces);
      for (const piece of pieces) {
        yield piece;
        if (signal?.aborted) throw cancellation(signal, doing);
      }
    }
    // What is written over while it is read can be a mixture.
    const after = await wait(client.statOpen(handle));
    if (versionOf(after) !== versionOf(before)) throw remoteFailure({ ...under, reason: "it was changed while it was read" });
  } finally {
    // Nobody waits for that: the handle goes with the connection at the latest.
    client.close(handle).catch(() => {});
  }
}

/** A handle of a file, which is closed again if nobody waits for it any more. */
async function opened(client: SftpClient, path: string, wait: <T>(promise: Promise<T>) => Promise<T>): Promise<Uint8Array> {
  const opening = client.open(path, openFlags.read);
  try {
    return await wait(opening);
  } catch (error) {
    opening.then((handle) => client.close(handle)).catch(() => {});
    throw error;
  }
}

/** Servers may give less than they are asked for. */
async function readPart(client: SftpClient, handle: Uint8Array, offset: number, length: number): Promise<readonly Uint8Array[]> {
  const first = await client.read(handle, offset, length);
  let got = bytesOf(first);
  if (got === length) return first;
  const pieces = [...first];
  while (got < length) {
    const more = await client.read(handle, offset + got, length - got);
    if (more.length === 0) throw new SftpBroken(`the file ended at ${offset + got} bytes, which it was longer than before`);
    pieces.push(...more);
    got += bytesOf(more);
  }
  return pieces;
}

function checkReadable(attributes: Attributes, version: string | undefined, under: Undertaking): void {
  const kind = kindOf(attributes);
  if (kind !== "file")
    throw remoteFailure({ ...under, reason: kind === "folder" ? "it is a folder" : "it is neither a file nor a folder" });
  if (attributes.size === undefined) throw remoteFailure({ ...under, reason: "the server does not tell how large it is" });
  if (version !== undefined && version !== versionOf(attributes))
    throw remoteFailure({ ...under, reason: "it is another file than before" });
}
