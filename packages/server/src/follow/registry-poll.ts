import { setTimeout as sleep } from "node:timers/promises";

import { BentoError } from "@bento/core";
import { pullNewest } from "@bento/sdk/runtime";
import type { ModelStore } from "@bento/store";

import type { Logger } from "../http/log.js";

/** What a {@link RegistryPoll} asks for. */
export interface RegistryPollOptions {
  readonly service: string;
  readonly store: ModelStore;
  readonly tags: readonly string[];
  /** Where a model is in an OCI registry, if it comes from there. */
  readonly addressOf: (tag: string) => string | undefined;
  /** Milliseconds between two questions, a tenth more or less. */
  readonly pollMs: number;
  readonly logger: Logger | undefined;
  /** Told when something newer may be in the store. */
  readonly onPulled: () => void;
}

/** Servers that were started together must not ask together for ever. */
const jitter = 0.1;

/** Asks the registry for the newest version of models every now and then, and pulls what the store does not have. */
export class RegistryPoll {
  readonly #options: RegistryPollOptions;
  readonly #over = new AbortController();
  /** What went wrong last, so that the log has it once. */
  readonly #complaints = new Map<string, string>();

  constructor(options: RegistryPollOptions) {
    this.#options = options;
    void this.#run();
  }

  stop(): void {
    this.#over.abort(new BentoError("BENTO_CANCELLED", "The server is shut down."));
  }

  async #run(): Promise<void> {
    const { pollMs, tags, service, logger } = this.#options;
    const { signal } = this.#over;
    let asked = tags;
    while (!signal.aborted && asked.length > 0) {
      const alone: string[] = [];
      for (const tag of asked) if ((await this.#ask(tag)) === "no registry") alone.push(tag);
      asked = asked.filter((tag) => !alone.includes(tag));
      if (alone.length > 0) {
        const models = asked.length === 0 ? "" : ` of ${alone.join(", ")}`;
        logger?.info({ service }, `${service} follows what comes${models} to the model store alone: no registry is set up`);
      }
      const pause = pollMs * (1 - jitter + 2 * jitter * Math.random());
      await sleep(pause, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  async #ask(tag: string): Promise<"asked" | "no registry"> {
    const { service, store, addressOf, logger, onPulled } = this.#options;
    try {
      const isThere = await pullNewest(tag, { store, from: addressOf(tag), watch: { signal: this.#over.signal, logger } });
      if (!isThere) return "no registry";
      this.#complaints.delete(tag);
      onPulled();
    } catch (error) {
      const { message } = BentoError.from(error);
      const isNews = this.#complaints.get(tag) !== message;
      this.#complaints.set(tag, message);
      if (isNews && !this.#over.signal.aborted) logger?.warn({ service, err: error }, `${message} It is asked again later.`);
    }
    return "asked";
  }
}
