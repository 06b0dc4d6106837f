import { setTimeout as way } from "node:timers/promises";
import type { Remote, RemoteContent, RemoteEntry, RemoteReadOptions, RemoteTraits, SignalOptions } from "../../src/index.js";
import { remoteFailure } from "../../src/index.js";
import { KnownSecrets } from "../../src/remote/secrets.js";

/** What can be asked of a remote. */
export type RemoteCall = "stat" | "read" | "write" | "list" | "delete" | "makeFolder";

/** What a remote does wrong. */
export interface Faults {
  /** What the next calls of a kind fail with, before they do anything. */
  readonly failing?: Partial<Record<RemoteCall, Error[]>>;
  /** After how many bytes each of the next reads breaks. */
  readonly cuts?: number[];
  /** After how many bytes each of the next writes breaks. */
  readonly writeCuts?: number[];
  /** Whether a read that breaks looks as if the file ended there. */
  readonly endsQuietly?: boolean;
  /** Called when a read was cut, before anybody knows. */
  readonly onCut?: () => Promise<void>;
  /** How long each chunk of a read is on its way, in milliseconds. */
  readonly chunkMs?: number;
  readonly traits?: Partial<RemoteTraits>;
}

/** A failure that may be gone at the next try, or not. */
export function fault(reason: string, isTransient = true): Error {
  return remoteFailure({ doing: "reach", place: "x", reason, isTransient, secrets: new KnownSecrets() });
}

/** A remote behind which another one is, and which does wrong as it is told. */
export class FaultyRemote implements Remote {
  readonly name: string;
  readonly traits: RemoteTraits;
  /** What was asked for, in order. */
  readonly calls: string[] = [];
  /** Reads that are under way, and the most that were. */
  reading = 0;
  mostReading = 0;
  readonly #remote: Remote;
  readonly #faults: Faults;

  constructor(remote: Remote, faults: Faults) {
    this.#remote = remote;
    this.#faults = faults;
    this.name = remote.name;
    this.traits = { ...remote.traits, ...faults.traits };
  }

  async stat(path: string, options?: SignalOptions): Promise<RemoteEntry | undefined> {
    this.#begin("stat", path);
    return this.#remote.stat(path, options);
  }

  async *read(path: string, options: RemoteReadOptions = {}): AsyncGenerator<Uint8Array, void> {
    this.#begin("read", `${path} ${options.start ?? 0}-${options.end ?? ""}`);
    this.mostReading = Math.max(this.mostReading, (this.reading += 1));
    try {
      let left = this.#faults.cuts?.shift() ?? Number.POSITIVE_INFINITY;
      for await (const chunk of this.#remote.read(path, options)) {
        if (this.#faults.chunkMs !== undefined) await way(this.#faults.chunkMs);
        if (left > 0) yield chunk.subarray(0, left);
        left -= chunk.length;
        if (left >= 0) continue;
        await this.#faults.onCut?.();
        if (this.#faults.endsQuietly === true) return;
        throw fault("the connection broke");
      }
    } finally {
      this.reading -= 1;
    }
  }

  async write(path: string, content: RemoteContent, options?: SignalOptions): Promise<void> {
    this.#begin("write", path);
    const most = this.#faults.writeCuts?.shift() ?? Number.POSITIVE_INFINITY;
    await this.#remote.write(path, { size: content.size, stream: (start) => cutOff(content.stream(start), most) }, options);
  }

  async *list(path: string, options?: SignalOptions): AsyncGenerator<RemoteEntry, void> {
    this.#begin("list", path);
    yield* this.#remote.list(path, options);
  }

  async delete(path: string, options?: SignalOptions): Promise<void> {
    this.#begin("delete", path);
    await this.#remote.delete(path, options);
  }

  async makeFolder(path: string, options?: SignalOptions): Promise<void> {
    this.#begin("makeFolder", path);
    await this.#remote.makeFolder?.(path, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#remote[Symbol.asyncDispose]();
  }

  #begin(call: RemoteCall, what: string): void {
    this.calls.push(`${call} ${what}`);
    const failure = this.#faults.failing?.[call]?.shift();
    if (failure !== undefined) throw failure;
  }
}

async function* cutOff(chunks: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<Uint8Array, void> {
  let count = 0;
  for await (const chunk of chunks) {
    count += chunk.length;
    if (count > most) throw fault("the connection broke");
    yield chunk;
  }
}
