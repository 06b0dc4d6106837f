/** Tells a stream that what it waits for is done, or why it cannot be. */
export async function tellWhen(done: Promise<unknown>, tell: (error?: Error) => void): Promise<void> {
  let failure: Error | undefined;
  try {
    await done;
  } catch (error) {
    failure = error as Error;
  }
  tell(failure);
}
