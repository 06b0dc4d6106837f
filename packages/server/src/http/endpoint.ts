import type { ApiSpec } from "@bento/sdk";

import type { Executor, ExecutorReply } from "../executor/executor.js";
import type { Admission } from "./admission.js";
import type { Call } from "./call.js";
import { contentKind } from "./content-type.js";
import { isStream } from "./reply.js";
import { watchStream } from "./watched-stream.js";

/** What the endpoints of one app share. */
export interface EndpointOptions {
  readonly executor: Executor;
  readonly admission: Admission;
  readonly timeoutMs: number;
  readonly maxBodyBytes: number;
  /** Told of what fails after an answer has begun. */
  readonly onLateError: (call: Call, error: unknown) => void;
}

/** The handler of one endpoint: read the body, take a place, run, and give the place back when the method is done. */
export function makeEndpointHandler(api: ApiSpec, options: EndpointOptions): (call: Call) => Promise<ExecutorReply> {
  const { executor, admission, timeoutMs, maxBodyBytes } = options;
  return async (call) => {
    const { incoming } = call;
    const contentType = incoming.header("content-type");
    contentKind(contentType);
    call.watch(timeoutMs);
    const body = await call.readBody(maxBodyBytes);
    admission.enter();
    let result: ExecutorReply | Promise<ExecutorReply>;
    try {
      result = executor.run({
        api: api.name,
        body,
        contentType,
        accept: api.stream ? incoming.header("accept") : undefined,
        context: call,
        onLateError: (error) => options.onLateError(call, error),
      });
    } catch (error) {
      admission.leave();
      throw error;
    }
    if (!(result instanceof Promise)) {
      admission.leave();
      return result;
    }
    return settle(call, result, admission);
  };
}

/** Waits for a result that is on its way, without giving up its place before it is there. */
async function settle(call: Call, result: Promise<ExecutorReply>, admission: Admission): Promise<ExecutorReply> {
  const leave = () => admission.leave();
  let isWaiting = true;
  // A stream keeps its place until its last item; one that comes when nobody waits any more is stopped at once.
  const placed = result.then((reply) => {
    if (!isStream(reply.body)) {
      leave();
      return reply;
    }
    const body = watchStream(reply.body, { onEnd: leave });
    if (!isWaiting) void body.return();
    return { ...reply, body };
  });
  placed.catch(leave);
  try {
    return await call.wait(placed);
  } finally {
    isWaiting = false;
  }
}
