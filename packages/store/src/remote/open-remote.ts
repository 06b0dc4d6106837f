import type { BentoError } from "@bento/core";
import { setMaxListeners } from "node:events";
import { cancellation } from "../store/cancellation.js";
import type { RangeOptions, SignalOptions } from "../store/model-store.js";
import { checkRange } from "../store/range.js";
import { type RetryOptions, withRetry } from "../transfer/with-retry.js";
import { CheckedContent } from "./checked-content.js";
import { openDriver } from "./drivers.js";
import { isWorthParallel, parallelRead } from "./parallel-read.js";
import { isTransientFault, remoteFailure } from "./remote-failure.js";
import { checkRemotePath, isForeign } from "./remote-path.js";
import type {
  Remote,
  RemoteContent,
  RemoteEntry,
  RemoteLocation,
  RemoteOpenOptions,
  RemoteReadOptions,
  RemoteTraits,
  Secrets,
} from "./remote.js";
import { type ReadRange, resumedRead } from "./resumed-read.js";
import { untilAbort } from "./until-abort.js";

/** How a remote is opened, and how often what fails is tried again. */
export interface OpenRemoteOptions extends RemoteOpenOptions {
  /** Default: 6 tries that bring nothing. */
  readonly retry?: Partial<RetryOptions> | undefined;
}

/** A remote that has been opened. Its methods take the signal that it was opened with where they are given none. */
export interface OpenedRemote extends Remote {
  /** {@link Remote.read} of a file that was looked at: it is still that one, or the reading fails. */
  readFile(entry: RemoteEntry, options?: RangeOptions): AsyncIterable<Uint8Array>;
  /** Absent where an empty folder cannot be kept. */
  readonly makeFolder?: (path: string, options?: SignalOptions) => Promise<void>;
}

/** About ten seconds in all: what is down for longer has to be told of. */
const retries = 6;

/**
 * Opens a remote, and puts around it what everybody wants: another try where that may help, reads that go on where
 * they broke off, several at once for large files, and nothing from a server that was not asked for.
 */
export async function openRemote(location: RemoteLocation, options: OpenRemoteOptions): Promise<OpenedRemote> {
  const signal = AbortSignal.any([options.signal]);
  // Every call listens to it, and Node.js warns of the eleventh listener.
  setMaxListeners(0, signal);
  const trying = new Trying({ retries, ...options.retry }, signal);
  const remote = await trying.run(`Reaching ${location.protocol}://`, signal, () => openDriver(location, { signal }));
  return new ResilientRemote(remote, trying, location.secrets);
}

/** Does work until it succeeds, or fails for good. */
class Trying {
  readonly retry: Partial<RetryOptions>;
  readonly signal: AbortSignal;

  constructor(retry: Partial<RetryOptions>, signal: AbortSignal) {
    this.retry = retry;
    this.signal = signal;
  }

  async run<T>(
    doing: string,
    signal: AbortSignal,
    work: () => Promise<T>,
    isTransient: (error: unknown) => boolean = isTransientFault,
  ): Promise<T> {
    try {
      return await withRetry(work, { ...this.retry, signal, isTransient });
    } catch (error) {
      throw signal.aborted ? cancellation(signal, doing) : error;
    }
  }
}

class ResilientRemote implements OpenedRemote {
  readonly name: string;
  readonly traits: RemoteTraits;
  readonly makeFolder?: (path: string, options?: SignalOptions) => Promise<void>;
  readonly #remote: Remote;
  readonly #trying: Trying;
  readonly #secrets: Secrets;

  constructor(remote: Remote, trying: Trying, secrets: Secrets) {
    this.name = remote.name;
    this.traits = remote.traits;
    this.#remote = remote;
    this.#trying = trying;
    this.#secrets = secrets;
    if (remote.makeFolder !== undefined) this.makeFolder = this.#makeFolder.bind(this);
  }

  async stat(path: string, options: SignalOptions = {}): Promise<RemoteEntry | undefined> {
    const at = checkRemotePath(path);
    const { signal = this.#trying.signal } = options;
    return this.#trying.run(`Looking at ${this.#named(at)}`, signal, () => this.#remote.stat(at, { signal }));
  }

  async *read(path: string, { version, ...options }: RemoteReadOptions = {}): AsyncGenerator<Uint8Array, void> {
    const at = checkRemotePath(path);
    const entry = await this.stat(at, options);
    if (entry?.kind !== "file")
      throw this.#failure("read", at, entry === undefined ? "there is no such file" : "it is a folder", entry === undefined);
    if (version !== undefined && version !== entry.version) throw this.#failure("read", at, "it is another file by now");
    yield* this.readFile(entry, options);
  }

  async *readFile(entry: RemoteEntry, { signal = this.#trying.signal, ...range }: RangeOptions = {}): AsyncGenerator<Uint8Array, void> {
    const { start, end } = checkRange(range);
    const seen = entry.version === undefined ? await this.#lookedAt(entry, signal) : entry;
    const reading = { remote: this.#remote, entry: seen, secrets: this.#secrets, retry: this.#trying.retry };
    const last = Math.min(end, seen.size ?? 0);
    const { ranges, lanes } = this.traits;
    if (ranges && isWorthParallel(last - start, lanes)) {
      const read = (from: number, to: number, stop: AbortSignal): AsyncIterable<Uint8Array> =>
        resumedRead(reading, { start: from, end: to, signal: stop });
      yield* this.#inWords(parallelRead(read, { start, end: last, lanes, signal }), seen.path, signal);
    } else {
      const whole: ReadRange = { start, end, signal };
      yield* resumedRead(reading, whole);
    }
  }

  async write(path: string, content: RemoteContent, options: SignalOptions = {}): Promise<void> {
    const at = checkRemotePath(path);
    const { signal = this.#trying.signal } = options;
    const checked = new CheckedContent(content, this.name + at);
    const isTransient = (error: unknown): boolean => !checked.threw(error) && isTransientFault(error);
    await this.#trying.run(`Writing ${this.#named(at)}`, signal, () => this.#remote.write(at, checked, { signal }), isTransient);
  }

  async *list(path: string, options: SignalOptions = {}): AsyncGenerator<RemoteEntry, void> {
    const folder = checkRemotePath(path);
    const { signal = this.#trying.signal } = options;
    const doing = `Listing ${this.#named(folder)}`;
    let entries: AsyncGenerator<RemoteEntry, void> | undefined;
    // From the beginning again only while nothing was given out: what comes twice, or not at all, cannot be told later.
    let next = await this.#trying.run(doing, signal, () => {
      entries = untilAbort(this.#remote.list(folder, { signal }), signal, doing);
      return entries.next();
    });
    try {
      for (; !next.done; next = await (entries as AsyncGenerator<RemoteEntry, void>).next()) {
        if (isForeign(next.value.path, folder)) {
          throw this.#failure("list", folder, `the server names ${JSON.stringify(next.value.path)}, which is not below it`);
        }
        yield next.value;
      }
    } finally {
      await entries?.return();
    }
  }

  async delete(path: string, options: SignalOptions = {}): Promise<void> {
    const at = checkRemotePath(path);
    const { signal = this.#trying.signal } = options;
    await this.#trying.run(`Deleting ${this.#named(at)}`, signal, () => this.#remote.delete(at, { signal }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#remote[Symbol.asyncDispose]();
  }

  async #makeFolder(path: string, options: SignalOptions = {}): Promise<void> {
    const at = checkRemotePath(path);
    const { signal = this.#trying.signal } = options;
    await this.#trying.run(`Making ${this.#named(at)}`, signal, async () => this.#remote.makeFolder?.(at, { signal }));
  }

  /** What tells of a change was not known from a listing. */
  async #lookedAt(entry: RemoteEntry, signal: AbortSignal): Promise<RemoteEntry> {
    const now = await this.stat(entry.path, { signal });
    if (now?.kind !== "file") throw this.#failure("read", entry.path, "there is no such file", true);
    if (now.size !== entry.size && entry.size !== undefined) throw this.#failure("read", entry.path, "it is another file by now");
    return now;
  }

  /** Parts end by a signal of their own, whose words nobody knows. */
  async *#inWords(chunks: AsyncIterable<Uint8Array>, path: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    try {
      yield* chunks;
    } catch (error) {
      throw signal.aborted ? cancellation(signal, `Reading ${this.#named(path)}`) : error;
    }
  }

  #named(path: string): string {
    return JSON.stringify(this.name + path);
  }

  #failure(doing: string, path: string, reason: string, isMissing = false): BentoError {
    const code = isMissing ? "BENTO_NOT_FOUND" : undefined;
    return remoteFailure({ doing, place: this.name + path, reason, code, secrets: this.#secrets });
  }
}
