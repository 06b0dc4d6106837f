import { BentoError } from "@bento/core";
import { defaultMostBytes } from "./bounded-answer.js";
import { type Connection, toBaseUrl, toHeaders } from "./connection.js";
import type { ClientHooks } from "./hooks.js";
import { checkAmount, checkSignal, checkTimeout, type ClientOptions, defaultTimeoutMs, priorityHeaders } from "./options.js";
import { RetryBudget } from "./retry-budget.js";
import type { RetryPolicy } from "./retries.js";
import { checkRetries, defaultRetries } from "./retry-rule.js";
import { type RemoteService, type ServiceDocument, toRemoteService } from "./service-document.js";
import { schemaLoader, type ServiceSource } from "./service-schema.js";
import { SettledConnections } from "./settled-connections.js";

/** What every call of a client shares. */
export interface Session {
  readonly connection: Connection;
  /** As the client was told; `undefined` leaves it to the service. Milliseconds. */
  readonly timeoutMs: number | undefined;
  /** Each of them ends all calls: the client's own, and that of {@link Session.close}. */
  readonly signals: readonly (AbortSignal | undefined)[];
  /** Ends the calls that still run; none comes about any more. */
  readonly close: () => Promise<void>;
  /** What an answer may take in memory. */
  readonly mostBytes: number;
  readonly retry: RetryPolicy;
  readonly hooks: ClientHooks | undefined;
  readonly service: ServiceSource;
}

/** @throws BENTO_CONFIG_INVALID for options that cannot work */
export function openSession(url: string | URL, options: ClientOptions): Session {
  const baseUrl = toBaseUrl(url);
  const connection: Connection = {
    baseUrl,
    headers: toHeaders(options.token, priorityHeaders(options.priority), options.headers),
    fetch: options.fetch,
    settled: new SettledConnections(),
  };
  const closing = new AbortController();
  const signals = [checkSignal(options.signal), closing.signal];
  const retry: RetryPolicy = {
    retries: checkRetries(options.retries, defaultRetries),
    isIdempotent: options.idempotent === true,
    budget: new RetryBudget(),
  };
  const limits = { timeoutMs: checkTimeout(options.timeoutMs, defaultTimeoutMs), signals, retry: { ...retry, isIdempotent: true } };
  return {
    connection,
    timeoutMs: options.timeoutMs,
    signals,
    close: async () => closing.abort(new BentoError("BENTO_CANCELLED", `The client of ${baseUrl} was closed.`)),
    mostBytes: checkAmount("maxAnswerBytes", "bytes", options.maxAnswerBytes) ?? defaultMostBytes,
    retry,
    hooks: options.hooks,
    service: options.schema ? givenService(options.schema, baseUrl) : schemaLoader(connection, limits),
  };
}

function givenService(schema: ServiceDocument, baseUrl: string): ServiceSource {
  const service: RemoteService | undefined = toRemoteService(schema, baseUrl);
  if (service) return { load: () => Promise.resolve(service), forget: () => undefined };
  throw new BentoError("BENTO_CONFIG_INVALID", "The option `schema` describes no Bento service.", {
    hint: `Pass what ${baseUrl}/schema.json answers, as an object, or leave it out.`,
  });
}
