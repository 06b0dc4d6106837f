import { setTimeout as sleep } from "node:timers/promises";
import { BentoError } from "@bento/core";
import { RegistryHttp } from "../api/http.js";
import { RegistryApi } from "../api/registry-api.js";

/** How a login in the browser goes. */
export interface BrowserLoginOptions {
  readonly endpoint: string;
  /** Told of the page that somebody opens to confirm the login. */
  readonly onPage: (url: string) => void | Promise<void>;
  /** How long somebody may take. Milliseconds; by default ten minutes. */
  readonly waitMs?: number | undefined;
  /** How often it is asked whether somebody has. By default every second. */
  readonly everyMs?: number | undefined;
  readonly signal: AbortSignal;
}

/**
 * Has somebody confirm in the browser that a token is made for this machine, and takes it. What goes wrong while it
 * waits is only waited over: networks come back.
 * @throws BENTO_TIMEOUT when nobody confirms it in time, BENTO_CANCELLED, and what the registry answers first
 */
export async function browserToken(options: BrowserLoginOptions): Promise<string> {
  const { onPage, waitMs = 600_000, everyMs = 1000, signal } = options;
  // As many slashes as somebody wrote behind it: the page's address is made of it.
  const http = new RegistryHttp({ endpoint: options.endpoint.replace(/\/+$/, ""), token: undefined });
  const api = new RegistryApi(http, { retry: {}, signal });
  const code = await api.loginCode();
  await onPage(`${http.endpoint}/api_tokens?code=${encodeURIComponent(code)}`);
  const late = Date.now() + waitMs;
  let last: unknown;
  do {
    try {
      const token = await api.loginToken(code);
      if (token !== undefined) return token;
      last = undefined;
    } catch (error) {
      if (signal.aborted) throw error;
      last = error;
    }
    await pause(everyMs, signal);
  } while (Date.now() < late);
  const reason = BentoError.is(last) ? ` The last answer was: ${last.message}` : "";
  throw new BentoError("BENTO_TIMEOUT", `Nobody confirmed the login within ${Math.round(waitMs / 60_000)} minutes.${reason}`, {
    hint: "Run it again; or make a token in the browser, and give it with --api-token.",
  });
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    if (BentoError.is(signal.reason)) throw signal.reason;
    throw new BentoError("BENTO_CANCELLED", "The login was cancelled.", { cause: error });
  }
}
