import type { Call } from "../http/call.js";
import type { CallBody, Incoming } from "../http/incoming.js";
import type { IncomingInput } from "./incoming-input.js";
import type { InputBody } from "./input-body.js";
import type { InputPlan } from "./input-plan.js";

/** The body of one request that its method reads while it comes. What reads such bodies is loaded with the first of them. */
export class InputIntake {
  /** When its method last took something of it; see `performance.now()`. */
  movedAt: number;
  readonly #plan: InputPlan;
  #input: IncomingInput | undefined;
  #isLeft = false;

  constructor(plan: InputPlan) {
    this.#plan = plan;
    this.movedAt = performance.now();
  }

  /** Begins to read it. `undefined` where nobody wants it any more. */
  async open(incoming: Incoming, maxLineBytes: number): Promise<InputBody | undefined> {
    const { IncomingInput: Input } = await import("./incoming-input.js");
    if (this.#isLeft) return undefined;
    this.#input = new Input(this.#plan, incoming, maxLineBytes);
    return this.#input.begin();
  }

  /** Its method has taken something of it. */
  moved(): void {
    this.movedAt = performance.now();
  }

  /** Reads no more of it: a method that still does is told why. */
  leave(reason?: Error): void {
    this.#isLeft = true;
    this.#input?.leave(reason);
  }
}

/** Has a call begin whose method reads its body while that comes; whatever goes wrong until then fails it. */
export async function receiveInput(call: Call, plan: InputPlan, maxLineBytes: number, begin: (body: CallBody) => void): Promise<void> {
  const intake = new InputIntake(plan);
  call.input = intake;
  try {
    const input = await intake.open(call.incoming, maxLineBytes);
    if (input !== undefined && !call.isSettled) begin({ input });
  } catch (thrown) {
    call.fail(thrown);
  }
}
