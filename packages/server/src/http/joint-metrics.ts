import type { Metrics } from "./metrics.js";

/** The metrics of several processes, told as one. */
export interface JointMetrics {
  /** What this process counts belongs to them. */
  join(own: Metrics): void;
  /** The exposition text of all of them. */
  text(): Promise<string>;
}
