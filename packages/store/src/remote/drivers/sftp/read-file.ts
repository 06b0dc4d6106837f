import { checkSignal, withSignal } from "../../../store/cancellation.js";
import { remoteFailure } from "../../remote-failure.js";
import type { RemoteReadOptions } from "../../remote.js";
import { sftpFailure, type Undertaking } from "./failures.js";
import type { Attributes } from "./packets.js";
import { kindOf, versionOf } from "./server-path.js";
import { bytesOf, openFlags, type SftpClient } from "./sftp-client.js";
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
    const ahead: Promise<Uint8Array>[] = [];
    let asked = start;
    const last = Math.min(end ?? Infinity, before.size ?? Infinity);
    const most = Math.min(mostRequests, Math.ceil(aheadBytes / client.readBytes));
    for (let given = start; given < last;) {
      // Many requests in one go, when half of those before are through: each go is a packet of its own to the kernel.
      const room = ahead.length <= most / 2 ? most : 0;
      for (; ahead.length < room && asked < last; asked += client.readBytes) {
        const part = readPart(client, handle, asked, Math.min(client.readBytes, last - asked));
        // Looked at when its turn comes, or not at all if the reader leaves.
        part.catch(() => {});
        ahead.push(part);
      }
      const part = await wait(ahead.shift() as Promise<Uint8Array>);
      given += part.length;
      yield part;
      checkSignal(signal, doing);
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

/**
 * What stands there, in one piece: a few large ones cost whoever takes them less than many small ones, as much as the
 * copying does; and what the pieces lie in holds other answers too. Servers may give less than they are asked for.
 */
async function readPart(client: SftpClient, handle: Uint8Array, offset: number, length: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for (let got = 0; got < length;) {
    const more = await client.read(handle, offset + got, length - got);
    if (more.length === 0) throw new SftpBroken(`the file ended at ${offset + got} bytes, which it was longer than before`);
    pieces.push(...more);
    got += bytesOf(more);
  }
  return Buffer.concat(pieces, length);
}

function checkReadable(attributes: Attributes, version: string | undefined, under: Undertaking): void {
  const kind = kindOf(attributes);
  if (kind !== "file")
    throw remoteFailure({ ...under, reason: kind === "folder" ? "it is a folder" : "it is neither a file nor a folder" });
  if (attributes.size === undefined) throw remoteFailure({ ...under, reason: "the server does not tell how large it is" });
  if (version !== undefined && version !== versionOf(attributes))
    throw remoteFailure({ ...under, reason: "it is another file than before" });
}
