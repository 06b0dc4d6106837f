import { type ByteBudget, type FetchedFile, fetchEgress } from "./fetch-egress.js";
import type { FieldPath } from "./refusal.js";
import type { UrlInputRules } from "./url-inputs.js";

/** The URLs of one request: what they may take, they may take together. */
export class UrlFetches {
  readonly #rules: UrlInputRules;
  readonly #signal: AbortSignal | undefined;
  readonly #budget: ByteBudget;
  readonly #until: number;

  /** @param signal aborted when nobody waits for the request any more */
  constructor(rules: UrlInputRules, signal: AbortSignal | undefined) {
    this.#rules = rules;
    this.#signal = signal;
    this.#budget = { left: rules.maxBytes };
    this.#until = performance.now() + rules.timeoutMs;
  }

  /**
   * Fetches a URL that stands where a file is expected.
   * @param field where it stands in the input
   * @throws BENTO_INPUT_INVALID naming the field: also while the bytes are read; the signal's reason
   */
  fetch(url: string, field: FieldPath): Promise<FetchedFile> {
    const timeoutMs = Math.max(1, Math.ceil(this.#until - performance.now()));
    return fetchEgress(url, this.#rules, { budget: this.#budget, timeoutMs, field, signal: this.#signal });
  }
}
