import { setMaxListeners } from "node:events";
import type { BentoError } from "@bento/core";
import { quoted } from "../../archive/rules/unsafe.js";
import { cancellation } from "../../store/cancellation.js";
import type { RangeOptions, SignalOptions } from "../../store/model-store.js";
import { checkRange } from "../../store/range.js";
import { roomForChunks } from "../../transfer/room-for-chunks.js";
import type { RetryOptions } from "../../transfer/with-retry.js";
import { openDriver } from "../drivers/known-drivers.js";
import { remoteFailure, worded } from "../remote-failure.js";
import { checkRemotePath, leadsElsewhere } from "../remote-path.js";
import type { Remote, RemoteContent, RemoteEntry, RemoteLocation, RemoteOpenOptions, RemoteReadOptions, RemoteTraits } from "../remote.js";
import { untilAbort } from "../until-abort.js";
import { CheckedContent } from "./checked-content.js";
import { pacedRead } from "./paced-read.js";
import { resumedRead } from "./resumed-read.js";
import { cancelled, Trying } from "./trying.js";

/** How a remote is opened, and how often what fails is tried again. */
export interface OpenRemoteOptions extends RemoteOpenOptions {
  /** Default: 6 tries that bring nothing. */
  readonly retry?: Partial<RetryOptions> | undefined;
  /** How long tries to write may take in all that come no further than those before. Default: a minute, in milliseconds. */
  readonly patienceMs?: number | undefined;
  /** What one request must bring a second for no others to be made beside it. Bytes; for tests. */
  readonly plentyPerSecond?: number | undefined;
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
/** Drivers that go on with an upload by themselves have tried for long before they fail. */
const defaultPatienceMs = 60_000;

/**
 * Opens a remote, and puts around it what everybody wants: another try where that may help, reads that go on where
 * they broke off, several at once for large files, and nothing from a server that was not asked for.
 */
export async function openRemote(location: RemoteLocation, options: OpenRemoteOptions): Promise<OpenedRemote> {
  const signal = AbortSignal.any([options.signal]);
  // Every call listens to it, and Node.js warns of the eleventh listener.
  setMaxListeners(0, signal);
  const trying = new Trying({ retries, ...options.retry }, signal, location.secrets);
  const remote = await trying.run({ call: "open", place: `${location.protocol}://` }, () => openDriver(location, { signal }));
  return new ResilientRemote(remote, trying, options);
}

class ResilientRemote implements OpenedRemote {
  readonly makeFolder?: (path: string, options?: SignalOptions) => Promise<void>;
  readonly #remote: Remote;
  readonly #trying: Trying;
  readonly #patienceMs: number;
  readonly #plentyPerSecond: number | undefined;

  constructor(
    remote: Remote,
    trying: Trying,
    { patienceMs = defaultPatienceMs, plentyPerSecond }: Pick<OpenRemoteOptions, "patienceMs" | "plentyPerSecond">,
  ) {
    this.#remote = remote;
    this.#trying = trying;
    this.#patienceMs = patienceMs;
    this.#plentyPerSecond = plentyPerSecond;
    if (remote.makeFolder !== undefined) this.makeFolder = this.#makeFolder.bind(this);
  }

  get name(): string {
    return this.#remote.name;
  }

  /** Asked for each time: a driver may learn what its server can do. */
  get traits(): RemoteTraits {
    return this.#remote.traits;
  }

  async stat(path: string, { signal }: SignalOptions = {}): Promise<RemoteEntry | undefined> {
    const at = checkRemotePath(path);
    return this.#trying.run({ call: "stat", place: this.name + at, signal }, (stop) => this.#remote.stat(at, { signal: stop }));
  }

  async *read(path: string, { version, ...options }: RemoteReadOptions = {}): AsyncGenerator<Uint8Array, void> {
    const at = checkRemotePath(path);
    const entry = await this.stat(at, options);
    if (entry === undefined) throw this.#failure("read", at, "there is no such file", "BENTO_NOT_FOUND");
    if (entry.kind === "folder") throw this.#failure("read", at, "it is a folder");
    if (version !== undefined && version !== entry.version) throw this.#failure("read", at, "it is another file by now");
    yield* this.readFile(entry, options);
  }

  async *readFile(entry: RemoteEntry, { signal = this.#trying.signal, ...range }: RangeOptions = {}): AsyncGenerator<Uint8Array, void> {
    const { start, end } = checkRange(range);
    using _ = roomForChunks();
    const seen = entry.version === undefined ? await this.#lookedAt(entry, signal) : entry;
    const { secrets, retry } = this.#trying;
    const reading = { remote: this.#remote, entry: seen, secrets, retry };
    const last = Math.min(end, seen.size ?? 0);
    const { ranges, lanes } = this.traits;
    if (!ranges || lanes <= 1 || seen.size === undefined) return yield* resumedRead(reading, { start, end, signal });
    const readPart = (from: number, to: number, stop: AbortSignal | undefined): AsyncIterable<Uint8Array> =>
      resumedRead(reading, { start: from, end: to, signal: stop });
    try {
      yield* pacedRead(readPart, { start, end: last, lanes, signal, plentyPerSecond: this.#plentyPerSecond });
    } catch (error) {
      throw signal.aborted ? cancellation(signal, cancelled("read", this.name + entry.path)) : error;
    }
  }

  async write(path: string, content: RemoteContent, { signal }: SignalOptions = {}): Promise<void> {
    const at = checkRemotePath(path);
    using _ = roomForChunks();
    const place = this.name + at;
    const checked = new CheckedContent(content, place);
    const isForeign = (error: unknown): boolean => checked.threw(error);
    let futileMs = 0;
    const isPointless = (): boolean => futileMs > this.#patienceMs;
    await this.#trying.run({ call: "write", place, signal, isForeign, isPointless }, async (stop, progressed) => {
      const [before, began] = [checked.furthest, performance.now()];
      try {
        await this.#remote.write(at, checked, { signal: stop });
      } catch (error) {
        if (checked.furthest > before) progressed();
        else futileMs += performance.now() - began;
        throw error;
      }
    });
  }

  async *list(path: string, { signal = this.#trying.signal }: SignalOptions = {}): AsyncGenerator<RemoteEntry, void> {
    const folder = checkRemotePath(path);
    const place = this.name + folder;
    let entries: AsyncGenerator<RemoteEntry, void> | undefined;
    // From the beginning again only while nothing was given out: what comes twice, or not at all, cannot be told later.
    let next = await this.#trying.run({ call: "list", place, signal }, () => {
      entries = untilAbort(this.#remote.list(folder, { signal }), signal, cancelled("list", place));
      return entries.next();
    });
    try {
      for (; !next.done; next = await this.#next(entries, place)) {
        const { path: found } = next.value;
        if (leadsElsewhere(found, folder)) throw this.#failure("list", folder, `the server names ${quoted(found)}, which is not below it`);
        yield next.value;
      }
    } finally {
      await entries?.return();
    }
  }

  async delete(path: string, { signal }: SignalOptions = {}): Promise<void> {
    const at = checkRemotePath(path);
    await this.#trying.run({ call: "delete", place: this.name + at, signal }, (stop) => this.#remote.delete(at, { signal: stop }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#remote[Symbol.asyncDispose]();
  }

  async #makeFolder(path: string, { signal }: SignalOptions = {}): Promise<void> {
    const at = checkRemotePath(path);
    const make = async (stop: AbortSignal): Promise<void> => this.#remote.makeFolder?.(at, { signal: stop });
    await this.#trying.run({ call: "makeFolder", place: this.name + at, signal }, make);
  }

  /** What tells of a change was not known from a listing. */
  async #lookedAt(entry: RemoteEntry, signal: AbortSignal): Promise<RemoteEntry> {
    const now = await this.stat(entry.path, { signal });
    if (now?.kind !== "file") throw this.#failure("read", entry.path, "there is no such file", "BENTO_NOT_FOUND");
    if (now.size !== entry.size && entry.size !== undefined) throw this.#failure("read", entry.path, "it is another file by now");
    return now;
  }

  async #next(entries: AsyncIterator<RemoteEntry, void> | undefined, place: string): Promise<IteratorResult<RemoteEntry, void>> {
    try {
      return (await entries?.next()) ?? { done: true, value: undefined };
    } catch (error) {
      throw worded(error, { doing: "list", place, secrets: this.#trying.secrets });
    }
  }

  #failure(doing: string, path: string, reason: string, code?: "BENTO_NOT_FOUND"): BentoError {
    return remoteFailure({ doing, place: this.name + path, reason, code, secrets: this.#trying.secrets });
  }
}
