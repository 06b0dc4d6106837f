import type { ContextRequest, WorkerInfo } from "@bento/core";

import type { CallContext } from "./executor.js";
import { LazyContext } from "./lazy-context.js";

/** The context of a question that the server itself asks of its workers. */
export class QuietContext extends LazyContext implements CallContext {
  readonly requestId = "";
  readonly worker: WorkerInfo = { index: 1, count: 1, devices: [] };
  readonly request: ContextRequest = { method: "GET", url: "http://localhost/", headers: new Headers(), params: {}, cookies: {} };
  readonly rawHeaders = [];
  readonly identity = undefined;
  readonly time = undefined;
}
