import { BentoError } from "@bento/core";
import { type CloudContext, defaultEndpoint, environmentContext } from "./context.js";
import { contextNamed, ContextsFile } from "./contexts-file.js";

/** Variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What a caller says of the registry. */
export interface ConnectionOptions {
  readonly endpoint?: string | undefined;
  readonly token?: string | undefined;
  /** One of the saved contexts. */
  readonly context?: string | undefined;
  /** Where the contexts are saved. */
  readonly home: string;
  readonly env: Environment;
}

/**
 * Which registry is meant, and with which token: what the caller says, else what the environment says, else the saved
 * context, which is the one that is named, that BENTOML_CLOUD_CONTEXT names, or the current one.
 *
 * A token goes only where it belongs: for an endpoint without a token, one of the environment or of a context counts
 * where its own endpoint is the same.
 * @throws BENTO_UNAUTHORIZED where nobody is logged in, BENTO_NOT_FOUND for a context that is not there, BENTO_CONFIG_INVALID
 * @source BentoML cloud/config.py `get_context`; differs: two more names of variables
 */
export async function connectionOf(options: ConnectionOptions): Promise<CloudContext> {
  const { endpoint, token, home } = options;
  const fromEnvironment = environmentOf(options.env);
  if (token !== undefined) {
    const place = endpoint ?? fromEnvironment.endpoint ?? defaultEndpoint;
    return { name: environmentContext, endpoint: place, apiToken: token };
  }
  const context = environmentConnection(options.env);
  if (endpoint === undefined) return context ?? (await savedContext(options));
  if (context !== undefined && isSame(context.endpoint, endpoint)) return context;
  const { contexts } = await new ContextsFile(home).read();
  const saved = contexts.find((each) => isSame(each.endpoint, endpoint));
  if (saved !== undefined) return { ...saved, endpoint };
  throw new BentoError("BENTO_UNAUTHORIZED", `There is no token for the registry ${JSON.stringify(endpoint)}.`, {
    hint: `Log in: \`bento cloud login --endpoint ${endpoint}\`; or give a token.`,
  });
}

/** The connection that the environment makes, which beats every saved one; `undefined` where it makes none. */
function environmentConnection(env: Environment): CloudContext | undefined {
  const { endpoint = defaultEndpoint, token } = environmentOf(env);
  return token === undefined ? undefined : { name: environmentContext, endpoint, apiToken: token };
}

/** What the environment says of a registry; the names that Python knows win. */
export function environmentOf(env: Environment): { readonly endpoint: string | undefined; readonly token: string | undefined } {
  return {
    endpoint: given(env["BENTO_CLOUD_API_ENDPOINT"]) ?? given(env["BENTOCLOUD_ENDPOINT"]),
    token: given(env["BENTO_CLOUD_API_KEY"]) ?? given(env["BENTOCLOUD_API_TOKEN"]),
  };
}

/** The name that is asked for besides the current one. */
export function namedContext({ context, env }: Pick<ConnectionOptions, "context" | "env">): string | undefined {
  return given(context) ?? given(env["BENTOML_CLOUD_CONTEXT"]);
}

async function savedContext(options: ConnectionOptions): Promise<CloudContext> {
  const name = namedContext(options);
  const { contexts, current } = await new ContextsFile(options.home).read();
  if (contexts.length === 0) {
    throw new BentoError("BENTO_UNAUTHORIZED", "You are not logged in to a registry.", {
      hint: "Log in: `bento cloud login`; or set BENTO_CLOUD_API_KEY and BENTO_CLOUD_API_ENDPOINT.",
    });
  }
  return contextNamed(contexts, name ?? current);
}

function isSame(a: string, b: string): boolean {
  return a.replace(/\/+$/, "") === b.replace(/\/+$/, "");
}

/** An empty variable is none. */
function given(value: string | undefined): string | undefined {
  return value === undefined || value === "" ? undefined : value;
}
