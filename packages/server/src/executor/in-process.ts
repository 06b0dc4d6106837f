import { type BatchPolicy, BentoError, type JsonSchema, type Sequence } from "@bento/core";
import type { ApiSpec, ServiceSpec } from "@bento/sdk";
import { type Binding, runWithContext } from "@bento/sdk/runtime";

import { BatchCounter, type BatchFigures } from "../batching/batch-counter.js";
import type * as Continuing from "../continuous/continuous-endpoint.js";
import type * as Answering from "../answers/kind-answer.js";
import { kindsIn } from "../answers/kinds-in.js";
import { type Decoder, makeDecoder } from "../http/decode.js";
import { bodyFor, type Encoder, makeEncoder, successHeaders, successStatus } from "../http/encode.js";
import { isResponse, ownReply } from "../http/own-response.js";
import { plainItemOf } from "../http/plain-arrays.js";
import { chooseFraming, iteratorOf, openStream, streamTypes } from "../http/stream.js";
import { mayHoldArrays } from "../packing/packing.js";
import type * as Unpacking from "../packing/unpack.js";
import { isInputStream } from "../input-streams/input-plan.js";
import type * as Opening from "../input-streams/open-input.js";
import { servedModels } from "../workers/model-cells.js";
import type { CallContext, Executor, ExecutorCall, ExecutorReply, ServedModels } from "./executor.js";
import type { BatchLane } from "./batch-lane.js";
import type { BatchSteps } from "./batch-run.js";
import { isEndedBy } from "./ended-by-signal.js";
import type * as Gathering from "./gathered-endpoint.js";
import { isPromise, judgeInput, judgeOutput } from "./judge.js";
import { SideCalls } from "./side-calls.js";
import { runHooks } from "./hooks.js";
import { isItemSource, strayIterator } from "./stray-iterator.js";

/** The JSON Schemas of an endpoint, from which its decoder and encoder are made. */
export interface ApiDocument {
  readonly input: JsonSchema;
  readonly output: JsonSchema;
}

/** What an in-process executor runs: a service's instance, with its start-up hooks already behind it. */
export interface RunningService {
  readonly spec: ServiceSpec;
  readonly instance: object;
  readonly binding: Binding;
  /** By wire name of the endpoint. */
  readonly documents: ReadonlyMap<string, ApiDocument>;
  /** How calls are gathered into batches, in place of what their endpoints say: where another process has gathered them already. */
  readonly batchPolicy?: BatchPolicy;
  /** Told once of each endpoint whose policy had to be overruled. */
  readonly onOverruled?: (error: BentoError) => void;
}

interface Endpoint {
  readonly api: ApiSpec;
  readonly decode: Decoder;
  /** Where a body may be read while it comes. */
  readonly openInput: Opening.OpenInput | undefined;
  readonly encoder: Encoder;
  /** In place of the encoder, where results may be files or bytes, or hold such. */
  readonly answerKind: Answering.KindAnswer | undefined;
  /** Checks an item of a stream, and gives what is sent for it. */
  readonly checkItem: (item: unknown) => unknown;
  /** Where calls are gathered into batches, or run together step by step. */
  readonly gathered: Gathering.GatheredEndpoint | Continuing.ContinuousEndpoint | undefined;
  /** Counts its batches, unless another process gathers them. */
  readonly counter: BatchCounter | undefined;
}

/** What only some services need, and others would start later for. */
interface Gatherers {
  readonly gathering: typeof Gathering | undefined;
  readonly continuing: typeof Continuing | undefined;
  readonly answering: typeof Answering | undefined;
  readonly unpacking: typeof Unpacking | undefined;
  readonly opening: typeof Opening | undefined;
  /** Apps of others, by what they are called by. */
  readonly mounts: ReadonlyMap<string, Pick<Executor, "run">>;
}

/**
 * Runs calls in this process, on one instance.
 *
 * Nothing is serialised on the way: the value that was decoded is the one that the method gets, and as long as schema and
 * method are synchronous the whole call is.
 */
export class InProcessExecutor implements Executor {
  readonly #service: RunningService;
  readonly #endpoints: ReadonlyMap<string, Endpoint>;
  readonly #shutdownTimeoutMs: number | undefined;
  readonly questions: SideCalls;
  #closing: Promise<void> | undefined;

  private constructor(service: RunningService, gatherers: Gatherers, shutdownTimeoutMs: number | undefined) {
    this.#service = service;
    this.questions = new SideCalls(service, gatherers.mounts);
    this.#shutdownTimeoutMs = shutdownTimeoutMs;
    this.#endpoints = new Map(service.spec.apis.map((api) => [api.name, makeEndpoint(api, service, gatherers)]));
  }

  /** @param shutdownTimeoutMs milliseconds that the shutdown hooks get; @default as long as they like */
  static async open(service: RunningService, shutdownTimeoutMs?: number): Promise<InProcessExecutor> {
    const { apis } = service.spec;
    const gathering = apis.some(({ batch }) => batch !== undefined) ? await import("./gathered-endpoint.js") : undefined;
    const isStepWise = apis.some(({ continuous }) => continuous !== undefined);
    const continuing = isStepWise ? await import("../continuous/continuous-endpoint.js") : undefined;
    const documents = [...service.documents.values()];
    const answering = documents.some(({ output }) => kindsIn(output).size > 0) ? await import("../answers/kind-answer.js") : undefined;
    const unpacking = documents.some(({ input }) => mayHoldArrays(input)) ? await import("../packing/unpack.js") : undefined;
    const opening = documents.some(({ input }) => isInputStream(input)) ? await import("../input-streams/open-input.js") : undefined;
    const { spec, binding } = service;
    const mounts = spec.mounts.length > 0 ? (await import("../mounts/mounted-app.js")).mountedApps(spec, binding) : new Map<never, never>();
    return new InProcessExecutor(service, { gathering, continuing, answering, unpacking, opening, mounts }, shutdownTimeoutMs);
  }

  get isReady(): boolean {
    return this.#closing === undefined;
  }

  /** What it runs. */
  get spec(): ServiceSpec {
    return this.#service.spec;
  }

  models(): ServedModels {
    return servedModels(this.#service.binding);
  }

  batches(): Readonly<Record<string, BatchFigures>> {
    const counters = [...this.#endpoints].flatMap(([name, { counter }]) =>
      counter === undefined ? [] : [[name, counter.figures()] as const],
    );
    return Object.fromEntries(counters);
  }

  run(call: ExecutorCall): ExecutorReply | Promise<ExecutorReply> {
    if (this.#closing) throw new BentoError("BENTO_UNAVAILABLE", "The service is shut down.");
    const endpoint = this.#endpoints.get(call.api);
    if (!endpoint) return this.#runBeside(call);
    if (endpoint.gathered === undefined) call.context.begin();
    const result = judgeInput(endpoint.api, decodedInput(endpoint, call), call.body);
    return isPromise(result) ? result.then((input) => this.#invoke(endpoint, input, call)) : this.#invoke(endpoint, result, call);
  }

  close(): Promise<void> {
    const { spec, instance, binding } = this.#service;
    const run = { service: spec.name, instance, binding, timeoutMs: this.#shutdownTimeoutMs };
    for (const { gathered } of this.#endpoints.values()) gathered?.close();
    return (this.#closing ??= runHooks("shutdown", spec.shutdown, run));
  }

  #runBeside(call: ExecutorCall): ExecutorReply | Promise<ExecutorReply> {
    call.context.begin();
    const given = this.questions.run(call);
    if (given !== undefined) return given;
    throw new BentoError("BENTO_ROUTE_NOT_FOUND", `The service has no endpoint ${JSON.stringify(call.api)}.`);
  }

  #invoke(endpoint: Endpoint, input: unknown, call: ExecutorCall): ExecutorReply | Promise<ExecutorReply> {
    const { api, gathered } = endpoint;
    if (gathered !== undefined) return gathered.run(input, call);
    const { instance, binding } = this.#service;
    const result = runWithContext(call.context, binding, () => api.invoke(instance, input, call.context));
    if (api.stream) return this.#stream(endpoint, result, call);
    if (isPromise(result)) return result.then((value) => answer(endpoint, value, call, call.context));
    return answer(endpoint, result, call, call.context);
  }

  async #stream(endpoint: Endpoint, result: unknown, call: ExecutorCall): Promise<ExecutorReply> {
    return streamed(endpoint, stepsOf(endpoint.api, await result, this.#service.binding, call.context), call, call.context);
  }
}

function decodedInput({ decode, openInput }: Endpoint, { body, context }: ExecutorCall): unknown {
  return "input" in body ? openInput?.(body.input, context) : decode(body);
}

function documentOf({ documents }: RunningService, api: string): ApiDocument {
  return documents.get(api) ?? { input: {}, output: {} };
}

function makeEndpoint(
  api: ApiSpec,
  service: RunningService,
  { gathering, continuing, answering, unpacking, opening }: Gatherers,
): Endpoint {
  const { input, output } = documentOf(service, api.name);
  const { isObject } = api.input;
  const { maxSize } = api.batch ?? api.continuous ?? {};
  const isCounted = api.batch === undefined || service.batchPolicy === undefined;
  const counter = maxSize === undefined || !isCounted ? undefined : new BatchCounter(maxSize);
  const decode = makeDecoder(input, isObject, unpacking?.makeArrayReaders(input, isObject));
  const isStreamed = opening !== undefined && isInputStream(input);
  const coding = {
    decode: isStreamed ? opening.inTurns(decode) : decode,
    openInput: isStreamed ? opening.inputOpener(input) : undefined,
    encoder: makeEncoder(output),
    answerKind: kindsIn(output).size > 0 ? answering?.makeKindAnswer(output) : undefined,
    checkItem: itemChecker(api, answering?.makePlainItem(output) ?? plainItemOf(output)),
  };
  const endpoint = { api, ...coding, gathered: undefined, counter };
  const gathered = gathering && gatheredOf(endpoint, service, gathering);
  return { ...endpoint, gathered: gathered ?? (continuing && continuousOf(endpoint, service, continuing)) };
}

function itemChecker(api: ApiSpec, plain: ((item: unknown) => unknown) | undefined): Endpoint["checkItem"] {
  if (plain === undefined) return (item) => judgeOutput(api, item);
  return (item) => {
    const accepted = judgeOutput(api, item);
    return isPromise(accepted) ? accepted.then(plain) : plain(accepted);
  };
}

/** The items of a generator, whose body runs in the surroundings of whoever asks for the next one. */
function stepsOf(api: ApiSpec, returned: unknown, binding: Binding, context: CallContext): BatchSteps {
  const iterator = iteratorOf(returned, api.name);
  return {
    next: async () => runWithContext(context, binding, () => iterator.next()),
    stop: async () => runWithContext(context, binding, () => iterator.return?.()),
  };
}

async function streamed(
  { checkItem: check }: Endpoint,
  { next, stop }: BatchSteps,
  call: ExecutorCall,
  context: CallContext,
): Promise<ExecutorReply> {
  const framing = chooseFraming(call.accept);
  const onLateError = (error: unknown): void => {
    if (!isEndedBy(context.signal, error)) call.onLateError(error);
  };
  const body = await openStream({ framing, next, stop, check, onLateError });
  const changed = context.changedResponse;
  return { status: successStatus(changed), headers: successHeaders(streamTypes[framing], changed), body };
}

function gatheredOf(
  endpoint: Endpoint,
  service: RunningService,
  { GatheredEndpoint: Gathered }: typeof Gathering,
): Gathering.GatheredEndpoint | undefined {
  const { api } = endpoint;
  const { instance, binding, batchPolicy, onOverruled } = service;
  if (api.batch === undefined) return undefined;
  return new Gathered({
    name: api.name,
    batch: api.batch,
    output: documentOf(service, api.name).output,
    maxQueue: maxQueueOf(service),
    policy: batchPolicy,
    invoke: (input, context) => runWithContext(context, binding, () => api.invoke(instance, input, context)),
    steps: api.stream ? (returned, context) => stepsOf(api, returned, binding, context) : undefined,
    answer: (output, call, context) => {
      if (!api.stream) return answer(endpoint, output, call, context);
      const lane = output as BatchLane;
      return streamed(endpoint, { next: async () => lane.next(), stop: async () => lane.return() }, call, context);
    },
    counter: endpoint.counter,
    onOverruled,
  });
}

function continuousOf(
  endpoint: Endpoint,
  service: RunningService,
  { ContinuousEndpoint: Continuous }: typeof Continuing,
): Continuing.ContinuousEndpoint | undefined {
  const { api, counter } = endpoint;
  const { instance, binding } = service;
  if (api.continuous === undefined) return undefined;
  return new Continuous({
    name: api.name,
    continuous: api.continuous,
    maxQueue: maxQueueOf(service),
    invoke: (sequences: readonly Sequence[], context) => runWithContext(context, binding, () => api.invoke(instance, sequences, context)),
    answer: (items, call) => streamed(endpoint, { next: () => items.next(), stop: () => items.return() }, call, call.context),
    counter,
  });
}

/** How many calls may wait here. What another process has dealt out it has counted, too. */
function maxQueueOf({ spec, batchPolicy }: RunningService): number {
  return batchPolicy === undefined ? (spec.traffic.maxQueue ?? Infinity) : Infinity;
}

function answer(
  endpoint: Endpoint,
  value: unknown,
  { accept: wanted }: ExecutorCall,
  context: CallContext,
): ExecutorReply | Promise<ExecutorReply> {
  if (isResponse(value)) return ownReply(value, context.changedResponse);
  if (isItemSource(value) && !(endpoint.answerKind !== undefined && value instanceof ReadableStream))
    throw strayIterator(endpoint.api, value);
  const accepted = judgeOutput(endpoint.api, value);
  if (isPromise(accepted)) return accepted.then((output) => encoded(endpoint, output, wanted, context));
  return encoded(endpoint, accepted, wanted, context);
}

function encoded(
  { encoder, answerKind }: Endpoint,
  output: unknown,
  wanted: string | undefined,
  context: CallContext,
): ExecutorReply | Promise<ExecutorReply> {
  const changed = context.changedResponse;
  if (answerKind !== undefined) return answerKind(output, { accept: wanted, changed });
  const status = successStatus(changed, encoder.isNothing(output) ? 204 : 200);
  return { status, headers: successHeaders(encoder.contentType, changed), body: bodyFor(status, encoder.encode(output)) };
}
