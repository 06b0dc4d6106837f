/** One call, and its right answer. */
export interface Question {
  /** Of the endpoint: `/classify`. */
  readonly path: string;
  /** JSON. */
  readonly input: unknown;
  /** JSON, as the service writes it. */
  readonly answer: unknown;
}

/** What became of the calls. */
export interface Outcomes {
  readonly right: number;
  /** Answers with status 200 that are not the right ones. */
  readonly wrong: number;
  /** Failed with `BENTO_WORKER_DIED`, status 503. */
  readonly died: number;
  /** No connection was to be had. */
  readonly refused: number;
  /** Connections that broke under the call, whether or not anybody had read it. */
  readonly lost: number;
  /** Every other answer, with its status. */
  readonly other: readonly string[];
}

export interface TrafficOptions {
  /** Kept alive, each with one call at a time. @default 16 */
  readonly connections?: number;
  /** So many calls, on average, and a connection is replaced by a new one. @default Infinity */
  readonly callsPerConnection?: number;
  /** What is asked as the n-th, from 1. */
  readonly questionOf?: (n: number) => Question;
  /** Told of every right answer. */
  readonly onAnswer?: () => void;
}

/** Load that checks every answer. */
export interface Traffic {
  /** So far. */
  readonly seen: Outcomes;
  /** Lets what is under way end. */
  stop(): Promise<Outcomes>;
}

/** Asks over and over on many kept-alive connections, and looks at every answer. */
export function startTraffic(url: string, options?: TrafficOptions): Traffic;
