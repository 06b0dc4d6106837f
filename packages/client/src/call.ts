import { BentoError } from "@bento/core";

/** What came back: one value, of which a file may still be on its way, or a stream of them. */
export type Answer = { readonly value: unknown; readonly isOpen?: boolean } | { readonly items: AsyncGenerator<unknown, void, void> };

/**
 * A call that has not happened yet: awaiting or iterating it sends the request, once, however often it is awaited.
 * Awaiting a stream collects its items.
 */
export class Call implements Promise<unknown>, AsyncIterable<unknown> {
  readonly [Symbol.toStringTag] = "BentoCall";
  readonly #what: string;
  readonly #send: () => Promise<Answer>;
  #result: Promise<unknown> | undefined;
  #isIterated = false;

  /** @param what the call, for messages: `classify` */
  constructor(what: string, send: () => Promise<Answer>) {
    this.#what = what;
    this.#send = send;
  }

  // oxlint-disable-next-line unicorn/no-thenable -- being awaited is what a call is for
  then<T = unknown, F = never>(
    onFulfilled?: ((value: unknown) => T | PromiseLike<T>) | null,
    onRejected?: ((reason: unknown) => F | PromiseLike<F>) | null,
  ): Promise<T | F> {
    this.#result ??= this.#isIterated ? Promise.reject(this.#alreadyIterated()) : this.#collect();
    return this.#result.then(onFulfilled, onRejected);
  }

  catch<F = never>(onRejected?: ((reason: unknown) => F | PromiseLike<F>) | null): Promise<unknown> {
    return this.then(undefined, onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<unknown> {
    return this.then(undefined).finally(onFinally);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<unknown, void, void> {
    if (this.#isIterated) throw this.#alreadyIterated();
    if (this.#result) {
      const result = await this.#result;
      if (!Array.isArray(result)) throw this.#noStream();
      yield* result;
      return;
    }
    this.#isIterated = true;
    const answer = await this.#send();
    if (!("items" in answer)) throw this.#noStream();
    yield* answer.items;
  }

  async #collect(): Promise<unknown> {
    const answer = await this.#send();
    if (!("items" in answer)) return answer.value;
    const items: unknown[] = [];
    for await (const item of answer.items) items.push(item);
    return items;
  }

  #alreadyIterated(): BentoError {
    return new BentoError("BENTO_BAD_REQUEST", `This call of "${this.#what}" is read already; a stream can be read once.`, {
      hint: "Call the method again for a new stream, or await the call to get all items at once.",
    });
  }

  #noStream(): BentoError {
    return new BentoError("BENTO_BAD_REQUEST", `"${this.#what}" answers once, not item by item.`, { hint: "Await the call." });
  }
}
