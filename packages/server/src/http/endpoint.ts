import { breakEvent, isEventStream } from "@bento/core";
import type { ApiSpec } from "@bento/sdk";

import type { Admission, Entrant } from "../admission/admission.js";
import { RunTimes } from "../admission/run-times.js";
import type { Seat } from "../admission/seat.js";
import { kindsIn } from "../answers/kinds-in.js";
import { BodyIntake } from "../bodies/body-intake.js";
import { type BodyTaker, planBodies } from "../bodies/body-plan.js";
import type { SpoolRoom } from "../bodies/spool-room.js";
import type { UrlGates } from "../egress/url-gate.js";
import type { CallContext, Executor, ExecutorReply } from "../executor/executor.js";
import type { ApiDocument } from "../executor/in-process.js";
import { receiveInput } from "../input-streams/input-intake.js";
import { isInputStream, planInput } from "../input-streams/input-plan.js";
import { packedBody, packingsOfInput } from "../packing/packing.js";
import type { KeptStreams } from "../replay/kept-streams.js";
import { LastingContext } from "../replay/lasting-context.js";
import type { Call } from "./call.js";
import type { Deadlines } from "./deadlines.js";
import type { Body, CallBody } from "./incoming.js";
import type { CallTime } from "./out-of-time.js";
import type { Handler } from "./pipeline.js";
import { isStream } from "./reply.js";
import { watchStream } from "./watched-stream.js";

/** What is known of an endpoint while a call of it is run. */
interface CalledApi extends Pick<ApiSpec, "name" | "stream" | "replay"> {
  /** Whether the header `accept` decides what its answers look like. */
  readonly mindsAccept: boolean;
}

type EndpointApi = Pick<ApiSpec, "name" | "stream" | "replay"> & Omit<BodyTaker, "packings"> & { readonly document: ApiDocument };

/** What the endpoints of one app share. */
export interface EndpointOptions {
  readonly executor: Executor;
  readonly admission: Admission;
  readonly deadlines: Deadlines;
  readonly maxBodyBytes: number;
  /** On disk, for the files of all calls. */
  readonly spoolRoom: SpoolRoom;
  /** Where URLs may stand for files. */
  readonly urls: UrlGates | undefined;
  /** Streams that callers may come back for. */
  readonly keptStreams: KeptStreams;
  /** Told of what fails in the middle of a stream, when no status can say so any more. */
  readonly onLateError: (call: Call, error: unknown) => void;
}

/** The handler of one endpoint: read the body, wait for a place, run, and give the place back when the method is done. */
export function makeEndpointHandler(api: EndpointApi, options: EndpointOptions): Handler {
  const { admission, deadlines, maxBodyBytes, spoolRoom, urls } = options;
  const times = new RunTimes();
  const { name, stream, replay, document, isObjectInput } = api;
  const called: CalledApi = { name, stream, replay, mindsAccept: stream || kindsIn(document.output).size > 0 };
  const packings = packingsOfInput(document.input, isObjectInput);
  const planBody = planBodies({ isObjectInput, packings, document });
  const enter = (call: Call, body: CallBody): void => {
    // No work is begun for a caller that can no longer be answered in time.
    if (call.isOverdue) return call.expire(call.time as CallTime);
    admission.enter(new EndpointCall(call, body, times, called, options));
  };
  const gate = urls?.of({ isObjectInput, document });
  const go = gate === undefined ? enter : (call: Call, body: Body): void => gate.pass(call, body, enter);
  const takesStream = isInputStream(document.input);
  return (call) => {
    const input = takesStream ? planInput(document.input, call.incoming) : undefined;
    if (input !== undefined) {
      call.watch(deadlines);
      return void receiveInput(call, input, maxBodyBytes, (body) => enter(call, body));
    }
    const plan = planBody(call.incoming);
    if (plan !== undefined) call.intake = new BodyIntake(spoolRoom, plan);
    call.watch(deadlines);
    if (packings.length === 0) call.readBody(maxBodyBytes, (body) => go(call, body));
    else call.readBody(maxBodyBytes, (body) => go(call, packedBody(body, call.incoming, packings)));
  };
}

/** A call of an endpoint whose body is there, or begins to be read. */
export class EndpointCall implements Entrant {
  readonly call: Call;
  readonly times: RunTimes;
  seat: Seat | undefined;
  readonly #body: CallBody;
  readonly #api: CalledApi;
  readonly #options: EndpointOptions;

  constructor(call: Call, body: CallBody, times: RunTimes, api: CalledApi, options: EndpointOptions) {
    this.call = call;
    this.times = times;
    this.#body = body;
    this.#api = api;
    this.#options = options;
  }

  begin(): void {
    const { call } = this;
    const { name, stream, replay, mindsAccept } = this.#api;
    const { executor, admission, keptStreams, onLateError } = this.#options;
    // What it left on disk stays until the method is done, however long its caller waits.
    call.intake?.hold();
    const context = replay === undefined ? call : new LastingContext(call);
    let result: ExecutorReply | Promise<ExecutorReply>;
    try {
      result = executor.run({
        api: name,
        body: this.#body,
        accept: mindsAccept ? call.incoming.header("accept") : undefined,
        context,
        onLateError: stream ? (error) => onLateError(call, error) : ignore,
      });
    } catch (error) {
      this.#failed(error);
      return;
    }
    if (result instanceof Promise) void this.#settleLater(result, keeper(this.#api, context, keptStreams));
    else {
      admission.answered(this, true);
      this.#leave();
      call.reply(result);
    }
  }

  #failed(error: unknown): void {
    const { admission } = this.#options;
    admission.answered(this, false);
    try {
      this.call.fail(error);
    } finally {
      this.#leave();
    }
  }

  #leave(): void {
    this.#options.admission.leave(this);
    this.call.intake?.release();
  }

  /** A call keeps its place until its method is done: past its deadline, and a stream until its last item. */
  async #settleLater(result: Promise<ExecutorReply>, keep: (reply: ExecutorReply) => ExecutorReply): Promise<void> {
    const { call } = this;
    const { admission, onLateError } = this.#options;
    let reply: ExecutorReply;
    try {
      reply = await result;
    } catch (thrown) {
      this.#failed(thrown);
      return;
    }
    admission.answered(this, true);
    if (!isStream(reply.body)) {
      // Whoever is next begins after that.
      try {
        call.reply(reply);
      } finally {
        this.#leave();
      }
      return;
    }
    // What its framing does not tell of itself: its worker has died, maybe within an event. A stream that is kept has its own way.
    const tell = this.#api.replay === undefined && isFramed(reply) ? breakEvent : undefined;
    // A method that made its answer by itself tells of no item, and of none that fails.
    const onError = this.#api.stream ? undefined : (error: unknown) => onLateError(call, error);
    const body = watchStream(reply.body, { onEnd: () => this.#leave(), onError, tell });
    // Nobody waits any more: the generator is ended before anyone reads from it.
    if (call.isSettled) await body.return().catch((error: unknown) => onLateError(call, error));
    else call.reply(keep({ ...reply, body }));
  }
}

function isFramed({ headers }: ExecutorReply): boolean {
  return isEventStream(headers[headers.indexOf("content-type") + 1] ?? null);
}

/** Has streams outlive their connections, where the endpoint asks for that. */
function keeper({ name, replay }: CalledApi, context: CallContext, streams: KeptStreams): (reply: ExecutorReply) => ExecutorReply {
  if (replay === undefined || !(context instanceof LastingContext)) return (reply) => reply;
  return (reply) => streams.keep({ name, replay }, context, reply);
}

function ignore(): void {}
