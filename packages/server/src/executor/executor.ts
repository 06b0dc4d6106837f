import type { BentoError, Context, ContextResponse } from "@bento/core";

import type { BatchFigures } from "../batching/batch-counter.js";
import type { Complaint } from "../health/ask-hooks.js";
import type { CallBody } from "../http/incoming.js";
import type { Measures } from "../http/measures.js";
import type { CallTime } from "../http/out-of-time.js";
import type { Reply } from "../http/reply.js";
import type { Addresses, Pins } from "../workers/messages.js";
import type { ServiceOutline } from "./outline.js";

/** The context of a call, as an executor sees it. */
export interface CallContext extends Context {
  /** What the method set for its answer; `undefined` when it never looked at `response`, which is then never made. */
  readonly changedResponse: ContextResponse | undefined;
  /** The request's headers, names and values by turns: what costs nothing to pass on. */
  readonly rawHeaders: readonly string[];
  /** How long it may take; `undefined`: as long as it likes. */
  readonly time: CallTime | undefined;
  /** Whether something works on it. What was not begun can be turned away without loss. */
  readonly hasBegun: boolean;
  /** Told by whoever gives the call to what works on it. */
  begin(): void;
  /** Told when the method takes something of an input that still comes: its time counts from there. */
  tookInput(): void;
  /** Calls back when the answer is not wanted any more: `signal` without the making of one. Only the last listener holds. */
  onInterrupt(listener: (reason: Error) => void): void;
}

/** One call of an endpoint, still as it came over the wire. */
export interface ExecutorCall {
  /** Wire name of the endpoint. */
  readonly api: string;
  readonly body: CallBody;
  /** The header `accept`: it decides how a stream is framed. */
  readonly accept: string | undefined;
  /** Request headers, signal, id and identity: all that the method may ask for besides its input. */
  readonly context: CallContext;
  /** Told of what fails after the answer has begun, when no status can say so any more. */
  readonly onLateError: (error: unknown) => void;
}

/** What an executor answers: status, headers, and bytes or a stream of them. */
export type ExecutorReply = Pick<Reply, "status" | "headers" | "body">;

/**
 * Where calls run.
 *
 * Bytes and headers go in, status, headers and bytes or a stream come out, so that an implementation may pass both on to
 * another process as they are: decoding, validating and encoding happen where the service lives. Whoever holds the
 * connection keeps authentication, limits, deadlines, metrics and the log.
 */
export interface Executor {
  /**
   * Runs one call; answers synchronously where the service does, which keeps promises off the fast path.
   * A stream's answer comes only when its first item is there, so that early failures still have their status.
   * @throws BentoError for every input that cannot be read or is not valid; whatever the method throws, as it is
   */
  run(call: ExecutorCall): ExecutorReply | Promise<ExecutorReply>;
  /** Whether calls can be answered now. */
  readonly isReady: boolean;
  /** Why they cannot, where there is more to say than that it is closed; BENTO_CRASH_LOOP when that will hardly change. */
  readonly trouble?: BentoError | undefined;
  /** What was counted of the batches of each endpoint that gathers its calls, by its name. */
  batches?(): Readonly<Record<string, BatchFigures>>;
  /** Asks what only the processes know in which the service runs. */
  readonly questions?: ServiceQuestions | undefined;
  /**
   * Starts the service anew from its files, with the newest models, while calls go on.
   * @returns what it is now
   * @throws what stopped the new start; everything goes on as before then
   */
  reload?(): Promise<ServiceOutline>;
  /** The exact models that calls are answered with now. */
  models?(): ServedModels;
  /** The models that it has in their newest version, as they were asked for, and which version that is. */
  followed?(): Pins;
  /** The addresses in OCI registries of those that come from there, by the tags as they were asked for. */
  addresses?(): Addresses;
  /**
   * Starts the service anew with other versions of those, while calls go on: what is new is ready before what is old goes.
   * @returns what it is now
   * @throws what stopped the new start; everything goes on as before then
   */
  renew?(to: Pins): Promise<ServiceOutline>;
  /** Runs the shutdown hooks, once, and lets everything go. */
  close(): Promise<void>;
  /** Ends everything at once, without any hook. */
  kill?(): void;
  /** Resolves when it is given up that calls will ever be answered again. */
  readonly hopeless?: Promise<BentoError>;
}

/** By how many processes each exact model is served. */
export type ServedModels = Readonly<Record<string, number>>;

/** What a service can be asked besides its endpoints. */
export interface ServiceQuestions {
  /** What its hooks complain of; of several processes the first complaint there is, `null` for none. */
  complaint(question: "ask:readiness" | "ask:liveness"): Promise<Complaint>;
  /** The text of the metrics as its hooks want it. */
  rewriteMetrics(text: string): Promise<string>;
  /** What it has counted itself in processes of which nothing is known here. */
  measures(): Promise<Measures>;
}

/** A service that calls may be given to. */
export interface StartedService {
  readonly executor: Executor;
  readonly outline: ServiceOutline;
}
