import type { Entrant } from "../src/admission/admission.js";
import type { LineOptions } from "../src/admission/line.js";
import { AdmissionLine } from "../src/admission/line.js";
import { RunTimes } from "../src/admission/run-times.js";
import type { Seat } from "../src/admission/seat.js";
import { VirtualClock } from "./virtual-clock.js";

/** A call of a simulation. */
export interface SimulatedCall {
  readonly at: number;
  readonly client: string;
  readonly priority: number;
  /** How long it keeps its place. */
  readonly runMs: number;
  readonly timeoutMs: number;
  /** When its caller leaves, if it does. */
  readonly leavesAt?: number | undefined;
}

/** What became of it. */
export class Simulated implements Entrant {
  readonly what: SimulatedCall;
  readonly times: RunTimes;
  seat: Seat | undefined;
  begunAt: number | undefined;
  endedAt: number | undefined;
  /** Why it was turned away. */
  refused: string | undefined;
  isGone = false;
  /** How often anything was said to it. */
  outcomes = 0;
  readonly call;
  readonly #simulation: LineSimulation;

  constructor(what: SimulatedCall, simulation: LineSimulation) {
    this.what = what;
    this.times = simulation.times;
    this.#simulation = simulation;
    let listener: (() => void) | undefined;
    this.call = {
      time: { end: what.at + what.timeoutMs, timeoutMs: what.timeoutMs, isCallers: true },
      identity: undefined,
      incoming: { remote: what.client, header: () => String(what.priority) },
      onInterrupt: (heard: () => void) => (listener = heard),
      fail: (thrown: unknown) => {
        this.outcomes += 1;
        this.refused = (thrown as { code: string }).code;
        return true;
      },
      interrupt: () => {
        if (this.refused !== undefined || this.endedAt !== undefined) return;
        this.isGone = true;
        listener?.();
      },
    };
  }

  begin(): void {
    this.#simulation.onBegin(this);
    this.outcomes += 1;
  }

  get isGood(): boolean {
    return this.endedAt !== undefined && !this.isGone && this.endedAt <= this.what.at + this.what.timeoutMs;
  }
}

/** A line, and calls that come to it, on a virtual clock. */
export class LineSimulation {
  readonly clock = new VirtualClock();
  readonly times = new RunTimes();
  readonly calls: Simulated[] = [];
  /** In the order in which they began. */
  readonly begun: Simulated[] = [];
  readonly line: AdmissionLine;
  running = 0;
  mostRunning = 0;
  mostWaiting = 0;
  readonly #onBegin: (call: Simulated) => void;

  constructor(options: Pick<LineOptions, "places" | "maxQueue">, onBegin: (call: Simulated) => void = () => undefined) {
    this.#onBegin = onBegin;
    this.line = new AdmissionLine({
      ...options,
      clientOf: ({ incoming }) => incoming.remote ?? "",
      priorityOf: ({ incoming }) => Number(incoming.header("priority")),
      clock: this.clock,
    });
  }

  /** Lets calls come at their times. */
  async run(calls: readonly SimulatedCall[]): Promise<void> {
    for (const what of calls) this.clock.at(what.at, () => this.come(what));
    await this.clock.run();
  }

  come(what: SimulatedCall): Simulated {
    const call = new Simulated(what, this);
    this.calls.push(call);
    try {
      this.line.enter(call);
    } catch (refusal) {
      call.call.fail(refusal);
    }
    if (what.leavesAt !== undefined) this.clock.at(what.leavesAt, () => call.call.interrupt());
    this.clock.at(what.at + what.timeoutMs, () => call.call.interrupt());
    this.mostWaiting = Math.max(this.mostWaiting, this.line.waiting);
    return call;
  }

  onBegin(call: Simulated): void {
    this.#onBegin(call);
    this.running += 1;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    this.begun.push(call);
    call.begunAt = this.clock.now();
    this.clock.at(call.begunAt + call.what.runMs, () => {
      call.endedAt = this.clock.now();
      this.running -= 1;
      this.line.answered(call, true);
      this.line.leave(call);
    });
  }
}
