import { cancellation } from "../../store/cancellation.js";
import type { SignalOptions } from "../../store/model-store.js";
import { type Attempt, type RetryOptions, withRetry } from "../../transfer/with-retry.js";
import { isTransientFault, worded } from "../remote-failure.js";
import type { Secrets } from "../remote.js";

/** What is asked of a remote, in words: after "Cannot", and as what was cancelled. */
const words = {
  open: ["reach", "Reaching"],
  stat: ["look at", "Looking at"],
  read: ["read", "Reading"],
  write: ["write", "Writing"],
  list: ["list", "Listing"],
  delete: ["delete", "Deleting"],
  makeFolder: ["make", "Making"],
} as const;

/** One call, to be tried until it succeeds or fails for good. */
export interface TriedCall extends SignalOptions {
  readonly call: keyof typeof words;
  /** For messages. */
  readonly place: string;
  /** Whether an error is none of the remote's: it is thrown as it is, at once. */
  readonly isForeign?: ((error: unknown) => boolean) | undefined;
  /** Asked after a failure: whether another try would only take long. */
  readonly isPointless?: (() => boolean) | undefined;
}

/** How calls to one remote are tried. */
export class Trying {
  readonly retry: Partial<RetryOptions>;
  /** Counts where a call is given none. */
  readonly signal: AbortSignal;
  readonly secrets: Secrets;

  constructor(retry: Partial<RetryOptions>, signal: AbortSignal, secrets: Secrets) {
    this.retry = retry;
    this.signal = signal;
    this.secrets = secrets;
  }

  async run<T>(
    { call, place, signal = this.signal, isForeign = () => false, isPointless = () => false }: TriedCall,
    work: (signal: AbortSignal, progressed: () => void) => Promise<T>,
  ): Promise<T> {
    const [doing] = words[call];
    const once = async ({ progressed }: Attempt): Promise<T> => {
      try {
        return await work(signal, progressed);
      } catch (error) {
        throw isForeign(error) ? error : worded(error, { doing, place, secrets: this.secrets });
      }
    };
    const isTransient = (error: unknown): boolean => !isForeign(error) && !isPointless() && isTransientFault(error);
    try {
      return await withRetry(once, { ...this.retry, signal, isTransient });
    } catch (error) {
      throw signal.aborted ? cancellation(signal, cancelled(call, place)) : error;
    }
  }
}

/** What was cancelled: `Reading "s3://bucket/x"`. */
export function cancelled(call: keyof typeof words, place: string): string {
  return `${words[call][1]} ${JSON.stringify(place)}`;
}
