import type { RequestListener } from "node:http";

import { HttpListener, type ListenAddress } from "../http-listener.js";

/**
 * Keeps the port while no worker listens on it: this process answers meanwhile, as far as it can without them. Each of its
 * answers ends the connection, so that the next request goes to a worker again.
 */
export class StandIn {
  readonly #handler: RequestListener;
  readonly #address: ListenAddress;
  readonly #drainTimeoutMs: number;
  #open: Promise<HttpListener | undefined> | undefined;

  constructor(handler: RequestListener, address: ListenAddress, drainTimeoutMs: number) {
    this.#handler = (request, response) => {
      response.shouldKeepAlive = false;
      handler(request, response);
    };
    this.#address = address;
    this.#drainTimeoutMs = drainTimeoutMs;
  }

  /** Listens. A port that is not to be had is not held either; the next worker will say so. */
  open(): void {
    this.#open ??= HttpListener.open(this.#handler, this.#address).catch(() => undefined);
  }

  /** Lets go of the port. @returns the end of what it still answers */
  async close(): Promise<{ readonly drained: Promise<void> }> {
    const listener = await this.#open;
    this.#open = undefined;
    // The port is free as soon as that is called.
    return { drained: listener?.drain(this.#drainTimeoutMs) ?? Promise.resolve() };
  }
}
