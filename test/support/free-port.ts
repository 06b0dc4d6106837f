import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/** From there on the system takes ports for whoever asks for any, and for connections that go out. */
const firstEphemeral = 32_768;
/** Below lies 10080, which `fetch` refuses. */
const lowest = 11_000;
const given = new Set<number>();

/**
 * A loopback port that nothing listened on a moment ago, for programs that cannot choose one themselves. Nobody gets it
 * by chance until they listen: it is none that the system gives out, and none that was given before.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(lowest, firstEphemeral);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}
