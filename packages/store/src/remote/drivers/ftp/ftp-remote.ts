import type { BentoError } from "@bento/core";
import { FTPError } from "basic-ftp";
import { cancellation, checkSignal } from "../../../store/cancellation.js";
import type { SignalOptions } from "../../../store/model-store.js";
import { remoteFailure } from "../../remote-failure.js";
import type { Remote, RemoteContent, RemoteEntry, RemoteReadOptions, Secrets } from "../../remote.js";
import { FtpConnectionPool } from "./connection-pool.js";
import { FtpConnection } from "./connection.js";
import { FtpProtocolError, ftpFailure, isMissing } from "./failures.js";
import { type Listed, listFolder } from "./listing.js";
import { type Looked, lookAt, modifiedOf, versionOf } from "./look-at.js";
import { serverPath } from "./names.js";
import type { FtpSettings } from "./settings.js";
import { FtpTransfer } from "./transfer.js";
import { FtpUpload, makeFolders, type WithConnection } from "./upload.js";

/** How many files at once: beyond that, servers begin to refuse. */
const connections = 4;
/** How long a server may take to answer that a transfer was broken off. Milliseconds. */
const leaveMs = 1000;
/** A folder in a folder in a folder... that is deeper than this has no end: a link that leads up. */
const deepest = 100;

/** How it is reached, and what must not be seen of that. */
export interface FtpRemoteOptions {
  readonly name: string;
  readonly settings: FtpSettings;
  readonly secrets: Secrets;
  readonly idleMs: number;
}

/** The files of an FTP server, with TLS or without. */
export class FtpRemote implements Remote {
  readonly name: string;
  /** No two reads of one file: a range has no end for the server, who sends more than is wanted. */
  readonly traits = { ranges: true, lanes: 1 };
  readonly #secrets: Secrets;
  readonly #pool: FtpConnectionPool;

  constructor({ name, settings, secrets, idleMs }: FtpRemoteOptions) {
    this.name = name;
    this.#secrets = secrets;
    this.#pool = new FtpConnectionPool((signal) => FtpConnection.open(settings, signal, idleMs), connections);
  }

  async stat(path: string, { signal }: SignalOptions = {}): Promise<RemoteEntry | undefined> {
    const at = serverPath(path);
    const found = await this.#doing("look at", path)(signal, (connection) => lookAt(connection, at, signal));
    return found === undefined ? undefined : { path: at.slice(1), ...found };
  }

  async *read(path: string, { start = 0, end, version, signal }: RemoteReadOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    const at = serverPath(path);
    let connection: FtpConnection | undefined;
    let transfer: FtpTransfer | undefined;
    try {
      checkSignal(signal, "Reading");
      connection = await this.#pool.take(signal);
      const { size } = this.#checkFile(path, await lookAt(connection, at, signal), version);
      const last = Math.min(end ?? Infinity, size ?? Infinity);
      if (start >= last) return;
      transfer = await FtpTransfer.begin(connection, `RETR ${at}`, start, signal);
      let place = start;
      for await (const chunk of transfer.receive(signal)) {
        const wanted = chunk.length > last - place ? chunk.subarray(0, last - place) : chunk;
        place += wanted.length;
        if (wanted.length > 0) yield wanted;
        // A server that sends more than the file has is one whose word to the end still counts.
        if (place === last && end !== undefined && last !== size) return;
      }
      const ended = transfer;
      transfer = undefined;
      await ended.finish(signal);
      if (place < last && last !== Infinity)
        throw new FtpProtocolError(`the transfer ended at ${place} of ${last} bytes`, { isTransient: true });
    } catch (error) {
      if (!(error instanceof FTPError)) connection?.close();
      else transfer = undefined;
      throw this.#failure(error, "read", path, signal);
    } finally {
      await transfer?.leave(leaveMs);
      if (connection !== undefined) this.#pool.give(connection);
    }
  }

  async write(path: string, content: RemoteContent, { signal }: SignalOptions = {}): Promise<void> {
    await new FtpUpload(this.#doing("write", path), serverPath(path), content, signal).run();
  }

  async makeFolder(path: string, { signal }: SignalOptions = {}): Promise<void> {
    const at = serverPath(path);
    await this.#doing("write", path)(signal, (connection) => makeFolders(connection, at, signal));
  }

  async *list(path: string, { signal }: SignalOptions = {}): AsyncGenerator<RemoteEntry, void, undefined> {
    const top = serverPath(path);
    const waiting = [top];
    for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
      const listed = folder;
      // Whole, before the first of it is given out: the connection is free for whatever is done with it.
      const entries = await this.#doing("list", folder.slice(1))(signal, (connection) =>
        entriesOf(connection, listed, listed === top, signal),
      );
      for (const entry of entries) {
        checkSignal(signal, `Listing ${JSON.stringify(this.name + path)}`);
        if (entry.kind === "folder") waiting.push(`/${entry.path}`);
        yield entry;
      }
    }
    checkSignal(signal, `Listing ${JSON.stringify(this.name + path)}`);
  }

  async delete(path: string, { signal }: SignalOptions = {}): Promise<void> {
    const at = serverPath(path);
    await this.#doing("delete", path)(signal, (connection) => remove(connection, at, signal));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#pool.close();
  }

  #checkFile(path: string, found: Looked | undefined, version: string | undefined): Looked {
    const problem = { doing: "read", place: this.name + path, secrets: this.#secrets };
    if (found === undefined) {
      throw remoteFailure({
        ...problem,
        reason: "there is no such file",
        code: "BENTO_NOT_FOUND",
        hint: "Look for a mistake in the path.",
      });
    }
    if (found.kind === "folder") throw remoteFailure({ ...problem, reason: "it is a folder" });
    if (version !== undefined && version !== found.version) throw remoteFailure({ ...problem, reason: "it was changed meanwhile" });
    return found;
  }

  /** What does something with a connection, which it gives back in order, or not at all. */
  #doing(doing: string, path: string): WithConnection {
    return async (signal, work) => {
      let connection: FtpConnection | undefined;
      try {
        checkSignal(signal, doing);
        connection = await this.#pool.take(signal);
        return await work(connection);
      } catch (error) {
        // After a refusal the conversation goes on; after anything else nobody knows where it stands.
        if (!(error instanceof FTPError)) connection?.close();
        throw this.#failure(error, doing, path, signal);
      } finally {
        if (connection !== undefined) this.#pool.give(connection);
      }
    };
  }

  #failure(error: unknown, doing: string, path: string, signal: AbortSignal | undefined): BentoError {
    const place = this.name + path;
    if (signal?.aborted) return cancellation(signal, `What was to ${doing} ${JSON.stringify(place)}`);
    return ftpFailure(error, { doing, place, secrets: this.#secrets });
  }
}

/** What a folder holds, as everybody else wants it: nothing for the first folder, if it is none. */
async function entriesOf(
  connection: FtpConnection,
  folder: string,
  isTop: boolean,
  signal: AbortSignal | undefined,
): Promise<readonly RemoteEntry[]> {
  const entries: RemoteEntry[] = [];
  for (const one of await listedIn(connection, folder, isTop, signal)) {
    const path = folder === "/" ? `/${one.name}` : `${folder}/${one.name}`;
    const entry = await entryOf(connection, path, one, signal);
    if (entry !== undefined) entries.push({ path: path.slice(1), ...entry });
  }
  return entries;
}

async function listedIn(
  connection: FtpConnection,
  folder: string,
  isTop: boolean,
  signal: AbortSignal | undefined,
): Promise<readonly Listed[]> {
  if (folder.split("/").length > deepest) throw new FtpProtocolError("its folders have no end: one may be a link to one above it");
  try {
    return await listFolder(connection, folder, signal);
  } catch (error) {
    if (isTop && isMissing(error)) return [];
    throw error;
  }
}

/** A link to a file is a file; one to a folder is left out, as it may lead anywhere; so is what is neither. */
async function entryOf(connection: FtpConnection, path: string, one: Listed, signal: AbortSignal | undefined): Promise<Looked | undefined> {
  const { kind, size, modified } = one;
  if (kind === "folder") return { kind, size: 0, version: undefined };
  if (kind === "file") return { kind, size, version: versionOf(size, modified ?? (await modifiedOf(connection, path, signal))) };
  const found = kind === "link" ? await lookAt(connection, path, signal) : undefined;
  return found?.kind === "file" ? found : undefined;
}

/** Removes a file or a link, or a folder with all that is in it. */
async function remove(connection: FtpConnection, path: string, signal: AbortSignal | undefined): Promise<void> {
  const refusal = path === "/" ? undefined : await refusalOf(connection.ask(`DELE ${path}`, signal));
  if (path !== "/" && refusal === undefined) return;
  const found = await lookAt(connection, path, signal);
  if (found === undefined) return;
  if (found.kind === "file") throw refusal ?? new FtpProtocolError("it is a file");
  await removeFolder(connection, path, signal);
}

async function removeFolder(connection: FtpConnection, path: string, signal: AbortSignal | undefined): Promise<void> {
  for (const { name, kind } of await listFolder(connection, path, signal)) {
    const below = path === "/" ? `/${name}` : `${path}/${name}`;
    if (kind === "folder") await remove(connection, below, signal);
    else await connection.ask(`DELE ${below}`, signal);
  }
  if (path === "/") return;
  // Nobody stands in what is removed.
  await connection.ask("CWD /", signal);
  await connection.ask(`RMD ${path}`, signal);
}

async function refusalOf(asked: Promise<unknown>): Promise<FTPError | undefined> {
  try {
    await asked;
    return undefined;
  } catch (error) {
    if (error instanceof FTPError) return error;
    throw error;
  }
}
