import { checkOptions, checkPositive, describe } from "./option-checks.js";
import { serviceInvalid } from "./service-invalid.js";

/** How a service moves to newer models while it runs. */
export interface FollowOptions {
  readonly version: "latest";
  /**
   * Seconds between two questions to the registry, a tenth more or less; `false`: it is not asked, and only what comes to
   * the store by other means is followed. @default 60
   */
  readonly pollSeconds?: number | false | undefined;
}

/** What a service follows; `"latest"` is `{ version: "latest" }`. */
export type Follow = "latest" | false | FollowOptions;

/** {@link FollowOptions}, checked. */
export interface FollowSpec {
  /** Milliseconds between two questions to the registry; `undefined`: it is not asked. */
  readonly pollMs: number | undefined;
}

const defaultPollSeconds = 60;

/** @throws BENTO_SERVICE_INVALID for what cannot be followed */
export function followOf(whose: string, value: unknown): FollowSpec | undefined {
  if (value === undefined || value === false) return undefined;
  const options = checkOptions(`follow of ${whose}`, value === "latest" ? { version: value } : value, ["version", "pollSeconds"]);
  if (options["version"] !== "latest") {
    throw serviceInvalid(
      `The follow of ${whose} names ${describe(options["version"])}.`,
      'Give "latest", or leave it out: all else never moves.',
    );
  }
  const pollSeconds = options["pollSeconds"] ?? defaultPollSeconds;
  return { pollMs: pollSeconds === false ? undefined : checkPositive(`follow of ${whose}`, "pollSeconds", pollSeconds) * 1000 };
}
