import { BentoError } from "@bento/core";
import { randomUUID } from "node:crypto";
import type { CollectionLease } from "../catalog/collection-lease.js";

/** Longer than anything takes that is done between two looks at the lease, and shorter than the pause before the next collection. */
export const usualLeaseMs = 300_000;

/** The right to collect while no other server over the same database does. */
export class Lease implements AsyncDisposable {
  readonly #catalog: CollectionLease;
  readonly #holder = randomUUID();
  readonly #ms: number;
  /** When it was taken or renewed last, at the earliest. */
  #since = clocks();

  private constructor(catalog: CollectionLease, ms: number) {
    this.#catalog = catalog;
    this.#ms = ms;
  }

  /** Takes it; undefined where another server collects. */
  static async take(catalog: CollectionLease, ms: number): Promise<Lease | undefined> {
    const lease = new Lease(catalog, ms);
    return (await catalog.leaseCollection(lease.#holder, ms)) ? lease : undefined;
  }

  /**
   * To be asked before every step that does harm where another server collects too: renews the lease in good time.
   * @throws BENTO_CONFLICT where another server has taken it over
   */
  async hold(): Promise<void> {
    if (msSince(this.#since) < this.#ms / 3) return;
    const now = clocks();
    if (!(await this.#catalog.renewCollection(this.#holder, this.#ms))) throw lost(this.#ms);
    this.#since = now;
  }

  /** Lets others collect. Where the database cannot be told, the lease ends by itself. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#catalog.endCollection(this.#holder).catch(() => {});
  }
}

/** Of these one stands still while the machine sleeps, and the other may be put back. */
interface Clocks {
  readonly wall: number;
  readonly running: number;
}

function clocks(): Clocks {
  return { wall: Date.now(), running: performance.now() };
}

function msSince({ wall, running }: Clocks): number {
  return Math.max(Date.now() - wall, performance.now() - running);
}

function lost(ms: number): BentoError {
  return new BentoError("BENTO_CONFLICT", `Another server has taken the collection over: this one was not heard of for ${ms} ms.`, {
    hint: "Nothing is lost. Look whether this machine was asleep, or its disk or bucket stands still.",
  });
}
