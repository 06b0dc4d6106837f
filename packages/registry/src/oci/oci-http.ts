import { BentoError, type BentoErrorCode } from "@bento/core";
import { boundedText } from "../api/bounded-text.js";
import { bytesBody } from "../api/http.js";
import { NetworkFailure, RefusedAnswer } from "../api/network-failure.js";
import { Connections, type RequestBody, type WireAnswer } from "../api/request.js";
import { parseChallenge } from "./challenge.js";
import type { OciCredentials, OciLogin } from "./credentials.js";
import { type OciReference, urlOf } from "./reference.js";

/** One request to an OCI registry. */
export interface OciCall {
  readonly method: "GET" | "HEAD" | "POST" | "PUT";
  /** Below `/v2/<repository>/`, or a URL of the registry's own. */
  readonly path: string | URL;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: RequestBody | undefined;
  /** What it is for, after "cannot". */
  readonly what: string;
  readonly accept: readonly number[];
  readonly absent?: BentoErrorCode | undefined;
  readonly signal: AbortSignal;
}

/** How an OCI registry is asked. */
export interface OciHttpOptions {
  readonly reference: OciReference;
  /** Who asks, looked up when the registry wants to know. */
  readonly login: (signal: AbortSignal) => Promise<OciLogin | undefined>;
  /** Hosts that may give tokens besides the registry's own. */
  readonly realms: readonly string[];
  /** What is asked for in the repository. */
  readonly actions: "pull" | "pull,push";
}

const idleMs = 60_000;
const maxRedirects = 3;
const tokenBytes = 256 * 1024;
const refusalBytes = 64 * 1024;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * Requests to one repository of an OCI registry. Credentials go to the registry and to where it says that tokens are
 * given, if that is its own; a redirect is followed to where the bytes are, and nothing that says who asks goes along.
 */
export class OciHttp {
  readonly #options: OciHttpOptions;
  readonly #connections = new Connections();
  #authorization: string | undefined;
  #asking: Promise<void> | undefined;

  constructor(options: OciHttpOptions) {
    this.#options = options;
  }

  get #origin(): string {
    return this.#options.reference.origin;
  }

  /** @throws BENTO_REGISTRY_FAILED, BENTO_UNAUTHORIZED, BENTO_FORBIDDEN, the call's own code for what is not there */
  async send(call: OciCall): Promise<WireAnswer> {
    const { repository } = this.#options.reference;
    const url = typeof call.path === "string" ? new URL(`${this.#origin}/v2/${repository}/${call.path}`) : this.#own(call.path, call.what);
    let answer = await this.#exchange(url, call, this.#authorization);
    if (answer.status === 401) {
      const header = answer.headers["www-authenticate"] ?? "";
      answer.discard();
      // Many may be told at once; one asks for all.
      this.#asking ??= this.#authorize(header, call).finally(() => (this.#asking = undefined));
      await this.#asking;
      answer = await this.#exchange(url, call, this.#authorization);
    }
    for (let hops = 0; redirects.has(answer.status) && call.method === "GET"; hops += 1) {
      const { location = "" } = answer.headers;
      answer.discard();
      if (hops === maxRedirects) throw this.#failed(call.what, "its redirects lead nowhere");
      answer = await this.#exchange(this.#elsewhere(location, url, call.what), call, undefined);
    }
    if (call.accept.includes(answer.status)) return answer;
    throw await this.#refusal(answer, call);
  }

  /** A whole answer. @throws BENTO_REGISTRY_FAILED for one that is longer than it may be */
  async text(call: OciCall, maxBytes: number): Promise<{ readonly text: string; readonly answer: WireAnswer }> {
    const answer = await this.send(call);
    const text = await boundedText(answer.body, maxBytes).catch((error: unknown) => {
      throw this.#broken(error, call);
    });
    if (text !== undefined) return { text, answer };
    answer.discard();
    throw this.#failed(call.what, `its answer is longer than ${maxBytes} bytes, which no such answer is`);
  }

  /** A place that the registry named for an upload. @throws BENTO_REGISTRY_FAILED for one that is not at the registry: what is sent there goes with credentials */
  uploadPlace(location: string | undefined, what: string): URL {
    const url = urlOf(location ?? "", this.#origin);
    if (location === undefined || url === undefined) throw this.#failed(what, "it names no place for it");
    return this.#own(url, what);
  }

  #own(url: URL, what: string): URL {
    if (url.origin === this.#origin && url.username === "") return url;
    throw this.#failed(what, `it wants it to be sent to ${JSON.stringify(url.origin)}, which is another host`);
  }

  /** Never from what is encrypted to what is not. */
  #elsewhere(location: string, from: URL, what: string): URL {
    const url = urlOf(location, from);
    if (
      url !== undefined &&
      /^https?:$/.test(url.protocol) &&
      url.username === "" &&
      !(from.protocol === "https:" && url.protocol === "http:")
    ) {
      return url;
    }
    throw this.#failed(what, `it redirects to ${JSON.stringify(location.slice(0, 100))}, which is not followed`);
  }

  async #authorize(header: string, call: OciCall): Promise<void> {
    const { login, realms, actions, reference } = this.#options;
    const challenge = parseChallenge(header, this.#origin, realms);
    const known = await login(call.signal);
    const basic = known && "username" in known ? basicOf(known) : undefined;
    if (challenge.scheme === "basic") {
      if (basic === undefined) throw this.#unauthorized(call.what);
      this.#authorization = basic;
      return;
    }
    const { realm, service, scope } = challenge;
    const asked = new URLSearchParams({ scope: scope ?? `repository:${reference.repository}:${actions}` });
    if (service !== undefined) asked.set("service", service);
    const asking = { ...call, what: "give a token", accept: [200] };
    const answer =
      known && "identityToken" in known
        ? await this.#exchange(realm, { ...asking, ...refreshing(asked, known.identityToken) }, undefined)
        : await this.#exchange(withQuery(realm, asked), { ...asking, method: "GET", body: undefined, headers: {} }, basic);
    if (answer.status === 401 || answer.status === 403) {
      answer.discard();
      throw this.#unauthorized(call.what);
    }
    const text = answer.status === 200 ? await boundedText(answer.body, tokenBytes) : undefined;
    answer.discard();
    const token = text === undefined ? undefined : tokenIn(text);
    if (token === undefined) throw this.#failed(call.what, `${JSON.stringify(realm.origin)} gives no token`);
    this.#authorization = `Bearer ${token}`;
  }

  async #exchange(url: URL, { method, headers, body, signal, what }: OciCall, authorization: string | undefined): Promise<WireAnswer> {
    const common = { accept: "*/*", "accept-encoding": "identity", "user-agent": "bento-registry" };
    const auth: Record<string, string> = authorization === undefined ? {} : { authorization };
    try {
      return await this.#connections.send({
        method,
        url,
        headers: { ...common, ...headers, ...auth },
        body,
        idleMs,
        answerMs: 600_000,
        signal,
      });
    } catch (error) {
      throw this.#broken(error, { what, signal });
    }
  }

  #broken(error: unknown, { what, signal }: Pick<OciCall, "what" | "signal">): unknown {
    if (signal.aborted || !(error instanceof NetworkFailure)) return error;
    return new BentoError("BENTO_REGISTRY_FAILED", `Cannot ${what} at ${JSON.stringify(this.#origin)}: ${error.message}.`, {
      hint: "Look whether the registry runs, and whether the address is right.",
      cause: error,
    });
  }

  async #refusal(answer: WireAnswer, { what, absent }: OciCall): Promise<BentoError> {
    const text = (await boundedText(answer.body, refusalBytes).catch(() => undefined)) ?? "";
    answer.discard();
    const { status } = answer;
    if (status === 401) return this.#unauthorized(what);
    const code = status === 404 ? (absent ?? "BENTO_NOT_FOUND") : status === 403 ? "BENTO_FORBIDDEN" : "BENTO_REGISTRY_FAILED";
    const why = `it answers with ${status}${wordsIn(text)}`;
    return new BentoError(code, `${JSON.stringify(this.#origin)} cannot ${what}: ${why}.`, { cause: new RefusedAnswer(status) });
  }

  #unauthorized(what: string): BentoError {
    return new BentoError("BENTO_UNAUTHORIZED", `${JSON.stringify(this.#origin)} lets nobody ${what} who is not known to it.`, {
      hint: "Log in with `docker login`, or set BENTO_OCI_USERNAME and BENTO_OCI_PASSWORD.",
    });
  }

  #failed(what: string, why: string): BentoError {
    return new BentoError("BENTO_REGISTRY_FAILED", `${JSON.stringify(this.#origin)} cannot ${what}: ${why}.`);
  }
}

function basicOf({ username, password }: OciCredentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

function withQuery(realm: URL, asked: URLSearchParams): URL {
  for (const [key, value] of asked) realm.searchParams.set(key, value);
  return realm;
}

/** A token of a login is exchanged as OAuth 2 has it: in a body, where no log of addresses keeps it. */
function refreshing(asked: URLSearchParams, identityToken: string): Pick<OciCall, "method" | "headers" | "body"> {
  const form = new URLSearchParams(asked);
  form.set("grant_type", "refresh_token");
  form.set("client_id", "bento-registry");
  form.set("refresh_token", identityToken);
  return {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: bytesBody(Buffer.from(form.toString())),
  };
}

function tokenIn(text: string): string | undefined {
  try {
    const { token, access_token: access } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const found = token ?? access;
    return typeof found === "string" && /^[\u0021-\u007e]+$/.test(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

/** What a registry says of a refusal, as far as it can stand in a message. */
function wordsIn(text: string): string {
  try {
    const { errors } = JSON.parse(text) as { readonly errors?: readonly { readonly message?: unknown }[] };
    const message = errors?.[0]?.message;
    return typeof message === "string" ? `: ${JSON.stringify(message.slice(0, 200))}` : "";
  } catch {
    return "";
  }
}
