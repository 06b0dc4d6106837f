/**
 * Reads a web stream in a way that every runtime has, and that cancels it when reading ends early.
 * @throws what `locked` makes, for a stream that somebody else reads
 */
export function webStreamIterator(stream: ReadableStream, locked: () => Error): AsyncIterator<unknown> {
  if (stream.locked) throw locked();
  const reader = stream.getReader();
  return {
    next: async () => {
      const { done, value } = await reader.read();
      return done ? { done, value: undefined } : { done: false, value };
    },
    return: async () => {
      await reader.cancel();
      return { done: true, value: undefined };
    },
  };
}
