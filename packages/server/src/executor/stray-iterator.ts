import { BentoError } from "@bento/core";
import type { ApiSpec } from "@bento/sdk";

/** What gives its items one after the other, and only once: a generator, a stream. */
type ItemSource = AsyncIterable<unknown> | IterableIterator<unknown>;

/** Whether a result gives its items by and by. Lists, sets and the like have theirs already. */
export function isItemSource(value: unknown): value is ItemSource {
  if (typeof value !== "object" || value === null) return false;
  return Symbol.asyncIterator in value || (typeof (value as { next?: unknown }).next === "function" && Symbol.iterator in value);
}

/**
 * The error for a method that gives items, although it is not said to stream: callers were told that it answers once. What
 * it gives is ended, so that nothing stays open.
 */
export function strayIterator({ name }: Pick<ApiSpec, "name">, items: ItemSource): BentoError {
  void end(items);
  return new BentoError(
    "BENTO_OUTPUT_INVALID",
    `The endpoint ${JSON.stringify(name)} returned an iterator, but is not declared as one that streams.`,
    { hint: "The service is at fault: write the method as a generator (`async *`), say `stream: true`, or return a list." },
  );
}

async function end(items: ItemSource): Promise<void> {
  try {
    const iterator: Iterator<unknown> | AsyncIterator<unknown> =
      Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
    await iterator.return?.();
  } catch {
    // What it says at its end nobody can use.
  }
}
