import { type ClientRequest, type IncomingMessage, request as requestPlain } from "node:http";
import { request as requestSecure } from "node:https";
import type { Socket } from "node:net";
import type { Route } from "../../../network/routes.js";
import { isLostConnection } from "../../remote-failure.js";
import type { RemoteContent } from "../../remote.js";
import { type Asking, Silence } from "./asking.js";
import { IdleClock } from "./idle-clock.js";
import { SendBody } from "./send-body.js";
import { WebAnswer } from "./web-answer.js";

/** Bytes of all header lines of an answer together. */
const maxHeaderBytes = 32 * 1024;

/** One request to one server. */
export interface Exchange {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: RemoteContent | undefined;
  readonly asking: Asking;
  /** A way to the server; or a connection that is there already. */
  readonly over: { readonly route: Route } | { readonly socket: Socket };
  readonly idleMs: number;
}

/** A connection that was kept was given up by the server before it got the request: another one may do. */
export class StaleConnection extends Error {}

/**
 * Sends a request, and answers with the head of what comes back. An answer that comes while the body is still being sent
 * ends the sending.
 * @throws BENTO_TRANSFER_FAILED where no answer comes; BENTO_CANCELLED; {@link StaleConnection}; what the body's source throws
 */
export async function exchange({ method, url, headers, body, asking, over, idleMs }: Exchange): Promise<WebAnswer> {
  asking.check();
  const { signal } = asking;
  const outgoing = start(url, { method, headers: { host: url.host, ...headers } }, over);
  const life = new Life(outgoing);
  const clock = new IdleClock(idleMs, () => life.fail(new Silence(idleMs)));
  const abort = (): void => life.fail(new Error("The caller cancelled it."));
  signal?.addEventListener("abort", abort, { once: true });
  const onEnd = (): void => {
    clock.stop();
    signal?.removeEventListener("abort", abort);
  };
  const sending = body === undefined ? undefined : new SendBody(outgoing, body, clock);
  try {
    if (sending === undefined) outgoing.end();
    else sending.run().catch((error: unknown) => life.fail(error));
    const message = await life.answered;
    const isWhole = sending?.stop() !== false;
    clock.rest();
    const answer = new WebAnswer(message, url, asking, clock, () => {
      onEnd();
      // Nobody can ask anything else on a connection that still waits for the rest of a body.
      if (!isWhole) outgoing.destroy();
    });
    life.begin(answer);
    return answer;
  } catch (error) {
    sending?.stop();
    onEnd();
    if (sending === undefined && outgoing.reusedSocket && isLostConnection(error)) throw new StaleConnection();
    // What the source of the body throws is the caller's own.
    throw sending?.sourceError !== undefined && signal?.aborted !== true ? sending.sourceError : asking.broken(error);
  }
}

function start(url: URL, { method, headers }: Pick<Exchange, "method" | "headers">, over: Exchange["over"]): ClientRequest {
  const options = { method, maxHeaderSize: maxHeaderBytes };
  if ("socket" in over) return requestPlain({ ...options, headers, path: url.pathname + url.search, createConnection: () => over.socket });
  const { headers: forProxy, ...way } = over.route;
  const request = way.protocol === "https:" ? requestSecure : requestPlain;
  return request({ ...options, ...way, headers: { ...headers, ...forProxy } });
}

/** From the request to the end of its answer: whatever ends it early, whoever waits hears of it at once. */
class Life {
  readonly answered: Promise<IncomingMessage>;
  readonly #outgoing: ClientRequest;
  #reject: (error: unknown) => void = () => {};
  #answer: WebAnswer | undefined;

  constructor(outgoing: ClientRequest) {
    this.#outgoing = outgoing;
    this.answered = new Promise((resolve, reject) => {
      this.#reject = reject;
      outgoing.once("response", resolve);
      // Also what comes after the head: nobody else listens then.
      outgoing.on("error", reject);
      outgoing.once("close", () => reject(Object.assign(new Error("The connection was closed before an answer."), { code: "ECONNRESET" })));
    });
    this.answered.catch(() => {});
  }

  /** From now on it is the answer's. */
  begin(answer: WebAnswer): void {
    this.#answer = answer;
  }

  fail(error: unknown): void {
    this.#reject(error);
    if (this.#answer !== undefined && error instanceof Error) this.#answer.fail(error);
    this.#outgoing.destroy();
  }
}
