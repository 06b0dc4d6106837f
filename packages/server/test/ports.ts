import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

import { expect } from "vitest";

/** A server that listens, until it is let go of. */
export interface Listening extends AsyncDisposable {
  readonly url: string;
}

/** Somebody else's server, on a free port. */
export async function listening(server: Server, close: () => unknown = () => undefined): Promise<Listening> {
  if (!server.listening) await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
      await close();
    },
  };
}

/** Resolves when a server takes no new connection any more. */
export async function untilRefused(url: string): Promise<void> {
  const attempt = () =>
    fetch(`${url}/readyz`).then(
      () => "accepted",
      () => "refused",
    );
  await expect.poll(attempt, { timeout: 10_000 }).toBe("refused");
}
