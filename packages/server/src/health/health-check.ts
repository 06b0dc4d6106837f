import { setTimeout as sleep } from "node:timers/promises";

import { BentoError } from "@bento/core";

import type { Complaint } from "./ask-hooks.js";

/** What a service says of itself when it is asked, one question at a time: whoever asks meanwhile gets the same answer. */
export class HealthCheck {
  readonly #ask: () => Promise<Complaint>;
  readonly #onComplaint: (complaint: Exclude<Complaint, null>) => void;
  readonly #patienceMs: number;
  #asking: Promise<boolean> | undefined;
  /** What was complained of last, so that the log has it once. */
  #last = "";

  /**
   * @param onComplaint told why it is not well, once for each reason that is not the last one
   * @param patienceMs how long it may take to say so, in milliseconds; an orchestrator has less patience as a rule
   */
  constructor(ask: () => Promise<Complaint>, onComplaint: (complaint: Exclude<Complaint, null>) => void, patienceMs = 5000) {
    this.#ask = ask;
    this.#onComplaint = onComplaint;
    this.#patienceMs = patienceMs;
  }

  /** Whether all is well; never fails. */
  isWell(): Promise<boolean> {
    this.#asking ??= this.#answer().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  async #answer(): Promise<boolean> {
    const over = new AbortController();
    const late = sleep(this.#patienceMs, tooLate, { signal: over.signal, ref: false });
    const complaint = await Promise.race([this.#ask().catch(asComplaint), late]);
    over.abort();
    late.catch(() => undefined);
    const reason = JSON.stringify(complaint);
    if (complaint !== null && reason !== this.#last) this.#onComplaint(complaint);
    this.#last = reason;
    return complaint === null;
  }
}

const tooLate: Complaint = { hook: "", problem: "did not answer in time" };

/** Nobody could be asked: a worker has died meanwhile. */
function asComplaint(thrown: unknown): Complaint {
  return { hook: "", problem: `could not be asked: ${BentoError.from(thrown).message}` };
}
