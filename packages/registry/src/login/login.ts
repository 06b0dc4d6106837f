import { BentoError } from "@bento/core";
import { RegistryHttp } from "../api/http.js";
import { RegistryApi } from "../api/registry-api.js";
import type { CloudContext } from "../contexts/context.js";
import { ContextsFile } from "../contexts/contexts-file.js";
import type { RetryOptions } from "../transfer/with-retry.js";

/** Where to log in, and how it is kept. */
export interface LoginOptions {
  readonly endpoint: string;
  readonly token: string;
  /** The name that it is kept under; default: the name of the current context. */
  readonly context?: string | undefined;
  /** Where contexts are kept. */
  readonly home: string;
  readonly signal: AbortSignal;
  readonly retry?: RetryOptions | undefined;
}

/** Somebody who is logged in. */
export interface Login {
  readonly context: CloudContext;
  readonly organization: string;
  /** Whether the context took the place of another. */
  readonly replaced: boolean;
}

/**
 * Looks whose token it is, and keeps it. Nothing is kept of a token that the registry does not take.
 * @throws BENTO_UNAUTHORIZED, BENTO_REGISTRY_FAILED, BENTO_CONFIG_INVALID, BENTO_CANCELLED
 */
export async function logIn({ endpoint, token, context, home, signal, retry = {} }: LoginOptions): Promise<Login> {
  const http = new RegistryHttp({ endpoint, token });
  const api = new RegistryApi(http, { retry, signal });
  const { email } = await existing(api.user(), http.endpoint);
  const { name: organization } = await existing(api.organization(), http.endpoint);
  const file = new ContextsFile(home);
  const name = context ?? (await file.read()).current;
  const kept: CloudContext = { name, endpoint: http.endpoint, apiToken: token, email };
  return { context: kept, organization, replaced: await file.save(kept) };
}

/** A token that belongs to nobody is no token. */
async function existing<T>(asking: Promise<T>, endpoint: string): Promise<T> {
  try {
    return await asking;
  } catch (error) {
    if (!BentoError.is(error, "BENTO_NOT_FOUND")) throw error;
    const hint = "Look whether the endpoint is that of a registry, and make another token.";
    throw new BentoError("BENTO_UNAUTHORIZED", `${JSON.stringify(endpoint)} knows nobody with this token.`, { hint, cause: error });
  }
}
