import type { Client } from "./client.js";
import { ClientBook } from "./client-book.js";
import { Heap } from "./heap.js";
import { Pace } from "./pace.js";
import type { Seat } from "./seat.js";

/** What a call is charged at least, so that clients take turns also while nobody knows how long calls take. Milliseconds. */
export const leastMs = 0.01;

/**
 * The calls of one priority: start-time fair queueing.
 *
 * Every client has had so much, counted in milliseconds for which its calls kept a place, and of those that wait the one
 * goes next that has had least. When a call begins, its client is charged what calls of its endpoint take on average, and
 * when it ends, the rest. Who comes back has had at least as much as whoever went last: time in which a client wanted
 * nothing is no credit. And as often as nobody waits, all are even: what nobody else wanted is no debt.
 */
export class Level {
  readonly priority: number;
  readonly clients = new ClientBook();
  readonly pace = new Pace();
  readonly #byTurn = new Heap<Client>(goesBefore, (client, index) => (client.turnIndex = index));
  readonly #bySize = new Heap<Client>(
    (a, b) => a.waiting > b.waiting,
    (client, index) => (client.sizeIndex = index),
  );
  /** What the one had had that went last, and what the one has had that has had most. */
  #now = 0;
  #most = 0;
  /** Times that somebody has begun to wait where nobody did. */
  #period = 0;
  #waiting = 0;

  constructor(priority: number) {
    this.priority = priority;
  }

  /** Calls that wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /** The call that goes next. */
  get next(): Seat | undefined {
    return this.#byTurn.first?.first;
  }

  /** The client that has most calls waiting. */
  get largest(): Client | undefined {
    return this.#bySize.first;
  }

  /** How many calls that wait go before another one of a client: as many of each other as it has itself, or none where it has had least. */
  aheadOf(client: Client): number {
    const { waiting } = client;
    const first = this.#byTurn.first;
    if (first === undefined || (waiting === 0 && Math.max(client.had, this.#now) < first.had)) return 0;
    const others = this.#byTurn.size - (waiting > 0 ? 1 : 0);
    return Math.min(this.#waiting, waiting + others * (waiting + 1));
  }

  /** A call waits. */
  add(seat: Seat, now: number): void {
    const { client } = seat;
    if (this.#waiting === 0) {
      this.#now = this.#most;
      this.#period += 1;
      this.pace.start(now);
    }
    this.#waiting += 1;
    client.add(seat);
    if (client.waiting > 1) return this.#bySize.moved(client.sizeIndex);
    client.had = Math.max(client.had, this.#now);
    this.#byTurn.add(client);
    this.#bySize.add(client);
  }

  /** A call waits no more. */
  remove(seat: Seat, now: number): void {
    const { client } = seat;
    client.remove(seat);
    this.#waiting -= 1;
    if (client.waiting > 0) {
      this.#byTurn.moved(client.turnIndex);
      this.#bySize.moved(client.sizeIndex);
    } else {
      this.#byTurn.remove(client.turnIndex);
      this.#bySize.remove(client.sizeIndex);
    }
    if (this.#waiting === 0) this.pace.stop(now);
  }

  /** A call gets its place; it waits no more. */
  begin(seat: Seat, expectedMs: number, now: number): void {
    const { client } = seat;
    client.running += 1;
    seat.begunAt = now;
    seat.charged = Math.max(leastMs, expectedMs);
    if (seat.isWaiting) {
      seat.period = this.#period;
      this.pace.begun(now);
      this.remove(seat, now);
    } else client.had = Math.max(client.had, this.#now);
    this.#now = Math.max(this.#now, client.had);
    this.#charge(client, seat.charged);
  }

  /** It gives its place back. */
  end(seat: Seat, now: number): void {
    const { client } = seat;
    client.running -= 1;
    if (seat.period === this.#period && this.#waiting > 0) this.#charge(client, now - seat.begunAt - seat.charged);
  }

  #charge(client: Client, ms: number): void {
    client.had += ms;
    this.#most = Math.max(this.#most, client.had);
    if (client.waiting > 0) this.#byTurn.moved(client.turnIndex);
  }
}

/** Of two that have had the same, whose call waits longer. */
function goesBefore(a: Client, b: Client): boolean {
  return a.had < b.had || (a.had === b.had && (a.first as Seat).order < (b.first as Seat).order);
}
