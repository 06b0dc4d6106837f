import { BentoError } from "@bento/core";
import type { Mount, ServiceSpec } from "@bento/sdk";
import { type Binding, runWithContext } from "@bento/sdk/runtime";

import type { CallContext, ExecutorCall, ExecutorReply } from "../executor/executor.js";
import { mountCall } from "../executor/side-calls.js";
import type { CallBody } from "../http/incoming.js";
import { isResponse, ownReply } from "../http/own-response.js";
import { type MountPlace, nodeFetcher } from "./node-fetch.js";

/** An app of others that lies below a path of a service, in the process where the service runs. */
export class MountedApp {
  readonly #path: string;
  readonly #binding: Binding;
  readonly #fetch: (request: Request, place: MountPlace) => Response | Promise<Response>;

  constructor({ path, handler }: Mount, binding: Binding) {
    this.#path = path;
    this.#binding = binding;
    this.#fetch = handler.kind === "node" ? nodeFetcher(handler.handle) : handler.handle;
  }

  /** @throws BENTO_INTERNAL when it answers with something else than a response; whatever the app throws */
  async run({ body, context }: ExecutorCall): Promise<ExecutorReply> {
    const { method } = context.request;
    const { request, place } = requestOf(context, body);
    const response: unknown = await runWithContext(context, this.#binding, () => this.#fetch(request, place));
    if (isResponse(response)) return ownReply(response, context.changedResponse, method === "HEAD");
    throw new BentoError("BENTO_INTERNAL", `The app that is mounted at ${JSON.stringify(this.#path)} answered with no Response.`, {
      hint: 'Say mount(path, app, { kind: "node" }) where it is a handler of node:http.',
    });
  }
}

/** The request as the app sees it: below its mount. */
function requestOf({ request, signal }: CallContext, body: CallBody): { readonly request: Request; readonly place: MountPlace } {
  const { method, url: asked, params } = request;
  // The path is taken as it was written: what is in it may not be moved up or down by being read again.
  const url = new URL(URL.canParse(asked) ? asked : "http://localhost/");
  const rest = params["*"] ?? "/";
  const whole = asked.slice(asked.indexOf("/", asked.indexOf("://") + 3));
  const path = whole.split(/[?#]/, 1)[0] as string;
  const baseUrl = path.slice(0, path.length - rest.length + (path.endsWith(rest) ? 0 : 1));
  const headers = new Headers(request.headers);
  headers.delete("content-length");
  const bytes = "bytes" in body ? body.bytes : new TextEncoder().encode("value" in body ? JSON.stringify(body.value) : "");
  const isSent = method !== "GET" && method !== "HEAD" && bytes.byteLength > 0;
  return {
    request: new Request(url.origin + rest + url.search, {
      method,
      headers,
      signal,
      ...(isSent && { body: bytes as Uint8Array<ArrayBuffer> }),
    }),
    place: { originalUrl: path + url.search, baseUrl },
  };
}

/** The apps that are mounted in a service, by what they are called by. */
export function mountedApps({ mounts }: ServiceSpec, binding: Binding): ReadonlyMap<string, MountedApp> {
  return new Map(mounts.map((mount) => [mountCall(mount.path), new MountedApp(mount, binding)]));
}
