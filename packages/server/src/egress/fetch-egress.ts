import type { IncomingMessage } from "node:http";

import { BentoError } from "@bento/core";
import { addressesOf, connectPinned, hostOf, portOf, type Resolve, systemResolve } from "@bento/store/network";

import { unlessAborted } from "../unless-aborted.js";
import { exchange, unpacked } from "./exchange.js";
import { type FieldPath, refusal, type RefusalReason } from "./refusal.js";
import { TimeLimit } from "./time-limit.js";
import type { Trust } from "./trust.js";
import { fileNameOf, parseWebUrl } from "./web-url.js";

/** Hops besides the first. */
const maxRedirects = 3;
const redirects = new Set([301, 302, 303, 307, 308]);

/** Bytes that may still come; several fetches may share them. */
export interface ByteBudget {
  left: number;
}

/** Where fetches may lead, and how they get there. */
export interface EgressRules {
  readonly trust: Trust;
  /** @default {@link systemResolve} */
  readonly resolve?: Resolve;
  /** Certificates of authorities. @default those that Node knows */
  readonly ca?: string;
}

/** What one fetch may take, and whose it is. */
export interface EgressOptions {
  /** Bytes of the body, unpacked. */
  readonly budget: ByteBudget;
  /** Milliseconds from now until the body's last byte. */
  readonly timeoutMs: number;
  /** Where the URL stood in the input, for messages. */
  readonly field: FieldPath;
  /** Aborting it ends the fetch with its reason. */
  readonly signal: AbortSignal | undefined;
}

/** What a URL led to. Read its bytes, or dispose of it: a connection is open until then. */
export interface FetchedFile extends Disposable {
  /** The last part of the path that the caller wrote. */
  readonly name: string | undefined;
  /** The media type that was said, `""` when none was. */
  readonly type: string;
  /** Its bytes as they come; read once. @throws BENTO_INPUT_INVALID when they break off, are too many or too slow */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/**
 * Fetches a URL that a caller gave, from nowhere but where {@link Trust} permits it.
 *
 * Each hop has its own check: of the URL, of the addresses that its name has now, and of the connection, which goes to
 * one of those and is opened for it alone.
 * @throws BENTO_INPUT_INVALID naming the field, whatever went wrong on the way; the signal's reason
 */
export async function fetchEgress(text: string, rules: EgressRules, options: EgressOptions): Promise<FetchedFile> {
  const limit = new TimeLimit(options.timeoutMs, options.signal);
  const fetch: Fetch = { text, rules, options, limit };
  try {
    const first = parseWebUrl(text);
    if (first === undefined) throw refused(fetch, "url_invalid");
    const answer = await follow(fetch, first);
    const announced = Number(answer.headers["content-length"] ?? 0);
    if (announced > options.budget.left) throw refused(fetch, "too_big");
    return new Fetched(fetch, fileNameOf(first), answer);
  } catch (error) {
    const told = failure(fetch, error);
    limit[Symbol.dispose]();
    throw told;
  }
}

/** One fetch, through all of its hops. */
interface Fetch {
  /** What the caller wrote. */
  readonly text: string;
  readonly rules: EgressRules;
  readonly options: EgressOptions;
  readonly limit: TimeLimit;
}

class Fetched implements FetchedFile {
  readonly name: string | undefined;
  readonly type: string;
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly #fetch: Fetch;

  constructor(fetch: Fetch, name: string | undefined, answer: IncomingMessage) {
    this.name = name;
    this.type = answer.headers["content-type"] ?? "";
    this.#fetch = fetch;
    this.bytes = readBody(fetch, answer);
  }

  [Symbol.dispose](): void {
    this.#fetch.limit[Symbol.dispose]();
  }
}

async function* readBody(fetch: Fetch, answer: IncomingMessage): AsyncGenerator<Uint8Array, void, void> {
  const { budget } = fetch.options;
  try {
    for await (const piece of unpacked(answer) as AsyncIterable<Uint8Array>) {
      budget.left -= piece.byteLength;
      if (budget.left < 0) throw refused(fetch, "too_big");
      yield piece;
    }
  } catch (error) {
    throw failure(fetch, error);
  } finally {
    fetch.limit[Symbol.dispose]();
  }
}

/** Goes where redirects lead, and answers with what is at their end. */
async function follow(fetch: Fetch, first: URL): Promise<IncomingMessage> {
  let url = first;
  for (let hop = 0; hop <= maxRedirects; hop += 1) {
    const answer = await ask(fetch, url);
    if (answer.statusCode === 200) return answer;
    const next = redirects.has(answer.statusCode ?? 0) ? answer.headers.location : undefined;
    answer.destroy();
    const target = next === undefined ? undefined : parseWebUrl(next, url);
    // What was asked for in secret is not fetched in the open.
    if (target === undefined || (url.protocol === "https:" && target.protocol === "http:")) break;
    url = target;
  }
  throw refused(fetch, "url_failed");
}

async function ask(fetch: Fetch, url: URL): Promise<IncomingMessage> {
  const { rules, limit } = fetch;
  const { trust, resolve = systemResolve, ca } = rules;
  const host = hostOf(url);
  const port = portOf(url);
  const known = await unlessAborted(addressesOf(host, resolve), limit.signal).catch((cause: unknown) => {
    throw limit.signal.aborted ? cause : refused(fetch, "url_refused", cause);
  });
  const addresses = known.filter(({ address }) => trust.permits({ host, port, address }));
  if (addresses.length === 0) throw refused(fetch, "url_refused");
  const socket = await connectPinned({ host, port, isSecure: url.protocol === "https:", addresses, ca }, limit.signal);
  return exchange(socket, url, limit.signal);
}

function refused({ text, options }: Fetch, reason: RefusalReason, cause?: unknown): BentoError {
  return refusal(reason, text, options.field, cause);
}

/** What the caller is told of a failure. */
function failure(fetch: Fetch, error: unknown): unknown {
  const { limit, options } = fetch;
  if (options.signal?.aborted === true) return options.signal.reason;
  if (limit.isOver) return refused(fetch, "url_too_slow", error);
  return BentoError.is(error) ? error : refused(fetch, "url_failed", error);
}
