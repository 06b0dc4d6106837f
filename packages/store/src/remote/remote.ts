import type { RangeOptions, SignalOptions } from "../store/model-store.js";

/** A file or folder of a remote. */
export interface RemoteEntry {
  readonly kind: "file" | "folder";
  /** From the remote's root, `/` between its parts, none at its beginning or end. */
  readonly path: string;
  /** Bytes; 0 for a folder, `undefined` where the remote does not tell. */
  readonly size: number | undefined;
  /**
   * What is another when the content is another: an ETag, or size and time of change. `undefined` where the remote has
   * neither. To be compared with one of the same remote only.
   */
  readonly version: string | undefined;
}

/** What is read of a file, and of which. */
export interface RemoteReadOptions extends RangeOptions {
  /** The {@link RemoteEntry.version} that it must still have, where the remote can tell before the first byte. */
  readonly version?: string | undefined;
}

/** What is written. */
export interface RemoteContent {
  /** Bytes in all; `undefined` where only the end tells. */
  readonly size: number | undefined;
  /**
   * The bytes from `start` on. May be asked for again after a try that broke, then from any place: they are always the
   * same. Chunks are whoever asked's, who never looks at them again.
   */
  stream(start: number): AsyncIterable<Uint8Array>;
}

/** What a remote can do. */
export interface RemoteTraits {
  /** Whether a read may begin anywhere. Where not, a read with a `start` other than 0 is never asked for. */
  readonly ranges: boolean;
  /** How many reads, or writes, at the same time bring more than one: 1 where a second one brings nothing. */
  readonly lanes: number;
}

/**
 * A place that files are kept at, elsewhere: a bucket, a server, a folder. Paths are relative to its root.
 *
 * Drivers implement it, and are simple: each call is one try, which fails with an error that `remoteFailure` made, and
 * says in it whether another try may help. Trying again, going on where a read broke off, several reads at once and the
 * comparison of versions is what everybody gets from `openRemote`, which wraps what a driver opens.
 *
 * Nothing hangs: a server that is silent for {@link idleMs} is given up, for the time being. Every call ends within a
 * moment of its signal's abort, with BENTO_CANCELLED, and leaves nothing behind. Names that a server answers with are
 * checked: what would lead out of the folder that was asked for is an error.
 */
export interface Remote extends AsyncDisposable {
  /** For messages: scheme, host or bucket, ending in `/`; no secrets. */
  readonly name: string;
  readonly traits: RemoteTraits;
  /** What is at a path; `undefined` where nothing is. Object stores have a folder where they have something below it. The empty path is the root. */
  stat(path: string, options?: SignalOptions): Promise<RemoteEntry | undefined>;
  /**
   * A file, or a range of it, in chunks of any size, which are the caller's. No more is taken from the server than is
   * read, and leaving early ends the transfer. A range may end, or begin, beyond the end of the file: what is there is
   * read, or nothing. A connection that ends before that fails, for the time being.
   * @throws BENTO_NOT_FOUND; BENTO_TRANSFER_FAILED, for good when the version is another
   */
  read(path: string, options?: RemoteReadOptions): AsyncIterable<Uint8Array>;
  /**
   * Writes a file, which appears whole or not at all, and replaces what is there. Folders above it are made where the
   * remote has such. A try that fails, or is aborted, leaves nothing at the remote: no part, no temporary file. What the
   * content throws is thrown as it is; content may hang, and is left when the signal is aborted (`untilAbort`).
   */
  write(path: string, content: RemoteContent, options?: SignalOptions): Promise<void>;
  /**
   * Makes a folder, also an empty one, with those above it; one that is there is fine. Object stores keep an empty file
   * for it whose key ends in `/`, which {@link list} gives as a folder. Absent where an empty folder cannot be kept.
   */
  makeFolder?(path: string, options?: SignalOptions): Promise<void>;
  /**
   * Every file below a folder, and every folder where the remote has such, in any order. Nothing below a folder that is
   * not there, or that is a file.
   */
  list(path: string, options?: SignalOptions): AsyncIterable<RemoteEntry>;
  /** Removes a file, or a folder with all that is in it. What is not there is fine. */
  delete(path: string, options?: SignalOptions): Promise<void>;
}

/** Opens remotes of one kind. */
export interface RemoteDriver {
  /** @throws BENTO_BAD_REQUEST for a location that cannot be; BENTO_CONFIG_INVALID when a package is missing, which it names */
  open(location: RemoteLocation, options: RemoteOpenOptions): Promise<Remote>;
}

/** How a remote is opened. */
export interface RemoteOpenOptions {
  readonly signal: AbortSignal;
}

/** Where a remote is, and who asks. */
export interface RemoteLocation {
  /** The scheme, in small letters, as it was given: an alias stays one. */
  readonly protocol: string;
  /** Host or bucket; empty where there is none. No brackets around IPv6 addresses. */
  readonly host: string;
  readonly port: number | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** The URL's query and the option `params`, together. */
  readonly params: Readonly<Record<string, string>>;
  /** The query exactly as the URL had it, without its `?`: signatures of URLs depend on it. */
  readonly query: string;
  /** Below the root, decoded, without a `/` at its beginning; empty, or with a `/` at its end, for a folder. */
  readonly path: string;
  /** Whether somebody who is not trusted named it: nothing inside this machine's networks may be asked, and no credentials are looked for. */
  readonly isUntrusted: boolean;
  /** What must not be seen. Drivers add what they find in the environment. */
  readonly secrets: Secrets;
}

/** Texts that must never be seen, and what takes them out of others. */
export interface Secrets {
  /** Remembers one, and the ways in which it may be encoded. `undefined` and empty ones are passed over. */
  add(secret: string | undefined): void;
  /** The text with each secret replaced by `***`. */
  redact(text: string): string;
}

/** How long a server may be silent before a try is given up: no connection, no answer, no byte. Milliseconds. */
export const idleMs = 30_000;
