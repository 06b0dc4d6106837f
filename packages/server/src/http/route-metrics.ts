import { type RefusalReason, refusalReasons } from "./refusal.js";
import { Tally } from "./tally.js";

/** Upper bounds in seconds, BentoML's. */
export const durationBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 180] as const;

/** What is counted of one route: plain numbers, which become metrics when somebody asks for them. */
export class RouteMetrics {
  inProgress = 0;
  /** Answers that are being sent item by item; `undefined` where there are none such. */
  streams: number | undefined;
  /** Requests that were turned away. */
  readonly refused = new Map<RefusalReason, number>();
  /** Seconds that requests took, by their status. */
  readonly series = new Map<number, Tally>();

  /** Lets the series of a status stand at 0 before the first request has it. */
  prepare(status: number): void {
    this.#of(status);
  }

  /** Lets what is counted of an endpoint alone stand at 0. */
  prepareEndpoint(isStream: boolean): void {
    for (const reason of refusalReasons) if (!this.refused.has(reason)) this.refused.set(reason, 0);
    if (isStream) this.streams ??= 0;
  }

  /** A request arrived. */
  begin(): void {
    this.inProgress += 1;
  }

  /** Its answer is complete. */
  end(status: number, seconds: number): void {
    this.inProgress -= 1;
    this.#of(status).add(seconds);
  }

  /** A request was turned away. */
  refuse(reason: RefusalReason): void {
    this.refused.set(reason, (this.refused.get(reason) ?? 0) + 1);
  }

  /** An answer goes out in pieces; only that of an endpoint which streams is counted, and not one that is large. */
  beginStream(): void {
    if (this.streams !== undefined) this.streams += 1;
  }

  /** It is over, however it ended. */
  endStream(): void {
    if (this.streams !== undefined) this.streams -= 1;
  }

  #of(status: number): Tally {
    let series = this.series.get(status);
    if (!series) this.series.set(status, (series = new Tally(durationBuckets)));
    return series;
  }
}
