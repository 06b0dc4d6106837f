import type { ApiSpec } from "@bento/sdk";

import type { CallContext, Executor, ExecutorReply } from "../executor/executor.js";
import type { KeptStreams } from "../replay/kept-streams.js";
import { LastingContext } from "../replay/lasting-context.js";
import type { Admission } from "./admission.js";
import type { Call } from "./call.js";
import { checkContentType } from "./content-type.js";
import type { Deadlines } from "./deadlines.js";
import type { Body } from "./incoming.js";
import type { CallTime } from "./out-of-time.js";
import type { Handler } from "./pipeline.js";
import { isStream } from "./reply.js";
import { watchStream } from "./watched-stream.js";

/** What the endpoints of one app share. */
export interface EndpointOptions {
  readonly executor: Executor;
  readonly admission: Admission;
  readonly deadlines: Deadlines;
  readonly maxBodyBytes: number;
  /** Streams that callers may come back for. */
  readonly keptStreams: KeptStreams;
  /** Told of what fails in the middle of a stream, when no status can say so any more. */
  readonly onLateError: (call: Call, error: unknown) => void;
}

/** The handler of one endpoint: read the body, take a place, run, and give the place back when the method is done. */
export function makeEndpointHandler(api: Pick<ApiSpec, "name" | "stream" | "replay">, options: EndpointOptions): Handler {
  const { executor, admission, deadlines, maxBodyBytes, onLateError } = options;
  const { replay } = api;
  const run = (call: Call, body: Body): void => {
    // No work is begun for a caller that can no longer be answered in time.
    if (call.isOverdue) return call.expire(call.time as CallTime);
    admission.enter();
    const context = replay === undefined ? call : new LastingContext(call);
    let result: ExecutorReply | Promise<ExecutorReply>;
    try {
      result = executor.run({
        api: api.name,
        body,
        accept: api.stream ? call.incoming.header("accept") : undefined,
        context,
        onLateError: api.stream ? (error) => onLateError(call, error) : ignore,
      });
    } catch (error) {
      admission.leave();
      throw error;
    }
    if (result instanceof Promise) void settleLater(call, result, options, keeper(api, context, options.keptStreams));
    else {
      admission.leave();
      call.reply(result);
    }
  };
  return (call) => {
    checkContentType(call.incoming.header("content-type"));
    call.watch(deadlines);
    call.readBody(maxBodyBytes, (body) => run(call, body));
  };
}

/** A call keeps its place until its method is done: past its deadline, and a stream until its last item. */
async function settleLater(
  call: Call,
  result: Promise<ExecutorReply>,
  { admission, onLateError }: EndpointOptions,
  keep: (reply: ExecutorReply) => ExecutorReply,
): Promise<void> {
  let reply: ExecutorReply;
  try {
    reply = await result;
  } catch (thrown) {
    admission.leave();
    call.fail(thrown);
    return;
  }
  if (!isStream(reply.body)) {
    admission.leave();
    call.reply(reply);
    return;
  }
  const body = watchStream(reply.body, { onEnd: () => admission.leave() });
  // Nobody waits any more: the generator is ended before anyone reads from it.
  if (call.isSettled) await body.return().catch((error: unknown) => onLateError(call, error));
  else call.reply(keep({ ...reply, body }));
}

/** Has streams outlive their connections, where the endpoint asks for that. */
function keeper(
  { name, replay }: Pick<ApiSpec, "name" | "replay">,
  context: CallContext,
  streams: KeptStreams,
): (reply: ExecutorReply) => ExecutorReply {
  if (replay === undefined || !(context instanceof LastingContext)) return (reply) => reply;
  return (reply) => streams.keep({ name, replay }, context, reply);
}

function ignore(): void {}
