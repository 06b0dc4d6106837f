import type { Incoming, TakeBody } from "../http/incoming.js";
import type { BodyPlan } from "./body-plan.js";
import type { SpoolRoom } from "./spool-room.js";
import type * as Streaming from "./streamed-body.js";

/** What belongs to a request and may lie on disk. */
export interface Leftover {
  /** Takes no more. */
  abandon(): void;
  /** Removes what lies on disk of it. Never rejects. */
  remove(): Promise<void>;
}

/**
 * What one request brings that is not simply taken into memory, from its first byte until nobody needs it any more.
 *
 * What reads such bodies is loaded with the first of them. What they leave on disk is removed when the last of those who
 * hold them has let go.
 */
export class BodyIntake {
  readonly #room: SpoolRoom;
  readonly #plan: BodyPlan | undefined;
  readonly #leftovers: Leftover[] = [];
  #holders = 1;
  #isAbandoned = false;
  /** Whether what its URLs lead to is on its way. */
  isFetching = false;

  /**
   * @param room on disk, for the files of all requests
   * @param plan how its body is read; without, that is simply taken into memory
   */
  constructor(room: SpoolRoom, plan?: BodyPlan) {
    this.#room = room;
    this.#plan = plan;
  }

  /** Reads it; see {@link Incoming.readBody}. */
  read(incoming: Incoming, maxBytes: number, take: TakeBody): void {
    const plan = this.#plan;
    if (plan === undefined) return incoming.readBody(maxBytes, take);
    const begin = ({ StreamedBody: Streamed }: typeof Streaming): void => {
      if (this.#isAbandoned) return;
      const body = new Streamed({ plan, incoming, maxBytes, room: this.#room }, take);
      this.add(body);
      body.begin();
    };
    import("./streamed-body.js").then(begin).catch(take);
  }

  /** Something else goes with it when it goes; at once where it has gone. */
  add(leftover: Leftover): void {
    this.#leftovers.push(leftover);
    if (this.#isAbandoned) leftover.abandon();
    if (this.#holders === 0) void leftover.remove();
  }

  /** Takes no more of it. */
  abandon(): void {
    this.#isAbandoned = true;
    for (const leftover of this.#leftovers) leftover.abandon();
  }

  /** Somebody else needs it, too. */
  hold(): void {
    this.#holders += 1;
  }

  /** One of those that held it needs it no more. */
  release(): void {
    this.#holders -= 1;
    if (this.#holders > 0) return;
    this.abandon();
    for (const leftover of this.#leftovers) void leftover.remove();
  }
}
