import type { Incoming, TakeBody } from "../http/incoming.js";
import type { BodyPlan } from "./body-plan.js";
import type * as Streaming from "./streamed-body.js";

/**
 * The body of one request that is not simply taken into memory, from its first byte until nobody needs it any more.
 *
 * What reads such bodies is loaded with the first of them. What they leave on disk is removed when the last of those who
 * hold them has let go.
 */
export class BodyIntake {
  readonly #plan: BodyPlan;
  #holders = 1;
  #isAbandoned = false;
  #body: Streaming.StreamedBody | undefined;

  constructor(plan: BodyPlan) {
    this.#plan = plan;
  }

  /** Reads it; see {@link Incoming.readBody}. */
  read(incoming: Incoming, maxBytes: number, take: TakeBody): void {
    const begin = ({ StreamedBody: Streamed }: typeof Streaming): void => {
      if (this.#isAbandoned) return;
      this.#body = new Streamed(this.#plan, incoming, maxBytes, take);
      this.#body.begin();
    };
    import("./streamed-body.js").then(begin).catch(take);
  }

  /** Reads no more of it. */
  abandon(): void {
    this.#isAbandoned = true;
    this.#body?.abandon();
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
    void this.#body?.remove();
  }
}
