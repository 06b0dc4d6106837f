/** Time that goes by as fast as what happens in it is done. What is to happen at one time does so in the order of asking. */
export class VirtualClock {
  now(): number;
  /** Calls back once, at that time. @returns what calls it off */
  at(time: number, wake: () => void): () => void;
  /** Calls back when everything that is to happen at this time has happened. */
  soon(wake: () => void): void;
  /** Resolves so many milliseconds later. */
  sleep(ms: number): Promise<void>;
  /** Lets everything happen up to a time. @default until nothing is left to happen */
  run(until?: number): Promise<void>;
}
