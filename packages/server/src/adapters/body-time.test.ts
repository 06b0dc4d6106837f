import { once } from "node:events";
import { createServer, request as ask, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";

import { expect, test } from "vitest";

import { HttpListener } from "../http-listener.js";
import { limitBodyTime } from "./body-time.js";

/** A server that answers without a look at the body, and gives it that much time. */
async function opened(ms: number) {
  const server = createServer((request, response) => {
    response.end("ok");
    limitBodyTime(request, ms);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1").setEncoding("utf8");
  socket.on("error", () => undefined);
  return {
    socket,
    /** What comes next. */
    next: async () => ((await once(socket, "data")) as [string])[0],
    [Symbol.dispose]: () => {
      socket.destroy();
      server.close();
    },
  };
}

const post = "POST / HTTP/1.1\r\nhost: x\r\n";

test.each([`${post}content-length: 10\r\n\r\n12345`, `${post}transfer-encoding: chunked\r\n\r\n5\r\n12345\r\n`])(
  "a body that does not come to its end loses the connection, after the answer: %j",
  async (head) => {
    using server = await opened(20);
    const [text, closed] = [server.next(), once(server.socket, "close")];
    server.socket.write(head);
    expect(await text).toContain("ok");
    await closed;
  },
);

test.each([`${post}content-length: 5\r\n\r\n12345`, `${post}content-length: 0\r\n\r\n`, "GET / HTTP/1.1\r\nhost: x\r\n\r\n"])(
  "one that is there, or none, does not: %j",
  async (head) => {
    using server = await opened(1);
    for (let turn = 0; turn < 3; turn++) {
      const text = server.next();
      server.socket.write(head);
      expect(await text).toContain("ok");
    }
  },
);

test("a listener limits no request as a whole, and the head of each", async () => {
  const limits: number[] = [];
  const listener = await HttpListener.open(
    ({ socket }, response) => {
      const { requestTimeout, headersTimeout } = (socket as unknown as { readonly server: Server }).server;
      limits.push(requestTimeout, headersTimeout);
      response.end();
    },
    { host: "127.0.0.1", port: 0 },
  );
  const asked = ask({ port: listener.port, host: "127.0.0.1", agent: false });
  asked.end();
  await once(asked, "response");
  listener.force();
  await listener.drain(1000);
  expect(limits).toEqual([0, 60_000]);
});
