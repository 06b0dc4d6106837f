import type { BentoApp } from "./bento-app.js";

/** A listening server; what `serve` gives. */
export interface BentoServer<S = unknown> extends AsyncDisposable {
  /** Where it is to be asked: `http://127.0.0.1:3000`. */
  readonly url: string;
  readonly port: number;
  /**
   * The service without a socket, in the same workers. Routes that are added to it are served on the port as well, unless
   * workers share that: then requests do not come through this process.
   */
  readonly app: BentoApp<S>;
  /**
   * Resolves when the server is closed, whoever closed it.
   * @throws BENTO_CRASH_LOOP when it gave up on its workers, or was closed while they died again and again
   */
  readonly closed: Promise<void>;
  /**
   * Drains and closes: `/readyz` turns 503, nothing new is accepted, requests in flight finish within `drainTimeoutMs`,
   * then the shutdown hooks run. Once, however often it is called.
   */
  close(): Promise<void>;
}
