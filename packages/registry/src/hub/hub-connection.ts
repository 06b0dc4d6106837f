import { BentoError } from "@bento/core";
import { boundedText } from "../api/bounded-text.js";
import { type Attempt, type RetryOptions, withRetry } from "../transfer/with-retry.js";
import { type HubTarget, refusal, strangeAnswer, unreachable } from "./hub-failures.js";
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
  #answers = 0;

  constructor(target: HubTarget, settings: HubSettings, retry: HubRetry = {}, signal?: AbortSignal) {
    this.target = target;
    this.#settings = settings;
    this.#retry = retry;
    this.#signal = signal;
  }

  /** {@link HubConnection.fetch} for the library of the hub, which sends no token of its own: with retries, and answers of success alone, held in memory up to a bound. */
  asFetch(): typeof fetch {
    return async (input, init) => {
      if (++this.#answers > maxAnswers) throw strangeAnswer(this.target, "gives a list that does not end");
      const url = new URL(input instanceof Request ? input.url : input);
      if (url.origin !== new URL(this.#settings.endpoint).origin) throw strangeAnswer(this.target, `leads to ${url.origin} for its list`);
      return this.retrying(async () => {
        await using answer = await this.open(url, () => new Headers(init?.headers));
        const { status, headers } = answer.response;
        if (!answer.response.ok) throw await this.refused(answer.response);
        const text = await boundedText(answer.chunks(), maxJsonBytes);
        if (text === undefined)
          throw strangeAnswer(this.target, `answers with more than ${maxJsonBytes.toLocaleString("en-US")} bytes of JSON`);
        return new Response(text, { status, headers: { "content-type": "application/json", link: headers.get("link") ?? "" } });
      });
    };
  }

  /** The same for work that another signal stops. */
  within(signal: AbortSignal): HubConnection {
    return new HubConnection(this.target, this.#settings, this.#retry, signal);
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
      const answer = await HubAnswer.open(at, headers, this.target, this.#signal);
      const { status } = answer.response;
      const location = answer.response.headers.get("location");
      if (status < 300 || status > 399 || location === null) return answer;
      await answer[Symbol.asyncDispose]();
      const next = URL.canParse(location, at.href) ? new URL(location, at) : undefined;
      const isSafe = next !== undefined && (next.protocol === "https:" || (next.protocol === "http:" && own.protocol === "http:"));
      if (!isSafe) throw strangeAnswer(this.target, `redirects to ${JSON.stringify(next?.protocol ?? location)}`);
      at = next;
    }
    throw strangeAnswer(this.target, "redirects without end");
  }

  /** What to throw for an answer of {@link HubConnection.open} that is none of success. */
  async refused(response: Response): Promise<BentoError> {
    return refusal(response, this.target, (await this.#settings.readToken()) !== undefined);
  }
}

/** Only what may pass says when to try again. */
function mayPass(error: unknown): boolean {
  return BentoError.is(error) && error.retryAfterMs !== undefined;
}

/** One answer, whose connection ends with it; it is given up when nothing comes any more. */
export class HubAnswer implements AsyncDisposable {
  readonly response: Response;
  /** Origin of what answered, redirects gone after. */
  readonly host: string;
  readonly #target: HubTarget;
  readonly #ending: AbortController;
  readonly #clock: NodeJS.Timeout;

  private constructor(response: Response, target: HubTarget, host: string, ending: AbortController, clock: NodeJS.Timeout) {
    this.response = response;
    this.#target = target;
    this.host = host;
    this.#ending = ending;
    this.#clock = clock;
  }

  static async open(url: URL, headers: Headers, target: HubTarget, signal: AbortSignal | undefined): Promise<HubAnswer> {
    const ending = new AbortController();
    const clock = setTimeout(() => ending.abort(new Error(`nothing came for ${patienceMs / 1000} seconds`)), patienceMs);
    const ends = signal === undefined ? ending.signal : AbortSignal.any([signal, ending.signal]);
    try {
      const response = await fetch(url, { headers, redirect: "manual", signal: ends });
      return new HubAnswer(response, target, url.origin, ending, clock);
    } catch (error) {
      clearTimeout(clock);
      signal?.throwIfAborted();
      throw unreachable(error, target, url.origin);
    }
  }

  /** The body as it comes. @throws BENTO_REGISTRY_FAILED where it breaks off */
  async *chunks(): AsyncGenerator<Uint8Array, void> {
    const { body } = this.response;
    if (body === null) return;
    const chunks = body[Symbol.asyncIterator]();
    for (;;) {
      const next = await chunks.next().catch((error: unknown) => Promise.reject(unreachable(error, this.#target, this.host)));
      if (next.done === true) return;
      this.#clock.refresh();
      yield next.value;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#clock);
    this.#ending.abort();
    // What was not read is left; that the body then fails concerns nobody.
    if (this.response.body?.locked === false) await this.response.body.cancel().catch(() => undefined);
  }
}
