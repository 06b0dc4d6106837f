import type { Identity } from "@bento/core";

import type { BodyWords } from "../bodies/crossing-body.js";
import type { InputWords } from "../input-streams/input-body.js";
import type { CallTime } from "../http/out-of-time.js";
import { withoutParams } from "../http/path-pattern.js";
import { fromSharedTime, toSharedTime } from "../monotonic-clock.js";
import { wireInvalid } from "../wire/frame.js";
import { parseHead } from "../wire/notice.js";
import type { ExecutorCall, ExecutorReply } from "./executor.js";

/** What a worker needs to know of a call before it runs. */
export interface CallHead {
  readonly api: string;
  readonly accept: string | undefined;
  readonly requestId: string;
  readonly time: CallTime | undefined;
  /** What the body is, where it is more than bytes; still as it came. */
  readonly words: unknown;
  /** The rest of the head, which most methods never ask for. */
  readonly request: string;
}

/** What a method may ask for besides its input. */
export interface RequestHead {
  readonly method: string;
  readonly url: string;
  /** Names and values by turns. */
  readonly rawHeaders: readonly string[];
  readonly identity: Identity | undefined;
  /** What stands in the path for each parameter of the route. */
  readonly params: Readonly<Record<string, string>>;
}

/**
 * JSON holds no line break of its own, so the first one ends what is read at once.
 * @param words what the body is, where it is more than bytes
 */
export function callHead({ api, accept, context }: ExecutorCall, words?: BodyWords | InputWords): string {
  const { requestId, request, rawHeaders, identity, time } = context;
  const { method, url, params } = request;
  // Most routes have none, and are not to pay for it.
  const rest = JSON.stringify(
    params === withoutParams() ? [method, url, rawHeaders, identity] : [method, url, rawHeaders, identity, params],
  );
  const timing = time && [Math.ceil(toSharedTime(time.end)), time.timeoutMs, time.isCallers];
  const first = words === undefined ? [api, requestId, accept, timing] : [api, requestId, accept, timing, words];
  return `${JSON.stringify(first)}\n${rest}`;
}

/** @throws BENTO_WIRE_INVALID */
export function parseCallHead(head: string): CallHead {
  const end = head.indexOf("\n");
  const [api, requestId, accept, timing, words] = parseHead(head.slice(0, end)) as [string, string, string | null, unknown, unknown];
  if (typeof api !== "string" || typeof requestId !== "string") throw wireInvalid("a call that names no endpoint");
  return { api, requestId, accept: accept ?? undefined, time: timeOf(timing ?? undefined), words, request: head.slice(end + 1) };
}

/** Processes of one machine share a clock; what it says is rounded up. */
function timeOf(timing: unknown): CallTime | undefined {
  if (timing === undefined) return undefined;
  const [end, timeoutMs, isCallers] = (Array.isArray(timing) ? timing : []) as [unknown, unknown, unknown];
  if (typeof end !== "number" || typeof timeoutMs !== "number") throw wireInvalid("a call whose time is no number");
  return { end: fromSharedTime(end), timeoutMs, isCallers: isCallers === true };
}

type RequestParts = [string, string, string[], Identity | null, RequestHead["params"]?];

/** Reads what {@link callHead} put last. */
export function parseRequestHead(text: string): RequestHead {
  const [method, url, rawHeaders, identity, params = withoutParams()] = parseHead(text) as RequestParts;
  return { method, url, rawHeaders, identity: identity ?? undefined, params };
}

/** What may stand in a header's name and value: what `node:http` and `Headers` would stop at, only later. */
const headerName = /^[\w!#$%&'*+.^`|~-]+$/;
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;

/** The head of an answer. */
export function replyHead({ status, headers }: Pick<ExecutorReply, "status" | "headers">): string {
  return JSON.stringify([status, headers]);
}

/**
 * Status and headers of an answer, as another process wrote them.
 * @throws BENTO_WIRE_INVALID for what no answer can have
 */
export function parseReplyHead(head: string): Pick<ExecutorReply, "status" | "headers"> {
  const value = parseHead(head);
  const [status, headers] = (Array.isArray(value) ? value : []) as [unknown, unknown];
  if (!Number.isInteger(status) || (status as number) < 200 || (status as number) > 599) throw wireInvalid("an answer without a status");
  if (!Array.isArray(headers) || headers.length % 2 !== 0) throw wireInvalid("an answer whose headers are no pairs");
  for (const [at, text] of headers.entries()) {
    const isLegal = typeof text === "string" && (at % 2 === 0 ? headerName : headerValue).test(text);
    if (!isLegal) throw wireInvalid(`an answer with a header that is none: ${JSON.stringify(text)?.slice(0, 60)}`);
  }
  return { status: status as number, headers: headers as string[] };
}
