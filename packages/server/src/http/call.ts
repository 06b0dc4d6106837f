import type { BentoError, ContextRequest, Identity, WorkerInfo } from "@bento/core";

import type { BodyIntake } from "../bodies/body-intake.js";
import type { CallContext } from "../executor/executor.js";
import { LazyContext } from "../executor/lazy-context.js";
import type { InputIntake } from "../input-streams/input-intake.js";
import { callerGone } from "./body-limit.js";
import { parseCookies } from "./cookies.js";
import { type Deadline, type Deadlines, restartDeadline } from "./deadlines.js";
import type { Body, Incoming, TakeBody } from "./incoming.js";
import { type CallTime, neverBegun, slowBody, slowMethod, slowUrls } from "./out-of-time.js";
import { type PathPattern, withoutParams } from "./path-pattern.js";
import { isStream, type Reply } from "./reply.js";

/** A call that is worked on in this process has nobody beside it. */
const onlyWorker: WorkerInfo = Object.freeze({ index: 1, count: 1, devices: [] });

/** How a call ended: with an answer, or with whatever was thrown. */
export type Outcome = { readonly reply: Reply } | { readonly thrown: unknown };

/** Takes the outcome of a call, once. */
export type Settle = (call: Call, outcome: Outcome) => void;

/**
 * One request on its way through the server, and the {@link CallContext} that its method gets.
 *
 * It is settled once: by the first answer or failure, by its deadline, or because the caller went away. Whatever comes
 * later is refused. Plain callbacks and no promises, because each promise is paid for twice where `AsyncLocalStorage` is
 * in use.
 */
export class Call extends LazyContext implements CallContext {
  readonly incoming: Incoming;
  readonly requestId: string;
  readonly worker: WorkerInfo;
  readonly startedAt = performance.now();
  identity: Identity | undefined;
  /** Milliseconds that its caller waits for an answer. */
  patienceMs = Infinity;
  /** Reads its body, where that is not simply taken into memory. */
  intake: BodyIntake | undefined = undefined;
  /** Reads its body while that comes, where its method does so. */
  input: InputIntake | undefined = undefined;
  /** The pattern that its path fits, where its route has one. */
  pattern: PathPattern | undefined = undefined;
  readonly #settle: Settle;
  #request: ContextRequest | undefined;
  #deadline: Deadline | undefined;
  #isReading = false;
  #isSettled = false;
  #isOver = false;

  constructor(incoming: Incoming, requestId: string, settle: Settle, worker = onlyWorker) {
    super();
    this.incoming = incoming;
    this.requestId = requestId;
    this.#settle = settle;
    this.worker = worker;
  }

  get request(): ContextRequest {
    return (this.#request ??= new RequestPart(this.incoming, this.pattern));
  }

  get rawHeaders(): readonly string[] {
    return this.incoming.rawHeaders;
  }

  get time(): CallTime | undefined {
    return this.#deadline;
  }

  /** Whether its time is over, although the event loop was too busy to say so. */
  get isOverdue(): boolean {
    return this.#deadline !== undefined && performance.now() >= this.#deadline.end;
  }

  /** Whether it is settled, so that no answer is wanted any more. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Settles the call with an answer; `false` when that came too late. */
  reply(reply: Reply): boolean {
    return this.#finish({ reply });
  }

  /** Settles the call with what was thrown; `false` when that came too late. */
  fail(thrown: unknown): boolean {
    return this.#finish({ thrown });
  }

  /** Begins to watch the clock and the caller, unless that has begun already. */
  watch(deadlines: Deadlines): void {
    if (this.#deadline) return;
    this.#deadline = deadlines.start(this, this.startedAt, this.patienceMs);
    this.incoming.onGone(() => this.leave());
  }

  /**
   * Reads the body and goes on with it. A deadline that passes meanwhile is the caller's fault (408), not the method's
   * (504); whatever goes wrong, in the continuation too, fails the call.
   */
  readBody(maxBytes: number, proceed: (body: Body) => void): void {
    this.#isReading = true;
    const take: TakeBody = (outcome) => {
      this.#isReading = false;
      if (this.#isSettled) return;
      if (outcome instanceof Error) return void this.fail(outcome);
      try {
        proceed(outcome);
      } catch (thrown) {
        this.fail(thrown);
      }
    };
    if (this.intake === undefined) this.incoming.readBody(maxBytes, take);
    else this.intake.read(this.incoming, maxBytes, take);
  }

  /** The caller went away, or will read no further. */
  leave(): void {
    if (!this.#isOver) this.interrupt(callerGone());
  }

  /** Ends the call early, also in the middle of its answer: `signal` is aborted with the error. */
  override interrupt(error: BentoError): void {
    if (this.#isOver) return;
    super.interrupt(error);
    this.input?.leave(error);
    this.fail(error);
  }

  override tookInput(): void {
    this.input?.moved();
  }

  /** Ends the call because its time is over, which counts anew whenever its method takes something of an input that comes. */
  expire(time: CallTime): void {
    const movedAt = this.input?.movedAt;
    if (movedAt !== undefined && movedAt + time.timeoutMs > performance.now()) {
      this.#deadline = restartDeadline(this, movedAt, time);
      return;
    }
    this.interrupt(this.#isReading ? slowBody(time) : this.hasBegun ? slowMethod(time) : this.#notBegun(time));
  }

  /** The answer is complete: a connection that closes now says nothing. */
  close(): void {
    this.#isOver = true;
    this.input?.leave();
    this.intake?.release();
  }

  #notBegun(time: CallTime): BentoError {
    return this.intake?.isFetching === true ? slowUrls(time) : neverBegun(time);
  }

  #finish(outcome: Outcome): boolean {
    if (this.#isSettled) return false;
    this.#isSettled = true;
    // The first byte of the answer is there: from now on only the caller ends the call early.
    this.#deadline?.stop();
    if (this.#isReading) {
      this.incoming.abandonBody();
      this.intake?.abandon();
    }
    // Nobody takes more of an input, unless the answer still comes as well.
    if (this.input !== undefined && !("reply" in outcome && isStream(outcome.reply.body))) this.input.leave();
    this.#settle(this, outcome);
    return true;
  }
}

/**
 * A class and no literal with getters: of those each has a shape of its own, which lives in the old generation and holds
 * on to the whole request until that is collected.
 */
class RequestPart implements ContextRequest {
  readonly #incoming: Incoming;
  readonly #pattern: PathPattern | undefined;
  #params: Readonly<Record<string, string>> | undefined;
  #cookies: Readonly<Record<string, string>> | undefined;

  constructor(incoming: Incoming, pattern: PathPattern | undefined) {
    this.#incoming = incoming;
    this.#pattern = pattern;
  }

  get method(): string {
    return this.#incoming.method;
  }

  get url(): string {
    return this.#incoming.url;
  }

  get headers(): Headers {
    return this.#incoming.headers;
  }

  get params(): Readonly<Record<string, string>> {
    return (this.#params ??= this.#pattern?.paramsOf(this.#incoming.url, this.#incoming.mount) ?? withoutParams());
  }

  get cookies(): Readonly<Record<string, string>> {
    return (this.#cookies ??= parseCookies(this.#incoming.header("cookie")));
  }
}
