import type { Duplex } from "node:stream";

import { BentoError } from "@bento/core";
import type { ServiceSpec } from "@bento/sdk";
import { construct, type Constructed, resolveModels, specOf } from "@bento/sdk/runtime";

import { documentApis } from "../../docs/schema-document.js";
import type { ExecutorReply } from "../../executor/executor.js";
import { runHooks } from "../../executor/hooks.js";
import { InProcessExecutor } from "../../executor/in-process.js";
import { outlineOf } from "../../executor/outline.js";
import { parseCallHead } from "../../executor/pool-heads.js";
import { Callee, type IncomingCall } from "../../wire/callee.js";
import { protocolVersion } from "../../wire/frame.js";
import { errorToHead } from "../../wire/wire-error.js";
import type { FromWorker, InitNotice, ToWorker } from "../messages.js";
import { loadService } from "./load-service.js";
import { openStore } from "./open-store.js";
import { WorkerContext } from "./worker-context.js";

/** The life of a worker process. */
export class WorkerRun {
  readonly #server: Callee;
  #executor: InProcessExecutor | undefined;
  #init: InitNotice | undefined;
  #takePins: ((pins: Readonly<Record<string, string>>) => void) | undefined;
  #isStopping = false;

  constructor(socket: Duplex) {
    this.#server = new Callee(socket, {
      onCall: (call) => this.#answer(call),
      onNotice: (notice) => this.#take(notice as ToWorker),
      // Without its server a worker is of no use, and nobody would end it.
      onClose: () => process.exit(this.#isStopping ? undefined : 1),
    });
  }

  #tell(notice: FromWorker): void {
    this.#server.notify(notice);
  }

  #take(notice: ToWorker): void {
    switch (notice.type) {
      case "init":
        this.#start(notice).catch((error: unknown) => this.#tell({ type: "failed", error: errorToHead(error) }));
        break;
      case "pins":
        this.#takePins?.(notice.pins);
        break;
      case "ping":
        this.#tell({ type: "pong", rss: process.memoryUsage.rss() });
        break;
      case "stop":
        void this.#stop();
        break;
      default:
    }
  }

  async #start(init: InitNotice): Promise<void> {
    if (init.version !== protocolVersion) {
      throw new BentoError("BENTO_WORKER_FAILED", `The server speaks version ${init.version} of the worker protocol, this worker ${protocolVersion}.`, {
        hint: "Install one version of @bento/server.",
      });
    }
    this.#init = init;
    const spec = specOf(await loadService(init.entry));
    const documents = await documentApis(spec);
    const constructed = construct(spec, { store: await openStore(init.home) });
    await this.#pin(constructed);
    await resolveModels(constructed);
    const { instance, binding } = constructed;
    this.#executor = new InProcessExecutor({ spec, instance, binding, documents });
    await this.#runStartHooks(spec, constructed);
    this.#tell({ type: "ready", service: outlineOf(spec, documents) });
  }

  /** The server says which version of each model it is, so that all workers serve the same, whenever they start. */
  async #pin({ models, binding }: Constructed): Promise<void> {
    const tags = models.flatMap(({ key }) => (key.startsWith(modelKey) ? [key.slice(modelKey.length)] : []));
    if (tags.length === 0) return;
    const answered = new Promise<Readonly<Record<string, string>>>((resolve) => (this.#takePins = resolve));
    this.#tell({ type: "models", tags });
    const pins = await answered;
    const { defaultStore } = await import("@bento/store");
    for (const [tag, exact] of Object.entries(pins)) {
      const store = binding.store ?? defaultStore();
      binding.cells.set(modelKey + tag, { value: { of: await store.get(exact) }, pending: undefined });
    }
  }

  async #runStartHooks(spec: ServiceSpec, { instance, binding }: Constructed): Promise<void> {
    await runHooks(spec.name, "startup", spec.startup, instance, binding);
  }

  #answer(call: IncomingCall): void {
    const executor = this.#executor as InProcessExecutor;
    const head = parseCallHead(call.head);
    const context = new WorkerContext(head, (this.#init as InitNotice).worker);
    call.onCancel = (reason) => context.interrupt(reason);
    try {
      const result = executor.run({
        api: head.api,
        body: { bytes: call.takeBody() },
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

  #reply(call: IncomingCall, { status, headers, body }: ExecutorReply): void {
    call.reply(JSON.stringify([status, headers]), body);
  }

  /** Finishes what is in flight, runs the shutdown hooks, and ends the process. */
  async #stop(): Promise<void> {
    this.#isStopping = true;
    await this.#server.idle();
    try {
      await this.#executor?.close();
    } catch (error) {
      console.error(error);
      process.exitCode = 1;
    }
    await this.#server.end();
    process.exit();
  }
}

/** What the key of a reference to a model of the model store begins with. */
const modelKey = "bentoml:";
