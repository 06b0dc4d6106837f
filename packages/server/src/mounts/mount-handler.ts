import { RunTimes } from "../admission/run-times.js";
import { mountCall } from "../executor/side-calls.js";
import { EndpointCall, type EndpointOptions } from "../http/endpoint.js";
import type { CallTime } from "../http/out-of-time.js";
import type { Handler, Route } from "../http/pipeline.js";

/** What a mounted app may be asked by. */
const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

/** The route of a mounted app: everything below its path, by every method, within the limits that endpoints have. */
export function mountRoute(pathPrefix: string, path: string, options: EndpointOptions): Route {
  const { admission, deadlines, maxBodyBytes } = options;
  const times = new RunTimes();
  const api = { name: mountCall(path), stream: false, replay: undefined, mindsAccept: false };
  const handler: Handler = (call) => {
    call.watch(deadlines);
    call.readBody(maxBodyBytes, (body) => {
      if (call.isOverdue) return call.expire(call.time as CallTime);
      admission.enter(new EndpointCall(call, body, times, api, options));
    });
  };
  return {
    path: `${pathPrefix}${path === "/" ? "" : path}/*`,
    handlers: Object.fromEntries(methods.map((method) => [method, handler])),
    endpoint: api,
  };
}
