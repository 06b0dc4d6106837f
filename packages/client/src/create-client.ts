import { reservedApiNames } from "@bento/core";
import { Call } from "./call.js";
import type { Client } from "./client-types.js";
import type { CallOptions, ClientOptions } from "./options.js";
import { performCall } from "./perform-call.js";
import { isReady, type ReadyOptions, waitUntilReady } from "./readiness.js";
import { openSession, type Session } from "./session.js";

/**
 * A typed client of a service, from its class alone: no code is generated and nothing is sent before a call is awaited
 * or iterated.
 *
 * ```ts
 * import type { Digits } from "./service.js";
 * const client = createClient<Digits>("http://localhost:3000");
 * const labels = await client.classify({ images }, { timeoutMs: 5_000 });
 * ```
 *
 * Runs wherever `fetch` is. Every failure is a `BentoError`: the service's own, or BENTO_REMOTE_FAILED, BENTO_TIMEOUT and
 * BENTO_CANCELLED for what happens on the way. A method that the service does not have is BENTO_NOT_FOUND.
 *
 * @param url the service's, `http://localhost:3000`
 * @throws BENTO_CONFIG_INVALID for options that cannot work
 */
export function createClient<S>(url: string | URL, options: ClientOptions = {}): Client<S> {
  return clientProxy(openSession(url, options)) as Client<S>;
}

/**
 * The object whose every name is an endpoint, but for what JavaScript itself looks up on objects. What a debugger shows
 * is the target: the URL.
 */
function clientProxy(session: Session): object {
  const methods = new Map<string, (input?: unknown, options?: CallOptions) => Call>();
  const own: Readonly<Record<string, unknown>> = {
    isReady: (options?: ReadyOptions) => isReady(session, options),
    waitUntilReady: (options?: ReadyOptions) => waitUntilReady(session, options),
  };
  return new Proxy(
    { url: session.connection.baseUrl },
    {
      get(target, key) {
        if (key === "endpoints")
          return new Call(key, async () => ({ value: (await session.service.load()).endpoints.map(({ info }) => info) }));
        if (typeof key === "string" && Object.hasOwn(own, key)) return own[key];
        if (key === Symbol.asyncDispose) return session.close;
        if (typeof key === "symbol" || reservedApiNames.has(key)) return Reflect.get(target, key) as unknown;
        const method = methods.get(key) ?? ((input, options) => new Call(key, () => performCall(session, key, input, options)));
        methods.set(key, method);
        return method;
      },
      set: () => false,
      // Spreading or listing a client must not show the target's field as if it were an endpoint.
      ownKeys: () => [],
    },
  );
}
