import { createServer, request as ask, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Stands before a server, and knows what was asked of it. */
export interface CountingFront extends AsyncDisposable {
  readonly url: string;
  /** Method and path of each request, in order. */
  readonly requests: readonly string[];
  /** Lets no request through whose path fits, until it is called again without one. */
  hold(path?: RegExp): void;
  /** Breaks every connection off from now on, or lets them through again. */
  fail(isFailing: boolean): void;
}

/** @param target what it stands before, `http://127.0.0.1:1234` */
export async function countingFront(target: string): Promise<CountingFront> {
  const requests: string[] = [];
  let held: RegExp | undefined;
  let waiting: (() => void)[] = [];
  let isFailing = false;
  const server: Server = createServer((incoming, outgoing) => {
    const path = incoming.url ?? "/";
    requests.push(`${incoming.method} ${path}`);
    if (isFailing) return void incoming.socket.destroy();
    const pass = (): void => {
      const { host: _, ...headers } = incoming.headers;
      const onward = ask(new URL(path, target), { method: incoming.method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      onward.on("error", () => outgoing.destroy());
      outgoing.on("close", () => onward.destroy());
      incoming.pipe(onward);
    };
    if (held?.test(path) === true) waiting.push(pass);
    else pass();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    hold: (path) => {
      held = path;
      const passing = waiting;
      waiting = [];
      if (path === undefined) for (const pass of passing) pass();
    },
    fail: (failing) => (isFailing = failing),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
