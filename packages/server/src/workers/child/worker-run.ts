import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import type { Duplex } from "node:stream";
import { inspect } from "node:util";

import { BentoError } from "@bento/core";
import { type Constructed, measureFigures, resolveModels, specOf } from "@bento/sdk/runtime";

import { eagerPolicy } from "../../batching/eager-policy.js";
import { documentApis } from "../../docs/schema-document.js";
import type { ExecutorReply } from "../../executor/executor.js";
import { runHooks } from "../../executor/hooks.js";
import { InProcessExecutor } from "../../executor/in-process.js";
import type { CallBody } from "../../http/incoming.js";
import { neverBegun } from "../../http/out-of-time.js";
import { outlineOf, type ServiceOutline } from "../../executor/outline.js";
import { type CallHead, parseCallHead, replyHead } from "../../executor/pool-heads.js";
import { Callee } from "../../wire/callee.js";
import type { IncomingCall } from "../../wire/incoming-call.js";
import { protocolVersion } from "../../wire/frame.js";
import { errorToHead } from "../../wire/wire-error.js";
import type { WorkerDoor } from "../../shared-port/worker-door.js";
import type { FromWorker, InitNotice, ModelsNotice, PinsNotice, ToWorker } from "../messages.js";
import { loadService } from "./load-service.js";
import { openStore } from "./open-store.js";
import { constructPinned } from "./pinned-models.js";
import { residentMemory } from "./resident-memory.js";
import { WorkerContext } from "./worker-context.js";

/** The life of a worker process. */
export class WorkerRun {
  readonly #server: Callee;
  #executor: InProcessExecutor | undefined;
  #outline: ServiceOutline | undefined;
  #init: InitNotice | undefined;
  /** Settles when the start is over, well or not. */
  #started: Promise<void> = Promise.resolve();
  #takePins: ((told: PinsNotice) => void) | undefined;
  /** Where it takes connections by itself. */
  #door: Promise<WorkerDoor> | undefined;
  #isStopping = false;

  /** Begins it, on the connection to the server. */
  static begin(socket: Duplex): void {
    // It lives on in its listeners.
    void new WorkerRun(socket);
  }

  private constructor(socket: Duplex) {
    this.#server = new Callee(socket, {
      onCall: (call) => this.#answer(call),
      onNotice: (notice) => this.#take(notice as ToWorker),
      // Without its server a worker is of no use, and nobody would end it.
      onClose: (error) => {
        if (error !== undefined && !this.#isStopping) complain(error);
        process.exit(this.#isStopping ? undefined : 1);
      },
    });
    process.on("uncaughtException", (error) => void this.#crash(error));
  }

  #tell(notice: FromWorker): void {
    this.#server.notify(notice);
  }

  #take(notice: ToWorker): void {
    switch (notice.type) {
      case "init":
        this.#started = this.#start(notice).catch((error: unknown) => this.#tell({ type: "failed", error: errorToHead(error) }));
        break;
      case "pins":
        this.#takePins?.(notice);
        break;
      case "ping":
        this.#tell({ type: "pong", rss: residentMemory() });
        this.#tellFigures();
        break;
      case "stop":
        void this.#stop(notice.finishMs);
        break;
      default:
        void this.#openDoor().then((door) => door.take(notice));
    }
  }

  /** Loads what only a worker needs that takes connections by itself. */
  #openDoor(): Promise<WorkerDoor> {
    return (this.#door ??= import("../../shared-port/worker-door.js").then(({ WorkerDoor: Door }) => {
      const executor = this.#executor as InProcessExecutor;
      const outline = this.#outline as ServiceOutline;
      const { worker } = this.#init as InitNotice;
      return new Door({ spec: executor.spec, outline, executor, worker, tell: (notice) => this.#server.notify(notice) });
    }));
  }

  async #start(init: InitNotice): Promise<void> {
    if (init.version !== protocolVersion) {
      throw new BentoError(
        "BENTO_WORKER_FAILED",
        `The server speaks version ${init.version} of the worker protocol, this worker ${protocolVersion}.`,
        {
          hint: "Install one version of @bento/server.",
        },
      );
    }
    this.#init = init;
    await this.#begin(`loading ${init.entry.url}`);
    const spec = specOf(await loadService(init.entry));
    const documents = await documentApis(spec);
    const service = (this.#outline = outlineOf(spec, documents));
    if (init.onlyLoads) return this.#tell({ type: "ready", service, rss: residentMemory() });
    const store = await openStore(init.home);
    await this.#begin("constructing the service");
    const constructed = await constructPinned(spec, store, init.pins, (models) => this.#askPins(models));
    await this.#begin("looking for its models");
    await resolveModels(constructed);
    const { instance, binding } = constructed;
    // The server has gathered what comes together.
    this.#executor = await InProcessExecutor.open({ spec, instance, binding, documents, batchPolicy: eagerPolicy }, init.shutdownTimeoutMs);
    await this.#runStartHooks(this.#executor, constructed);
    this.#tell({ type: "ready", service, rss: residentMemory() });
  }

  /** Lets the server know what comes next, before it can block the event loop. */
  async #begin(doing: string): Promise<void> {
    if (this.#isStopping) throw new BentoError("BENTO_UNAVAILABLE", "The worker was told to stop before it was ready.");
    this.#tell({ type: "phase", doing });
    await nextTurn();
  }

  /** The server says which version of each model it is, so that all workers serve the same, whenever they start. */
  async #askPins(models: Omit<ModelsNotice, "type">): Promise<PinsNotice> {
    const pins = new Promise<PinsNotice>((resolve) => (this.#takePins = resolve));
    this.#tell({ type: "models", ...models });
    return pins;
  }

  /** What a failing start opened is closed. */
  async #runStartHooks(executor: InProcessExecutor, { instance, binding }: Constructed): Promise<void> {
    const { name, startup } = executor.spec;
    try {
      await runHooks("startup", startup, { service: name, instance, binding, onBegin: (doing) => this.#begin(doing) });
    } catch (failure) {
      // The failure of the start is what there is to tell; what fails after it is its consequence.
      await executor.close().catch(() => undefined);
      throw failure;
    }
  }

  #answer(call: IncomingCall): void {
    const head = parseCallHead(call.head);
    const { time } = head;
    // It waited until nobody can be answered in time any more, as its server may not have come to say yet.
    if (time !== undefined && performance.now() >= time.end) return call.fail(neverBegun(time));
    const context = new WorkerContext(head, (this.#init as InitNotice).worker);
    const onCancel = (reason: Error): void => context.interrupt(reason);
    call.onCancel = onCancel;
    const { input } = call;
    if (input !== undefined) {
      import("../../input-streams/worker-input.js")
        .then(({ workerInput }) => this.#run(call, head, context, workerInput(call, head, input, context)))
        .catch((error: unknown) => call.fail(error));
      return;
    }
    const bytes = call.takeBody();
    if (head.words === undefined) return this.#run(call, head, context, { bytes });
    // What reads forms and files most workers have no use of.
    import("../../bodies/received-body.js")
      .then(({ receivedBody }) => this.#run(call, head, context, receivedBody(head.words, bytes)))
      .catch((error: unknown) => call.fail(error));
  }

  #run(call: IncomingCall, head: CallHead, context: WorkerContext, body: CallBody): void {
    const executor = this.#executor as InProcessExecutor;
    try {
      const result = executor.run({
        api: head.api,
        body,
        accept: head.accept,
        context,
        onLateError: (error) => call.note(error),
      });
      if (result instanceof Promise) {
        result.then(
          (reply) => this.#reply(call, reply),
          (error: unknown) => call.fail(error),
        );
      } else this.#reply(call, result);
    } catch (error) {
      call.fail(error);
    }
  }

  /** What comes together in this process, nobody else can count. */
  #tellFigures(): void {
    const batches = this.#executor?.batches() ?? {};
    if (Object.keys(batches).length > 0) this.#tell({ type: "batches", batches });
    const measures = measureFigures();
    if (Object.keys(measures).length > 0) this.#tell({ type: "measures", measures });
  }

  #reply(call: IncomingCall, reply: ExecutorReply): void {
    call.reply(replyHead(reply), reply.body);
  }

  /** Finishes what is in flight, runs the shutdown hooks, and ends the process. */
  async #stop(finishMs: number): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    // Hooks that have begun are not broken off: what they open must be there for the shutdown hooks to let go of.
    await this.#started;
    await (await this.#door)?.close(finishMs);
    await Promise.race([this.#server.idle(), sleep(finishMs)]);
    this.#tellFigures();
    try {
      await this.#executor?.close();
    } catch (error) {
      complain(error);
      this.#tell({ type: "failed", error: errorToHead(error) });
      process.exitCode = 1;
    }
    await this.#server.end();
    process.exit();
  }

  /** Something was thrown where nobody catches it. As without a server, that is the end, unless the service wants it otherwise. */
  async #crash(error: unknown): Promise<void> {
    if (process.listenerCount("uncaughtException") > 1) return;
    complain(error);
    this.#tell({ type: "failed", error: errorToHead(error) });
    await this.#server.end();
    process.exit(1);
  }
}

/** As Node tells of what nobody caught. */
function complain(error: unknown): void {
  process.stderr.write(`${inspect(error)}\n`);
}
