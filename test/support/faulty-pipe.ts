import type { Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** What a timer keeps to, roughly. */
const shortestPauseMs = 5;

/** Which way bytes go: what the client sends, or what comes back. */
export type Direction = "request" | "response";

/** Where in a connection something happens to it. */
interface Place {
  readonly on: Direction;
  /** After so many bytes of that direction. Where they have not come by, nothing happens. */
  readonly at: number;
  /** Counts from the end of the first occurrence of these bytes on. */
  readonly behind?: string | Uint8Array | undefined;
  /** Done before: nothing of this direction moves meanwhile. */
  readonly first?: (() => void | Promise<void>) | undefined;
}

/**
 * What a network does to a connection.
 * - `drop`: gone at once, both sides are told that it was reset;
 * - `close`: both sides are told that it is over, properly;
 * - `truncate`: this direction ends properly, what would follow is swallowed, the other direction goes on;
 * - `corrupt`: a bit of the byte there is another;
 * - `hold`: this direction stands still, for `ms`; or what follows is swallowed, until one side gives up;
 * - `throttle`: this direction is slow from here on.
 */
export type Fault = Place &
  (
    | { readonly kind: "drop" | "close" | "truncate" | "corrupt" }
    | { readonly kind: "hold"; readonly ms?: number }
    | { readonly kind: "throttle"; readonly bytesPerSecond: number }
  );

/** Two ends of a connection, as one direction sees them. */
export interface PipeEnds {
  readonly from: Socket;
  readonly to: Socket;
  /** Aborted when the client is gone. */
  readonly gone: AbortSignal;
}

/** What whoever made a pipe wants to know and do. */
export interface PipeHooks {
  readonly moved: (bytes: number) => void;
  readonly met: (fault: Fault) => void;
  /** Changes what comes by, before any fault sees it. */
  readonly translate?: ((chunk: Buffer) => Promise<Buffer>) | undefined;
}

/** One direction of a connection, with what befalls it. */
export class FaultyPipe {
  readonly #ends: PipeEnds;
  readonly #hooks: PipeHooks;
  /** Those still to come, the nearest first. */
  #faults: { fault: Fault; at: number }[] = [];
  /** Those whose text has not come by. */
  #waiting: Fault[];
  /** The last bytes, in which such a text may have begun. */
  #tail = Buffer.alloc(0);
  #position = 0;
  #bytesPerSecond = Number.POSITIVE_INFINITY;
  /** When the line is free for the next byte. */
  #freeAt = 0;
  #isSwallowing = false;
  /** Whether the other side is told of nothing any more. */
  #isSilent = false;

  constructor(ends: PipeEnds, faults: readonly Fault[], hooks: PipeHooks) {
    this.#ends = ends;
    this.#hooks = hooks;
    this.#waiting = faults.filter(({ behind }) => behind !== undefined);
    for (const fault of faults) if (fault.behind === undefined) this.#place(fault, 0);
  }

  /** Moves bytes until an end is reached, or one of the two is gone. */
  async run(): Promise<void> {
    const { from, to } = this.#ends;
    try {
      await this.#meet();
      for await (const chunk of from.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        await this.#pass((await this.#hooks.translate?.(chunk)) ?? chunk);
      }
      if (this.#isSilent) reset(to);
      else to.end();
    } catch {
      // Reset, or destroyed by a fault: the other side is told the same.
      reset(from);
      reset(to);
    }
  }

  async #pass(chunk: Buffer): Promise<void> {
    this.#find(chunk);
    for (let rest = chunk; rest.length > 0;) {
      const [next] = this.#faults;
      const length = Math.min(rest.length, next === undefined ? rest.length : next.at - this.#position);
      await this.#write(rest.subarray(0, length));
      rest = rest.subarray(length);
      await this.#meet(rest);
    }
  }

  /** Meets all faults that are due at this place; `rest` is what comes behind it. */
  async #meet(rest?: Buffer): Promise<void> {
    for (let next = this.#faults[0]; next !== undefined && next.at <= this.#position; next = this.#faults[0]) {
      const { fault } = next;
      // What changes bytes waits for them.
      if (fault.kind === "corrupt" && (rest === undefined || rest.length === 0)) return;
      this.#faults.shift();
      await fault.first?.();
      this.#hooks.met(fault);
      await this.#apply(fault, rest);
    }
  }

  async #apply(fault: Fault, rest: Buffer | undefined): Promise<void> {
    const { from, to, gone } = this.#ends;
    switch (fault.kind) {
      case "drop":
        reset(from);
        reset(to);
        break;
      case "close":
        to.end();
        from.end();
        this.#isSwallowing = true;
        break;
      case "truncate":
        to.end();
        this.#isSwallowing = true;
        break;
      case "corrupt":
        if (rest !== undefined) rest[0] = (rest[0] as number) ^ 4;
        break;
      case "hold":
        if (fault.ms === undefined) this.#isSwallowing = this.#isSilent = true;
        else await pause(fault.ms, undefined, { signal: gone });
        break;
      case "throttle":
        this.#bytesPerSecond = fault.bytesPerSecond;
    }
  }

  async #write(bytes: Buffer): Promise<void> {
    this.#position += bytes.length;
    if (this.#isSwallowing || this.#ends.to.writableEnded) return;
    const step = Number.isFinite(this.#bytesPerSecond) ? Math.max(1, Math.ceil(this.#bytesPerSecond / 100)) : bytes.length;
    for (let at = 0; at < bytes.length; at += step) {
      const piece = bytes.subarray(at, at + step);
      // Written to the end, so that a fault behind it does not take it along.
      await new Promise<void>((resolve, reject) => this.#ends.to.write(piece, (error) => (error ? reject(error) : resolve())));
      this.#hooks.moved(piece.length);
      await this.#slow(piece.length);
    }
  }

  /** Waits until so many bytes may have passed; what is too short for a timer is waited with what follows. */
  async #slow(count: number): Promise<void> {
    const now = performance.now();
    this.#freeAt = Math.max(this.#freeAt, now) + (1000 * count) / this.#bytesPerSecond;
    if (this.#freeAt - now >= shortestPauseMs) await pause(this.#freeAt - now, undefined, { signal: this.#ends.gone });
  }

  /** Finds the texts that faults count from. */
  #find(chunk: Buffer): void {
    if (this.#waiting.length === 0) return;
    const seen = Buffer.concat([this.#tail, chunk]);
    const begin = this.#position - this.#tail.length;
    this.#waiting = this.#waiting.filter((fault) => {
      const text = bytesOf(fault);
      const found = seen.indexOf(text);
      if (found !== -1) this.#place(fault, Math.max(begin + found + text.length, this.#position));
      return found === -1;
    });
    this.#tail = seen.subarray(-Math.max(1, ...this.#waiting.map((fault) => bytesOf(fault).length)));
  }

  #place(fault: Fault, from: number): void {
    this.#faults.push({ fault, at: from + fault.at });
    this.#faults.sort((a, b) => a.at - b.at);
  }
}

/** Ends a socket so that the other side is told of a break. */
export function reset(socket: Socket): void {
  if (socket.destroyed) return;
  if (socket.connecting) socket.destroy();
  else socket.resetAndDestroy();
}

function bytesOf({ behind = "" }: Fault): Buffer {
  return Buffer.concat([typeof behind === "string" ? Buffer.from(behind) : behind]);
}
