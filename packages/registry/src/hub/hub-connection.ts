import { BentoError } from "@bento/core";
import { boundedText } from "../api/bounded-text.js";
import { Connections, type WireAnswer } from "../api/request.js";
import { type Attempt, type RetryOptions, withRetry } from "../transfer/with-retry.js";
import { type HubHead, type HubTarget, refusal, strangeAnswer, unreachable } from "./hub-failures.js";
import type { HubSettings } from "./hub-settings.js";

/** How often and when what failed is tried again. */
export type HubRetry = Pick<RetryOptions, "retries" | "minMs" | "maxMs">;

/** Bytes of one page of an answer in JSON: a thousand files take a tenth of a megabyte. */
const maxJsonBytes = 32 * 1024 * 1024;
/** Pages of a list: of as many files as nobody keeps in one repository. */
const maxAnswers = 300;
const maxRedirects = 5;
/** Milliseconds without a byte. */
const patienceMs = 30_000;

/** Calls of the hub, for one model. The token goes to the hub alone, and never along with a redirect to another host. */
export class HubConnection {
  readonly target: HubTarget;
  readonly #settings: HubSettings;
  readonly #retry: HubRetry;
  readonly #signal: AbortSignal | undefined;
  readonly #connections: Connections;
  #answers = 0;

  constructor(target: HubTarget, settings: HubSettings, retry: HubRetry = {}, signal?: AbortSignal, connections = new Connections()) {
    this.target = target;
    this.#settings = settings;
    this.#retry = retry;
    this.#signal = signal;
    this.#connections = connections;
  }

  /** {@link HubConnection.fetch} for the library of the hub, which sends no token of its own: with retries, and answers of success alone, held in memory up to a bound. */
  asFetch(): typeof fetch {
    return async (input, init) => {
      if (++this.#answers > maxAnswers) throw strangeAnswer(this.target, "gives a list that does not end");
      const url = new URL(input instanceof Request ? input.url : input);
      if (url.origin !== new URL(this.#settings.endpoint).origin) throw strangeAnswer(this.target, `leads to ${url.origin} for its list`);
      return this.retrying(async () => {
        using answer = await this.open(url, () => new Headers(init?.headers));
        const { status, headers } = answer.head;
        if (status < 200 || status > 299) throw await this.refused(answer.head);
        const text = await boundedText(answer.chunks(), maxJsonBytes);
        if (text === undefined)
          throw strangeAnswer(this.target, `answers with more than ${maxJsonBytes.toLocaleString("en-US")} bytes of JSON`);
        return new Response(text, { status, headers: { "content-type": "application/json", link: headers.get("link") ?? "" } });
      });
    };
  }

  /** The same for work that another signal stops. */
  within(signal: AbortSignal): HubConnection {
    return new HubConnection(this.target, this.#settings, this.#retry, signal, this.#connections);
  }

  /** Runs `work`, and again after a pause while it fails by what may pass. */
  retrying<T>(work: (attempt: Attempt) => Promise<T>): Promise<T> {
    return withRetry(work, { ...this.#retry, signal: this.#signal, isTransient: mayPass });
  }

  /**
   * Asks once, and goes after redirects.
   * @param headersFor what to send to each host on the way; the token is added where it belongs
   * @throws BENTO_REGISTRY_FAILED where no answer comes
   */
  async open(url: URL, headersFor: (at: URL) => Headers): Promise<HubAnswer> {
    const own = new URL(this.#settings.endpoint);
    let at = url;
    for (let hop = 0; hop <= maxRedirects; hop++) {
      const headers = headersFor(at);
      headers.delete("authorization");
      headers.set("user-agent", "bento");
      const token = at.origin === own.origin ? await this.#settings.readToken() : undefined;
      if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
      const answer = await HubAnswer.open(at, headers, { connections: this.#connections, target: this.target, signal: this.#signal });
      const { status, headers: said } = answer.head;
      const location = said.get("location");
      if (status < 300 || status > 399 || location === null) return answer;
      answer[Symbol.dispose]();
      const next = URL.canParse(location, at.href) ? new URL(location, at) : undefined;
      const isSafe = next !== undefined && (next.protocol === "https:" || (next.protocol === "http:" && own.protocol === "http:"));
      if (!isSafe) throw strangeAnswer(this.target, `redirects to ${JSON.stringify(next?.protocol ?? location)}`);
      at = next;
    }
    throw strangeAnswer(this.target, "redirects without end");
  }

  /** What to throw for an answer of {@link HubConnection.open} that is none of success. */
  async refused(head: HubHead): Promise<BentoError> {
    return refusal(head, this.target, (await this.#settings.readToken()) !== undefined);
  }
}

/** Only what may pass says when to try again. */
function mayPass(error: unknown): boolean {
  return BentoError.is(error) && error.retryAfterMs !== undefined;
}

/** One answer; it is given up when nothing comes any more. */
export class HubAnswer implements Disposable {
  readonly head: HubHead;
  /** Origin of what answered, redirects gone after. */
  readonly host: string;
  readonly #target: HubTarget;
  readonly #answer: WireAnswer;

  private constructor(answer: WireAnswer, target: HubTarget, host: string) {
    const lines = Object.entries(answer.headers).flatMap(([name, value]): [string, string][] =>
      typeof value === "string" ? [[name, value]] : [],
    );
    this.head = { status: answer.status, headers: new Headers(lines) };
    this.#answer = answer;
    this.#target = target;
    this.host = host;
  }

  static async open(url: URL, headers: Headers, { connections, target, signal }: HubAsking): Promise<HubAnswer> {
    try {
      const request = { method: "GET", url, headers: Object.fromEntries(headers), idleMs: patienceMs };
      const answer = await connections.send({ ...request, signal: signal ?? new AbortController().signal });
      return new HubAnswer(answer, target, url.origin);
    } catch (error) {
      signal?.throwIfAborted();
      throw unreachable(error, target, url.origin);
    }
  }

  /** The body as it comes. @throws BENTO_REGISTRY_FAILED where it breaks off */
  async *chunks(): AsyncGenerator<Uint8Array, void> {
    const chunks = this.#answer.body[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await chunks.next().catch((error: unknown) => Promise.reject(unreachable(error, this.#target, this.host)));
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      await chunks.return?.();
    }
  }

  /** What was not read is left. */
  [Symbol.dispose](): void {
    this.#answer.discard();
  }
}

/** Who asks, and over what. */
interface HubAsking {
  readonly connections: Connections;
  readonly target: HubTarget;
  readonly signal: AbortSignal | undefined;
}
