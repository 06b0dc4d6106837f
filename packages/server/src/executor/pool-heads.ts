import type { Identity } from "@bento/core";

import { wireInvalid } from "../wire/frame.js";
import { parseHead } from "../wire/notice.js";
import type { ExecutorCall } from "./executor.js";

/** What a worker needs to know of a call before it runs. */
export interface CallHead {
  readonly api: string;
  readonly accept: string | undefined;
  readonly requestId: string;
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
}

/** JSON holds no line break of its own, so the first one ends what is read at once. */
export function callHead({ api, accept, context }: ExecutorCall): string {
  const { requestId, request, rawHeaders, identity } = context;
  const rest = JSON.stringify([request.method, request.url, rawHeaders, identity]);
  return `${JSON.stringify([api, requestId, accept])}\n${rest}`;
}

/** @throws BENTO_WIRE_INVALID */
export function parseCallHead(head: string): CallHead {
  const end = head.indexOf("\n");
  const [api, requestId, accept] = parseHead(head.slice(0, end)) as [string, string, string | null];
  if (typeof api !== "string" || typeof requestId !== "string") throw wireInvalid("a call that names no endpoint");
  return { api, requestId, accept: accept ?? undefined, request: head.slice(end + 1) };
}

/** Reads what {@link callHead} put last. */
export function parseRequestHead(text: string): RequestHead {
  const [method, url, rawHeaders, identity] = parseHead(text) as [string, string, string[], Identity | null];
  return { method, url, rawHeaders, identity: identity ?? undefined };
}
