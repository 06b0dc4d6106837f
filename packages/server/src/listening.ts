import { BentoError } from "@bento/core";

import type { BentoApp } from "./bento-app.js";
import type { BentoServer } from "./bento-server.js";
import type { Executor } from "./executor/executor.js";

/** What takes connections. */
export interface Door {
  readonly port: number;
  /** Takes nothing new; resolves when every answer has left, at the latest after the time. */
  drain(timeoutMs: number): Promise<void>;
  /** Breaks every connection off. */
  force(): void;
}

/** Options of a {@link Listening}. */
export interface ListeningOptions {
  readonly drainTimeoutMs: number;
  readonly onDrain: () => void;
  readonly onClosed: () => void;
  readonly executor: Executor;
  /** Whether the process is there for the server alone: then its exit code is the server's. */
  readonly ownsProcess: boolean;
}

/** A server that listens, and how it stops. */
export class Listening<S> implements BentoServer<S> {
  readonly app: BentoApp<S>;
  readonly url: string;
  readonly port: number;
  readonly closed: Promise<void>;
  readonly #door: Door;
  readonly #options: ListeningOptions;
  #settleClosed!: (closing: Promise<void>) => void;
  #closing: Promise<void> | undefined;

  constructor(app: BentoApp<S>, door: Door, url: string, options: ListeningOptions) {
    this.app = app;
    this.url = url;
    this.port = door.port;
    this.#door = door;
    this.#options = options;
    this.closed = new Promise((resolve) => (this.#settleClosed = resolve));
    // Whoever calls close() hears of a failure; somebody who only waits for the end must not be made to.
    this.closed.catch(() => undefined);
    void options.executor.hopeless?.then((error) => this.#giveUp(error));
  }

  close(): Promise<void> {
    if (!this.#closing) {
      const { trouble } = this.#options.executor;
      this.#closing = this.#drain();
      // Whoever closes it knows nothing of how it was; whoever waits for the end is to hear of it.
      this.#settleClosed(BentoError.is(trouble, "BENTO_CRASH_LOOP") ? this.#closing.then(() => Promise.reject(trouble)) : this.#closing);
    }
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Breaks every connection off, and ends workers without their shutdown hooks. */
  force(): void {
    this.#door.force();
    this.#options.executor.kill?.();
  }

  /** Nothing would be answered any more: whoever watches the process is to see it fail. */
  #giveUp(reason: BentoError): void {
    if (this.#closing) return;
    this.#closing = this.#fail(reason);
    this.#closing.catch(() => undefined);
    this.#settleClosed(this.#closing);
  }

  async #fail(reason: BentoError): Promise<never> {
    await this.#drain();
    throw reason;
  }

  async #drain(): Promise<void> {
    const { drainTimeoutMs, onDrain, onClosed, executor, ownsProcess } = this.#options;
    if (ownsProcess && BentoError.is(executor.trouble, "BENTO_CRASH_LOOP")) process.exitCode = 1;
    onDrain();
    try {
      await this.#door.drain(drainTimeoutMs);
      await this.app.close();
    } finally {
      onClosed();
    }
  }
}
