/**
 * Throws an error where nobody catches it: a listener that may not throw did. As with any listener of Node, that is for
 * `uncaughtException`, and not for the process at the other end of a connection.
 */
export function surface(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
