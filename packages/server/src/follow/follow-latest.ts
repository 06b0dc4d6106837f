import { BentoError } from "@bento/core";
import type { FollowSpec } from "@bento/sdk/runtime";
import type { ModelStore } from "@bento/store";

import type { Executor } from "../executor/executor.js";
import type { ServiceOutline } from "../executor/outline.js";
import type { Logger } from "../http/log.js";
import type { Pins } from "../workers/messages.js";
import { exactTag } from "../workers/model-cells.js";
import { RegistryPoll } from "./registry-poll.js";
import { watchLatest } from "./watch-latest.js";

/** Who follows, and what. */
export interface FollowOptions {
  readonly service: string;
  readonly executor: Executor;
  readonly follow: FollowSpec;
  /** @default the file store of `BENTOML_HOME` */
  readonly store: ModelStore | undefined;
  readonly logger: Logger | undefined;
  /** Told what the service is with other models. */
  readonly onRenewed: (outline: ServiceOutline) => void;
}

/** Ends a {@link followLatest}. */
export interface Following {
  stop(): void;
}

/**
 * Gives a service the newest version of each model that it declares without one, whenever that is another: what comes to
 * the store by any way, and what comes to the registry, or to a model's address in an OCI registry, which is pulled first.
 *
 * A version with which the service cannot start is not tried again: it goes on as it was until something newer is there.
 */
export async function followLatest(options: FollowOptions): Promise<Following | undefined> {
  const tags = Object.keys(options.executor.followed?.() ?? {});
  if (tags.length === 0) {
    options.logger?.warn({ service: options.service }, `${options.service} follows the newest models, but declares none without a version`);
    return undefined;
  }
  const store = options.store ?? (await import("@bento/store/file-store")).defaultStore();
  return new Follower(options, store, tags);
}

class Follower implements Following {
  readonly #options: FollowOptions;
  readonly #store: ModelStore;
  readonly #tags: readonly string[];
  readonly #stopWatching: () => void;
  readonly #poll: RegistryPoll | undefined;
  /** What the service could not start with. */
  #refused = "";
  #running: Promise<void> | undefined;
  #isAgain = false;
  #isOver = false;

  constructor(options: FollowOptions, store: ModelStore, tags: readonly string[]) {
    this.#options = options;
    this.#store = store;
    this.#tags = tags;
    const { service, executor, follow, logger } = options;
    const onMove = (): void => this.#look();
    this.#stopWatching = watchLatest(store, tags, onMove);
    const { pollMs } = follow;
    // What is in this process alone, nobody but its maker puts models into.
    this.#poll =
      pollMs === undefined || !store.shared
        ? undefined
        : new RegistryPoll({
            service,
            store,
            tags,
            addressOf: (tag) => executor.addresses?.()[tag],
            pollMs,
            logger,
            onPulled: onMove,
          });
    // Something may have come since the start.
    onMove();
  }

  stop(): void {
    this.#isOver = true;
    this.#stopWatching();
    this.#poll?.stop();
  }

  #look(): void {
    if (this.#isOver) return;
    this.#isAgain = this.#running !== undefined;
    this.#running ??= this.#move()
      .catch((error: unknown) =>
        this.#options.logger?.warn({ service: this.#options.service, err: error }, "The newest models cannot be looked up"),
      )
      .finally(() => {
        this.#running = undefined;
        // What moved meanwhile may not have been seen.
        if (this.#isAgain) this.#look();
      });
  }

  async #move(): Promise<void> {
    const { service, executor, logger, onRenewed } = this.#options;
    const served = executor.followed?.() ?? {};
    const newest = await this.#newest(served);
    const moved = Object.entries(newest).filter(([tag, exact]) => exact !== served[tag]);
    const wanted = JSON.stringify(newest);
    if (moved.length === 0 || wanted === this.#refused || this.#isOver) return;
    const fields = { service, from: served, to: newest };
    const models = moved.map(([, exact]) => exact).join(", ");
    const before = moved.map(([tag]) => served[tag] ?? `no ${tag}`).join(", ");
    logger?.info(fields, `${service} moves from ${before} to ${models}`);
    const startedAt = performance.now();
    try {
      const outline = await executor.renew?.(newest);
      const ms = Math.round(performance.now() - startedAt);
      if (outline !== undefined && !this.#isOver) onRenewed(outline);
      logger?.info({ ...fields, ms }, `${service} serves ${models} in place of ${before}, after ${ms} ms`);
    } catch (error) {
      if (this.#isOver) return;
      this.#refused = wanted;
      const why = `${service} goes on with ${before}: it could not start with ${models}, which is not tried again until something newer is there`;
      logger?.error({ ...fields, err: error }, `${why}. ${BentoError.from(error).message}`);
    }
  }

  /** What is gone meanwhile does not take away what is served. */
  async #newest(served: Pins): Promise<Pins> {
    const newest: Record<string, string | null> = {};
    for (const tag of this.#tags) newest[tag] = (await exactTag(this.#store, tag)) ?? served[tag] ?? null;
    return newest;
  }
}
