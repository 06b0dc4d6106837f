import { Readable } from "node:stream";

/**
 * Tells a source of bytes that no more is wanted. Nobody waits for it: a source that hangs in its read hangs in its end
 * as well. A stream of Node.js is destroyed, because its iterator would end it only after the read that hangs.
 */
export function endSource(source: unknown, iterator: Pick<AsyncIterator<unknown> | Iterator<unknown>, "return">): void {
  if (source instanceof Readable) source.destroy();
  else void (async () => iterator.return?.())().catch(() => {});
}
