import type { Entrant } from "./admission.js";
import type { Client } from "./client.js";
import type { Level } from "./level.js";

/** A call in line, and then in its place. */
export class Seat {
  readonly entrant: Entrant;
  readonly level: Level;
  readonly client: Client;
  /** One more for each call that came. */
  readonly order: number;
  readonly arrivedAt: number;
  isWaiting = false;
  before: Seat | undefined;
  after: Seat | undefined;
  /** When it got its place. */
  begunAt = 0;
  /** What its client was charged for it when it began. Milliseconds. */
  charged = 0;
  /** How often the line had been empty by then; `undefined` for one that never waited. */
  period: number | undefined;

  constructor(entrant: Entrant, level: Level, client: Client, order: number, arrivedAt: number) {
    this.entrant = entrant;
    this.level = level;
    this.client = client;
    this.order = order;
    this.arrivedAt = arrivedAt;
  }
}
