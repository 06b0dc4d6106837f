/** How fast, and how often, workers that die are started again. */
export interface RestartRules {
  /** Pause after the first death in vain; it doubles with each. Milliseconds. @default 100 */
  readonly firstDelayMs?: number | undefined;
  /** The longest pause. Milliseconds. @default 30000 */
  readonly maxDelayMs?: number | undefined;
  /** So many deaths in vain one after the other are a crash loop: `/readyz` says so. @default 5 */
  readonly loopAfter?: number | undefined;
  /** So many, while no other worker is ready either, and the service gives up: `serve()` closes and fails, unless it reloads. @default 12 */
  readonly giveUpAfter?: number | undefined;
}

/** A worker's life, when it is over. */
export interface WorkerLife {
  /** Whether its start-up hooks were through. */
  readonly wasReady: boolean;
  /** Calls that it answered. */
  readonly answered: number;
  /** Milliseconds from its readiness to its end. */
  readonly readyMs: number;
}

/** What follows from a death. */
export interface RestartDecision {
  /** Milliseconds until the next start. */
  readonly delayMs: number;
  /** Deaths in vain, one after the other, with this one. */
  readonly inVain: number;
  readonly isLoop: boolean;
  /** Whether another try is no use. */
  readonly isHopeless: boolean;
}

/** So long a worker must have been ready for its death to be no sign that the next will die too, if nobody called it. */
const longLifeMs = 60_000;

/**
 * When to start a worker again.
 *
 * A worker that answered calls died of something that happened to it: it is replaced at once. One that did not even
 * become ready, or fell over before it had answered anything, will most likely do so again: pauses grow, and in the end
 * it is called a crash loop. It is still tried again, since what it needs may come back.
 */
export function decideRestart(life: WorkerLife, inVainBefore: number, rules: RestartRules = {}): RestartDecision {
  const { firstDelayMs = 100, maxDelayMs = 30_000, loopAfter = 5, giveUpAfter = 12 } = rules;
  const wasUseful = life.wasReady && (life.answered > 0 || life.readyMs >= longLifeMs);
  if (wasUseful) return { delayMs: 0, inVain: 0, isLoop: false, isHopeless: false };
  const inVain = inVainBefore + 1;
  const delayMs = Math.min(maxDelayMs, firstDelayMs * 2 ** Math.min(inVain - 1, 30));
  return { delayMs, inVain, isLoop: inVain >= loopAfter, isHopeless: inVain >= giveUpAfter };
}
