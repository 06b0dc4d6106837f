import { BentoError, type Context, type Sequence } from "@bento/core";

import type { CallContext } from "../executor/executor.js";
import { type End, ItemBuffer } from "./item-buffer.js";
import type { Place } from "./line.js";

/** How far a sequence may be ahead of its reader; beyond it takes part in no step until some of it was read. Items. */
export const mostUnread = 100;

/** Who runs the sequences. */
export interface MemberListener {
  /** Nothing more is to be done for it. Told once. */
  readonly onOver: (member: Member) => void;
  /** Its reader has caught up so far that it may take part again. */
  readonly onReady: () => void;
  readonly now: () => number;
}

/** One call of a step-wise endpoint: what it is to the server. */
export class Member {
  readonly context: CallContext;
  /** What it is to the method. */
  readonly sequence: Sequence;
  readonly items: ItemBuffer;
  readonly arrivedAt: number;
  readonly #listener: MemberListener;
  readonly #onCleanupFailed: (error: unknown) => void;
  /** Where it waits. */
  place: Place<Member> | undefined;
  /** Steps that it has been in. */
  steps = 0;
  /** Whether it is in the step that runs now. */
  isInStep = false;
  /** Since when its reader has read nothing, although there was too much for it to take part. */
  #stillSince = 0;
  #isOver = false;
  #hasLeft = false;
  #cleanups: (() => unknown)[] | undefined;
  #controller: AbortController | undefined;
  #interruption: Error | undefined;

  /** @param onCleanupFailed told what the method's `onLeave` functions throw */
  constructor(input: unknown, context: CallContext, listener: MemberListener, onCleanupFailed: (error: unknown) => void) {
    this.context = context;
    this.#listener = listener;
    this.#onCleanupFailed = onCleanupFailed;
    this.arrivedAt = listener.now();
    this.sequence = new SequenceOf(this, input);
    this.items = new ItemBuffer({
      onTaken: () => this.#taken(),
      onLeave: () => this.interrupt(new BentoError("BENTO_CANCELLED", "The reader of the answer left.")),
    });
    context.onInterrupt((reason) => this.interrupt(reason));
  }

  /** Whether nothing more is to be done for it. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether its reader is so far behind that it takes part in no step. */
  get isAhead(): boolean {
    return this.items.size >= mostUnread;
  }

  /** Since when nothing was read of it, where it {@link Member.isAhead}. */
  get stillSince(): number {
    return this.#stillSince;
  }

  /** Why it is over, where that was not the method's doing. */
  get interruption(): Error | undefined {
    return this.#interruption;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#interruption !== undefined) this.#controller.abort(this.#interruption);
    }
    return this.#controller.signal;
  }

  emit(item: unknown): void {
    if (this.#isOver) return;
    const wasAhead = this.isAhead;
    this.items.give(item);
    if (!wasAhead && this.isAhead) this.#stillSince = this.#listener.now();
  }

  /** The method is done with it. */
  finish(end: End = {}): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.items.finish(end);
    this.#listener.onOver(this);
  }

  /** It is not wanted any more, or cannot go on for a reason that is not the method's. What was not read is dropped. */
  interrupt(reason: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#interruption = reason;
    this.items.breakOff(reason);
    this.#controller?.abort(reason);
    this.#listener.onOver(this);
  }

  /** Has `cleanup` run once the method works with it no more. */
  onLeave(cleanup: () => unknown): void {
    if (this.#hasLeft) void this.#clean(cleanup);
    else (this.#cleanups ??= []).push(cleanup);
  }

  /** The method works with it no more. */
  leave(): void {
    this.#hasLeft = true;
    const cleanups = this.#cleanups;
    this.#cleanups = undefined;
    for (const cleanup of cleanups ?? []) void this.#clean(cleanup);
  }

  async #clean(cleanup: () => unknown): Promise<void> {
    try {
      await cleanup();
    } catch (error) {
      this.#onCleanupFailed(error);
    }
  }

  #taken(): void {
    // It was ahead before this one was taken.
    if (this.items.size < mostUnread - 1) return;
    this.#stillSince = this.#listener.now();
    if (!this.isAhead && !this.#isOver) this.#listener.onReady();
  }
}

/** A sequence as the method sees it, and nothing beside. */
class SequenceOf implements Sequence {
  readonly input: unknown;
  state: unknown = undefined;
  readonly #member: Member;

  constructor(member: Member, input: unknown) {
    this.#member = member;
    this.input = input;
  }

  get step(): number {
    return this.#member.steps;
  }

  get context(): Context {
    return this.#member.context;
  }

  get signal(): AbortSignal {
    return this.#member.signal;
  }

  emit(item: unknown): void {
    this.#member.emit(item);
  }

  end(): void {
    this.#member.finish();
  }

  fail(error: unknown): void {
    this.#member.finish({ error });
  }

  onLeave(cleanup: () => unknown): void {
    this.#member.onLeave(cleanup);
  }
}
