import { type Clock, realClock } from "../batching/clock.js";
import type { CallTime } from "../http/out-of-time.js";
import { longestTurnMs, LookAround } from "../look-around.js";
import type { Admission, Entering, Entrant } from "./admission.js";
import type { Client } from "./client.js";
import { leastMs, Level } from "./level.js";
import type { LineCounter } from "./line-counter.js";
import { lineFull, tooLate, turnedOut } from "./line-refusals.js";
import { lowestPriority } from "./priority.js";
import { Seat } from "./seat.js";

/** The less urgent get one part in so many of the places that come free, measured in time. */
const lesserPart = 16;
/** What of a caller's time is kept for the way there and back, of which the server sees nothing. */
const reservedPart = 0.1;
const mostReservedMs = 100;

/** What a line is made of. */
export interface LineOptions {
  /** Calls that may run at once. */
  readonly places: number;
  /** Calls that may wait; `undefined`: as many as come. */
  readonly maxQueue: number | undefined;
  /** Which client a call is from. */
  readonly clientOf: (call: Entering) => string;
  /** How urgent it is: 0, the most, to 7. */
  readonly priorityOf: (call: Entering) => number;
  /** Counts how long they wait. */
  readonly counter?: LineCounter | undefined;
  readonly clock?: Clock;
}

/**
 * Calls that wait for a place, in one line before everything that works on them.
 *
 * The most urgent go first, and among equally urgent ones clients take turns ({@link Level}); each client's own calls go
 * in the order in which they came. So that the less urgent are not starved by more urgent ones, they have a sixteenth of
 * what comes free, in turns.
 *
 * What cannot be answered in time is turned away: when it comes, if by its place and the pace of the line its turn would
 * come too late; and when its turn comes, if less time is left than calls of its endpoint take. Calls begin for a few
 * milliseconds at a time: a method that keeps the event loop would else keep everybody outside, where nobody sees them wait.
 */
export class AdmissionLine implements Admission {
  readonly #options: LineOptions;
  readonly #clock: Clock;
  /** By priority. */
  readonly #levels: readonly Level[] = Array.from({ length: lowestPriority + 1 }, (_, priority) => new Level(priority));
  /** While it goes on no call begins. */
  readonly #lookAround: LookAround;
  #running = 0;
  #waiting = 0;
  #order = 0;
  /** What less urgent calls have coming to them. Milliseconds of places. */
  #owedMs = 0;
  /** The level that had the last of it. */
  #lesserTurn = 0;
  /** Since the event loop was last let go on. */
  #spentMs = 0;
  /** The same, the time before: so long may a call have waited before it was read. */
  #keptMs = 0;
  #isGoingOn = false;

  constructor(options: LineOptions) {
    this.#options = options;
    this.#clock = options.clock ?? realClock;
    this.#lookAround = new LookAround({
      clock: this.#clock,
      came: () => this.#order,
      done: () => {
        this.#keptMs = this.#spentMs;
        this.#spentMs = 0;
        this.#goOn();
      },
    });
    if (options.counter !== undefined) options.counter.waiting = (priority) => this.#levels[priority]?.waiting ?? 0;
  }

  /** Calls that wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Clients that are remembered. */
  get clients(): number {
    return this.#levels.reduce((total, { clients }) => total + clients.size, 0);
  }

  enter(entrant: Entrant): void {
    const { places, clientOf, priorityOf, counter } = this.#options;
    const { call } = entrant;
    const now = this.#clock.now();
    const priority = priorityOf(call);
    counter?.knows(priority);
    const level = this.#levels[priority] as Level;
    const client = level.clients.of(clientOf(call));
    const seat = new Seat(entrant, level, client, (this.#order += 1), now);
    entrant.seat = seat;
    if (this.#waiting === 0 && this.#running < places && !this.#lookAround.isOn) {
      this.#begin(seat, now);
      return this.#spend(this.#clock.now() - now);
    }
    this.#checkTime(seat, now);
    this.#makeRoom(priority, client, now);
    level.add(seat, now);
    this.#waiting += 1;
    call.onInterrupt(() => this.#withdraw(seat));
    if (this.#running < places) this.#lookAround.start(0);
  }

  answered({ seat, times }: Entrant, isGood: boolean): void {
    if (seat === undefined) return;
    const ms = this.#clock.now() - seat.begunAt;
    if (isGood) times.answered(ms);
    else times.failed(ms);
  }

  leave(entrant: Entrant): void {
    const { seat, times } = entrant;
    if (seat === undefined) return;
    entrant.seat = undefined;
    const now = this.#clock.now();
    this.#running -= 1;
    times.left(now - seat.begunAt);
    seat.level.end(seat, now);
    if (this.#waiting > 0 && !this.#lookAround.isOn) this.#goOn();
  }

  /** Gives the free places away. */
  #goOn(): void {
    // Whoever begins may be done at once.
    if (this.#isGoingOn) return;
    this.#isGoingOn = true;
    const { places } = this.#options;
    let now = this.#clock.now();
    while (this.#waiting > 0 && this.#running < places && !this.#lookAround.isOn) {
      const seat = this.#next();
      const { call, times } = seat.entrant;
      if (call.time !== undefined && now + times.answerMs > this.#latest(call.time)) {
        this.#remove(seat, now);
        call.fail(tooLate(call.time, now));
      } else this.#tryToBegin(seat, now);
      const after = this.#clock.now();
      this.#spend(after - now);
      now = after;
    }
    this.#isGoingOn = false;
  }

  /** @returns of those that wait the one whose turn it is */
  #next(): Seat {
    const levels = this.#levels;
    let first = 0;
    while ((levels[first] as Level).waiting === 0) first += 1;
    const lesser = this.#lesserThan(first);
    if (lesser === undefined) this.#owedMs = 0;
    else if (this.#owedMs >= expectedMs((levels[lesser] as Level).next as Seat)) {
      this.#lesserTurn = lesser;
      return (levels[lesser] as Level).next as Seat;
    }
    return (levels[first] as Level).next as Seat;
  }

  /** The less urgent level whose turn it is to get what they are owed. */
  #lesserThan(first: number): number | undefined {
    const count = lowestPriority - first;
    for (let step = 0; step < count; step += 1) {
      const level = first + 1 + ((Math.max(this.#lesserTurn, first) - first + step) % count);
      if ((this.#levels[level] as Level).waiting > 0) return level;
    }
    return undefined;
  }

  /** What fails here is its own affair, and not that of whoever has just left. */
  #tryToBegin(seat: Seat, now: number): void {
    try {
      this.#begin(seat, now);
    } catch (thrown) {
      seat.entrant.call.fail(thrown);
    }
  }

  #begin(seat: Seat, now: number): void {
    if (seat.isWaiting) {
      this.#waiting -= 1;
      this.#account(seat);
    }
    this.#running += 1;
    this.#options.counter?.waited(seat.level.priority, now - seat.arrivedAt);
    seat.level.begin(seat, seat.entrant.times.placeMs, now);
    seat.entrant.begin();
  }

  /** Keeps count of what those are owed that are less urgent than one that begins before them. */
  #account(seat: Seat): void {
    const isFirst = this.#levels.find(({ waiting }) => waiting > 0) === seat.level;
    this.#owedMs += isFirst ? expectedMs(seat) / (lesserPart - 1) : -expectedMs(seat);
  }

  #spend(ms: number): void {
    this.#spentMs += ms;
    if (this.#spentMs >= longestTurnMs) this.#lookAround.start(this.#spentMs);
  }

  #remove(seat: Seat, now: number): void {
    seat.level.remove(seat, now);
    this.#waiting -= 1;
  }

  /** Nobody waits for its answer any more. */
  #withdraw(seat: Seat): void {
    if (seat.isWaiting) this.#remove(seat, this.#clock.now());
  }

  /** @throws BENTO_OVERLOADED where its turn will come too late for it */
  #checkTime({ entrant: { call, times }, level, client }: Seat, now: number): void {
    const { time } = call;
    if (time === undefined) return;
    const ahead = level.aheadOf(client);
    if (ahead > 0 && now + level.pace.waitMs(ahead, now) + times.answerMs > this.#latest(time)) throw tooLate(time, now);
  }

  /**
   * Makes room for another one in line: of the least urgent calls the last one goes of the client that has most.
   * @throws BENTO_OVERLOADED where that is the new one
   */
  #makeRoom(priority: number, client: Client, now: number): void {
    const { maxQueue, places } = this.#options;
    if (maxQueue === undefined || this.#waiting < maxQueue + Math.max(0, places - this.#running)) return;
    const worst = this.#levels.findLastIndex(({ waiting }) => waiting > 0);
    const largest = this.#levels[worst]?.largest;
    if (largest === undefined || worst < priority) throw lineFull(maxQueue);
    if (worst === priority && client.waiting + 1 >= largest.waiting) throw lineFull(maxQueue);
    const last = largest.last as Seat;
    this.#remove(last, now);
    last.entrant.call.fail(turnedOut(maxQueue));
  }

  /** When an answer is to be there at the latest. */
  #latest({ end, timeoutMs }: CallTime): number {
    return end - Math.min(mostReservedMs, timeoutMs * reservedPart) - this.#keptMs;
  }
}

/** What a call is going to take of what comes free. */
function expectedMs({ entrant }: Seat): number {
  return Math.max(leastMs, entrant.times.placeMs);
}
