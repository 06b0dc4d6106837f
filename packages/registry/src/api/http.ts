import { BentoError, type BentoErrorCode } from "@bento/core";
import type { IncomingHttpHeaders } from "node:http";
import type { z } from "zod";
import { contentHeader, contentProtocol } from "../wire/content.js";
import { boundedText } from "./bounded-text.js";
import { NetworkFailure, networkHint } from "./network-failure.js";
import { refusalOf } from "./refusal.js";
import { Connections, type RequestBody, type WireAnswer } from "./request.js";

export { isTransient } from "./network-failure.js";
export type { RequestBody, WireAnswer } from "./request.js";

/** Which registry is asked, and as whom. */
export interface HttpOptions {
  /** `https://host`, with a path before the API's own where it has one. */
  readonly endpoint: string;
  /** Nothing for what asks without one. */
  readonly token: string | undefined;
}

/** One request to the registry. */
export interface Call {
  readonly method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** Below the endpoint: `/api/v1/...`, escaped. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>> | undefined;
  readonly json?: unknown;
  readonly body?: RequestBody | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** What it is for, after "cannot": `read "digits:v1"`. */
  readonly what: string;
  /** The code of what is not there; by default BENTO_NOT_FOUND. */
  readonly absent?: BentoErrorCode | undefined;
  /** Statuses that are no error; by default 200 alone. */
  readonly accept?: readonly number[] | undefined;
  /** How long no byte may move. Milliseconds; by default a minute. */
  readonly idleMs?: number | undefined;
  /** How long the answer may take once a body was sent. */
  readonly answerMs?: number | undefined;
  readonly signal: AbortSignal;
}

/** Bytes of an answer in JSON: of one thing, and of many. */
export const answerBytes = { one: 16 * 1024 * 1024, many: 64 * 1024 * 1024 } as const;

const idleMs = 60_000;
/** Bytes of an error's body that are looked at. */
const refusalBytes = 64 * 1024;
/** The version of BentoML's client whose calls these are: servers choose by it what they answer. */
const speaksAs = "1.4.39";

/**
 * Requests to one registry. Whatever is thrown is a BentoError that names the registry and what it said; the token is
 * in no message, and goes to no other host.
 */
export class RegistryHttp {
  readonly endpoint: string;
  readonly #base: URL;
  readonly #token: string | undefined;
  readonly #connections = new Connections();
  #peer: "ours" | "plain" | undefined;

  /** @throws BENTO_CONFIG_INVALID for an endpoint that is no URL, and a token that no header can carry */
  constructor({ endpoint, token }: HttpOptions) {
    this.#base = baseOf(endpoint);
    this.endpoint = this.#base.href.replace(/\/$/, "");
    this.#token = token;
    if (token !== undefined && !/^[\u0021-\u007e]+$/.test(token)) {
      throw new BentoError("BENTO_CONFIG_INVALID", "The token of the registry holds characters that no token has.", {
        hint: "Copy it again, without blanks and line ends.",
      });
    }
  }

  /** Whether the registry is one of ours, as its last answer said. */
  get peer(): "ours" | "plain" | undefined {
    return this.#peer;
  }

  /** An answer in JSON. @throws as {@link RegistryHttp.send}; BENTO_REGISTRY_FAILED for one that is not as it must be */
  async json<T>(call: Call, schema: z.ZodType<T>, maxBytes: number = answerBytes.one): Promise<T> {
    const answer = await this.send(call);
    const text = await this.#textOf(answer, call.what, maxBytes);
    return this.#parsed(text, schema, { what: call.what, answer });
  }

  /** The same; `undefined` for what is not there. */
  async found<T>(call: Call, schema: z.ZodType<T>, maxBytes?: number): Promise<T | undefined> {
    try {
      return await this.json({ ...call, absent: "BENTO_NOT_FOUND" }, schema, maxBytes);
    } catch (error) {
      if (BentoError.is(error, "BENTO_NOT_FOUND")) return undefined;
      throw error;
    }
  }

  /** A call whose answer does not matter. */
  async done(call: Call): Promise<void> {
    await this.text(call);
  }

  /** An answer as it came; also one that is empty. */
  async text(call: Call): Promise<string> {
    const answer = await this.send(call);
    return this.#textOf(answer, call.what, answerBytes.one);
  }

  /**
   * Sends a request with the token. Its body is the caller's, to read or to discard.
   * @throws BENTO_REGISTRY_FAILED, BENTO_UNAUTHORIZED, BENTO_FORBIDDEN, BENTO_CONFLICT ... by what the registry answers; BENTO_CANCELLED
   */
  async send(call: Call): Promise<WireAnswer> {
    const token: Record<string, string> = this.#token === undefined ? {} : { "x-yatai-api-token": this.#token };
    const headers = { "x-bentoml-version": speaksAs, ...token, ...call.headers };
    const answer = await this.#exchange(this.#urlOf(call), headers, call);
    // A gateway's error says nothing about the registry behind it.
    if (answer.status < 300 || answer.headers[contentHeader] !== undefined) this.#peer = peerOf(answer.headers);
    return this.#accepted(answer, call, this.endpoint);
  }

  /**
   * Sends a request to a URL that the registry gave, without token, as the URL itself says who may do what.
   * @throws BENTO_REGISTRY_FAILED for one that no registry should give: another protocol, or bytes in the clear that came encrypted
   */
  async elsewhere(given: string, call: Omit<Call, "path" | "query">): Promise<WireAnswer> {
    const url = URL.canParse(given) ? new URL(given) : undefined;
    const isDowngrade = this.#base.protocol === "https:" && url?.protocol === "http:";
    if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== "" || isDowngrade) {
      const why = isDowngrade ? "it is not encrypted, as the registry itself is" : "it is no http(s) URL";
      const shown = JSON.stringify(url === undefined ? given.slice(0, 100) : url.origin + url.pathname);
      throw new BentoError("BENTO_REGISTRY_FAILED", `${JSON.stringify(this.endpoint)} gives ${shown} to ${call.what}; ${why}.`);
    }
    return this.#accepted(await this.#exchange(url, { ...call.headers }, call), call, url.origin + url.pathname);
  }

  async #exchange(url: URL, headers: Readonly<Record<string, string>>, call: Omit<Call, "path" | "query">): Promise<WireAnswer> {
    const json = call.json === undefined ? undefined : new TextEncoder().encode(JSON.stringify(call.json));
    const body = json === undefined ? (call.body ?? (call.method === "GET" ? undefined : noBody)) : bytesBody(json);
    const type: Record<string, string> = json === undefined ? {} : { "content-type": "application/json" };
    const common = { accept: "*/*", "accept-encoding": "identity", "user-agent": "bento-registry" };
    try {
      return await this.#connections.send({
        method: call.method,
        url,
        headers: { ...common, ...type, ...headers },
        body,
        idleMs: call.idleMs ?? idleMs,
        answerMs: call.answerMs,
        signal: call.signal,
      });
    } catch (error) {
      throw this.#failure(error, call, url);
    }
  }

  async #accepted(answer: WireAnswer, call: Omit<Call, "path" | "query">, endpoint: string): Promise<WireAnswer> {
    const { status, headers } = answer;
    const encoding = headers["content-encoding"];
    if ((call.accept ?? [200]).includes(status)) {
      if (encoding === undefined || encoding === "identity") return { ...answer, body: this.#named(answer.body, call) };
      answer.discard();
      throw this.#failed(call.what, `it answers in the encoding ${JSON.stringify(encoding)}, which was not asked for`);
    }
    const text = (await boundedText(answer.body, refusalBytes).catch(() => undefined)) ?? "";
    answer.discard();
    const { what, absent } = call;
    throw refusalOf({ what, absent, endpoint, status, headers, text, redact: (words) => this.#redact(words) });
  }

  /** A body whose failures say what they are about. */
  async *#named(body: AsyncIterable<Uint8Array>, call: Pick<Call, "what" | "signal">): AsyncGenerator<Uint8Array, void> {
    try {
      yield* body;
    } catch (error) {
      throw this.#failure(error, call, this.#base);
    }
  }

  async #textOf(answer: WireAnswer, what: string, maxBytes: number): Promise<string> {
    const text = await boundedText(answer.body, maxBytes);
    if (text !== undefined) return text;
    answer.discard();
    throw this.#failed(what, `its answer is longer than ${maxBytes} bytes, which no such answer is`);
  }

  #parsed<T>(text: string, schema: z.ZodType<T>, { what, answer }: { readonly what: string; readonly answer: WireAnswer }): T {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      const type = answer.headers["content-type"] ?? "nothing that is named";
      throw this.#failed(
        what,
        `it answers with ${JSON.stringify(type)}, not with JSON`,
        "Look whether the endpoint is that of a registry.",
      );
    }
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const where = issue === undefined || issue.path.length === 0 ? "the answer" : JSON.stringify(issue.path.join("."));
    throw this.#failed(what, this.#redact(`${where} is not as it must be: ${issue?.message ?? "unknown"}`));
  }

  #failure(error: unknown, { what, signal }: Pick<Call, "what" | "signal">, url: URL): unknown {
    if (BentoError.is(error)) return error;
    if (signal.aborted)
      return new BentoError("BENTO_CANCELLED", `Asking ${JSON.stringify(this.endpoint)} was cancelled.`, { cause: error });
    if (!(error instanceof NetworkFailure)) return error;
    const where = url.origin === this.#base.origin ? this.endpoint : url.origin;
    return new BentoError("BENTO_REGISTRY_FAILED", `Cannot ${what} at ${JSON.stringify(where)}: ${this.#redact(error.message)}.`, {
      hint: networkHint(error),
      cause: error,
    });
  }

  #failed(what: string, why: string, hint?: string): BentoError {
    return new BentoError("BENTO_REGISTRY_FAILED", `${JSON.stringify(this.endpoint)} cannot ${what}: ${why}.`, { hint });
  }

  #redact(text: string): string {
    return this.#token === undefined ? text : text.replaceAll(this.#token, "***");
  }

  #urlOf({ path, query = {} }: Call): URL {
    const url = new URL(this.#base.href.replace(/\/$/, "") + path);
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value));
    return url;
  }
}

const noBody: RequestBody = { size: 0, stream: () => nothing() };

/** Small bytes as the body of a request. */
export function bytesBody(bytes: Uint8Array): RequestBody {
  return { size: bytes.length, stream: () => one(bytes) };
}

// oxlint-disable-next-line require-await, require-yield -- a body that is empty
async function* nothing(): AsyncGenerator<Uint8Array, void> {}

// oxlint-disable-next-line require-await -- a body that is there already
async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield bytes;
}

function peerOf(headers: IncomingHttpHeaders): "ours" | "plain" {
  return headers[contentHeader] === contentProtocol ? "ours" : "plain";
}

function baseOf(endpoint: string): URL {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.username === "" && url.search === "" && url.hash === "") return url;
  const shown = JSON.stringify(endpoint.replace(/\/\/[^/@]*@/, "//***@"));
  throw new BentoError("BENTO_CONFIG_INVALID", `${shown} is no endpoint of a registry.`, {
    hint: "Write https://host, or http://host:port; the token is given by itself.",
  });
}
