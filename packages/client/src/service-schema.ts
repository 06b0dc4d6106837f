import { BentoError } from "@bento/core";
import { boundedAnswer, mostSchemaBytes } from "./bounded-answer.js";
import { type Connection, type Outgoing, placeOf, send, throwNetworkFailure } from "./connection.js";
import { Deadline } from "./deadline.js";
import { type RetryPolicy, withRetries } from "./retries.js";
import { type RemoteService, toRemoteService } from "./service-document.js";

/** What fetching the schema needs besides the connection. */
export interface SchemaLimits {
  readonly timeoutMs: number;
  readonly signals: readonly (AbortSignal | undefined)[];
  readonly retry: RetryPolicy;
}

/** A service's endpoints, once they are known. */
export interface ServiceSource {
  readonly load: () => Promise<RemoteService>;
  /** Has the next caller ask again: the service seems to be another by now. */
  readonly forget: () => void;
}

/**
 * A loader of a service's `/schema.json`: asks once, and all who wait share the answer; after a failure the next caller
 * asks again. One caller that gives up does not take the answer from the others.
 */
export function schemaLoader(connection: Connection, limits: SchemaLimits): ServiceSource {
  let loading: Promise<RemoteService> | undefined;
  const forget = (): void => void (loading = undefined);
  const load = (): Promise<RemoteService> => {
    loading ??= loadSchema(connection, limits).catch((error: unknown) => {
      forget();
      throw error;
    });
    return loading;
  };
  return { load, forget };
}

/** The document lies below the given URL or, for a service with a path prefix, at the root of its host. */
async function loadSchema(connection: Connection, limits: SchemaLimits): Promise<RemoteService> {
  const { baseUrl } = connection;
  try {
    return await fetchSchema(connection, baseUrl, limits);
  } catch (error) {
    const { origin, pathname } = new URL(baseUrl);
    if (!BentoError.is(error) || error.status !== 404 || pathname === "/") throw error;
    const service = await fetchSchema(connection, origin, limits).catch(() => undefined);
    if (!service?.endpoints.every(({ info }) => info.route.startsWith(`${pathname}/`))) throw error;
    return service;
  }
}

async function fetchSchema(connection: Connection, baseUrl: string, limits: SchemaLimits): Promise<RemoteService> {
  const url = `${baseUrl}/schema.json`;
  const deadline = new Deadline(`GET ${placeOf(url)}`, limits.timeoutMs, limits.signals);
  try {
    const outgoing: Outgoing = { method: "GET", url, headers: undefined, bodyHeaders: {}, body: undefined };
    const text = await withRetries(limits.retry, deadline, async () => {
      const response = boundedAnswer(await send(connection, outgoing, deadline), mostSchemaBytes, url);
      return deadline.race(response.text()).catch((error: unknown) => throwNetworkFailure(`GET ${placeOf(url)}`, deadline, error));
    });
    const service = toRemoteService(parse(text), baseUrl);
    if (service) return service;
    throw new BentoError("BENTO_REMOTE_FAILED", `${url} describes no Bento service.`, {
      hint: "Check that the URL is a service's own, without an endpoint's path.",
    });
  } catch (error) {
    return throwNetworkFailure(`GET ${placeOf(url)}`, deadline, error);
  } finally {
    deadline.close();
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
