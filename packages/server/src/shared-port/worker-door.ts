import { BentoError, type WorkerInfo } from "@bento/core";
import type { ServiceSpec } from "@bento/sdk";

import { makeNodeHandler } from "../adapters/node-handler.js";
import { prepareParts } from "../app-parts.js";
import type { Executor, ExecutorCall } from "../executor/executor.js";
import type { ServiceOutline } from "../executor/outline.js";
import { makeHostGuard } from "../http/host-guard.js";
import { HttpListener } from "../http-listener.js";
import { defaultLogger, type BufferedLogger } from "../logger.js";
import { allowsOrigins, limitedBy } from "../spec-overrides.js";
import { errorFromHead, errorToHead } from "../wire/wire-error.js";
import type { Notice } from "../wire/notice.js";
import { AskedMetrics } from "./asked-metrics.js";
import { sharedLogFd } from "./descriptors.js";
import type { DoorSettings, FromDoor, ServiceState, ToDoor } from "./notices.js";
import { listenTogether } from "./own-listeners.js";

/** What answers on the port in a worker process. */
export interface WorkerDoorParts {
  readonly spec: ServiceSpec;
  readonly outline: ServiceOutline;
  readonly executor: Executor;
  readonly worker: WorkerInfo;
  /** Tells the server. */
  readonly tell: (notice: FromDoor) => void;
}

/** The port that workers share, seen from a worker: answers its share of the connections, in this process. */
export class WorkerDoor {
  readonly #parts: WorkerDoorParts;
  readonly #metrics: AskedMetrics;
  #listener: HttpListener | undefined;
  #logger: BufferedLogger | undefined;
  #answered = 0;
  #state: ServiceState = { isReady: false };
  /** This worker takes nothing new any more, whatever becomes of the service. */
  #isLeaving = false;

  constructor(parts: WorkerDoorParts) {
    this.#parts = parts;
    this.#metrics = new AskedMetrics(parts.tell, () => this.#answered);
  }

  /** The server says something that concerns the port. */
  take(notice: Notice): void {
    const said = notice as ToDoor;
    switch (said.type) {
      case "listen":
        this.#state = said.state;
        this.#listen(said.door).then(
          () => this.#parts.tell({ type: "listening" }),
          (error: unknown) => this.#parts.tell({ type: "not-listening", error: errorToHead(error) }),
        );
        break;
      case "state":
        this.#state = said.state;
        if (this.#isLeaving && !said.state.isReady) this.#listener?.closeIdle();
        break;
      case "count":
        this.#metrics.tellFigures();
        break;
      case "metrics":
        this.#metrics.takePiece(said.scrape, said.piece);
        break;
      default:
    }
  }

  /** Accepts nothing new, and finishes what it has accepted. */
  async close(finishMs: number): Promise<void> {
    this.#isLeaving = true;
    // Where the service goes on, another worker is there for who comes back.
    await (this.#state.isReady ? this.#listener?.retire(finishMs) : this.#listener?.drain(finishMs));
    this.#metrics.close();
    this.#logger?.close();
  }

  async #listen({ host, port, app: options, name }: DoorSettings): Promise<void> {
    const { spec, outline, worker } = this.#parts;
    const logger = (this.#logger ??= defaultLogger({ fd: sharedLogFd, worker: name }));
    const { allowedHosts, timeout } = options;
    const open = await prepareParts(
      limitedBy(spec, timeout),
      { ...options, logger },
      {
        makeGuard: () => makeHostGuard({ boundHost: host, allowedHosts, allowsOrigins: allowsOrigins(spec, options) }),
        isClosing: () => this.#isLeaving,
        worker,
        jointMetrics: this.#metrics,
      },
    );
    const parts = open({ executor: this.#executor(), outline });
    // Nobody adds routes here, so that most workers need nothing of Hono.
    const handler = parts.cors === false ? makeNodeHandler(parts) : new (await import("../bento-app.js")).BentoApp(parts).node();
    this.#listener = await listenTogether(() => HttpListener.open(handler, { host, port }));
  }

  /** Runs calls here, and counts them; whether the service is well, the server knows. */
  #executor(): Executor {
    const { executor } = this.#parts;
    const state = (): ServiceState => this.#state;
    return {
      run: (call: ExecutorCall) => {
        this.#answered += 1;
        // That it was of use at all is worth knowing at once: it decides what becomes of its place if it dies.
        if (this.#answered === 1) setImmediate(() => this.#metrics.tellFigures());
        return executor.run(call);
      },
      get isReady() {
        return executor.isReady && state().isReady;
      },
      get trouble() {
        const { trouble } = state();
        return trouble === undefined ? undefined : BentoError.from(errorFromHead(trouble));
      },
      models: () => state().models ?? {},
      questions: executor.questions,
      close: () => executor.close(),
    };
  }
}
