import type { BatchInput } from "../batching/batch-input.js";
import { rejoin } from "../batching/rejoin.js";
import type { Ticket } from "../batching/waiting-line.js";
import type { BatchContext } from "./batch-context.js";
import type { CallContext, ExecutorCall, ExecutorReply } from "./executor.js";

/** Part of the output of a request that was cut. */
interface Piece {
  readonly start: number;
  readonly output: unknown;
}

/**
 * Makes the answer of a call of its output; of a stream that is a `BatchLane`.
 * @param context of the batch, which knows what the method set for the answer
 */
export type Answer = (output: unknown, call: ExecutorCall, context: CallContext) => ExecutorReply | Promise<ExecutorReply>;

/** One call of a batchable endpoint, its input valid and counted, until it is answered. */
export class BatchJob {
  readonly input: BatchInput;
  readonly context: CallContext;
  readonly #call: ExecutorCall;
  /** Its answer. */
  readonly reply: Promise<ExecutorReply>;
  readonly #outputDim: number;
  readonly #answer: Answer;
  #resolve!: (reply: ExecutorReply | Promise<ExecutorReply>) => void;
  #reject!: (error: unknown) => void;
  #pieces: Piece[] | undefined;
  #itemsLeft: number;
  #isOver = false;
  /** Batches that work on it; a cut one may be in several. */
  readonly #batches: BatchContext[] = [];
  /** Its place in the line, which it leaves when nobody waits for it any more. */
  ticket: Ticket | undefined;

  constructor(input: BatchInput, call: ExecutorCall, outputDim: number, answer: Answer) {
    this.input = input;
    this.#call = call;
    this.context = call.context;
    this.#outputDim = outputDim;
    this.#answer = answer;
    this.#itemsLeft = input.items;
    this.reply = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.context.onInterrupt((reason) => this.#leave(reason));
  }

  /** Whether it is answered, or nobody waits for it any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** A batch begins to work on some of its items. */
  begin(batch: BatchContext): void {
    this.context.begin();
    this.#batches.push(batch);
  }

  /**
   * The output of its items from `start` on is there.
   * @param context of the batch, which knows what the method set for the answer
   */
  take(start: number, items: number, output: unknown, context: CallContext): void {
    if (this.#isOver) return;
    this.#itemsLeft -= items;
    if (this.#itemsLeft === 0 && this.#pieces === undefined) return this.#finish(output, context);
    this.#pieces ??= [];
    this.#pieces.push({ start, output });
    if (this.#itemsLeft > 0) return;
    const outputs = this.#pieces.toSorted((a, b) => a.start - b.start).map((piece) => piece.output);
    try {
      this.#finish(rejoin(outputs, this.#outputDim), context);
    } catch (error) {
      this.fail(error);
    }
  }

  fail(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    // Of what is larger than a batch, the rest takes no other's place.
    this.ticket?.cancel();
    this.#reject(error);
  }

  #finish(output: unknown, context: CallContext): void {
    this.#isOver = true;
    try {
      this.#resolve(this.#answer(output, this.#call, context));
    } catch (error) {
      this.#reject(error);
    }
  }

  #leave(reason: Error): void {
    if (this.#isOver) return;
    this.fail(reason);
    for (const batch of this.#batches) batch.left(reason);
  }
}
