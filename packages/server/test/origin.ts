import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

import { onTestFinished } from "vitest";

import { encodePng } from "./tiny-png.js";

/** A server that URLs of tests lead to. */
export interface Origin {
  readonly url: string;
  readonly port: number;
  /** Paths that were asked for. */
  readonly asked: readonly string[];
  /** Connections that are open. */
  readonly open: ReadonlySet<Socket>;
  /** Resolves when somebody asks for `/hang`, with the answer that is never given unless the test gives it. */
  hanging(): Promise<ServerResponse>;
}

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** Three pixels wide, two high. */
export const png = encodePng({ width: 3, height: 2, rgb: new Uint8Array(18) });

const megabyte = Buffer.alloc(1 << 20, 7);

const answers: Readonly<Record<string, Answer>> = {
  "/cat.png": (response) => response.writeHead(200, { "content-type": "image/png" }).end(png),
  "/bare": (response) => response.end(png),
  "/bytes": (response) => response.writeHead(200, { "content-type": "application/octet-stream" }).end(png),
  "/page.html": (response) => response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end("<p>hello"),
  "/big.bin": (response) => {
    response.writeHead(200, { "content-type": "application/octet-stream" });
    for (let count = 0; count < 3; count += 1) response.write(megabyte);
    response.end();
  },
  "/huge.bin": (response) => response.writeHead(200, { "content-length": 1 << 30 }).write(megabyte),
  "/cut.bin": (response) => {
    response.writeHead(200, { "content-length": 4 << 20 });
    for (let count = 0; count < 3; count += 1) response.write(megabyte);
    response.write(megabyte.subarray(1), () => response.destroy());
  },
  "/moved": (response) => response.writeHead(302, { location: "/cat.png" }).end(),
  "/inside": (response) => response.writeHead(302, { location: "http://10.0.0.1/secret" }).end(),
  "/metadata": (response) => response.writeHead(307, { location: "http://169.254.169.254/latest/meta-data/" }).end(),
  "/loop": (response) => response.writeHead(302, { location: "/loop" }).end(),
  "/to": (response, { url = "" }) => response.writeHead(302, { location: url.slice("/to?".length) }).end(),
};

/** Opens one on loopback, until the test is over. */
export async function openOrigin(): Promise<Origin> {
  const asked: string[] = [];
  const open = new Set<Socket>();
  const waiting: ((answer: ServerResponse) => void)[] = [];
  const server = createServer((request, response) => {
    const [path = ""] = (request.url ?? "").split("?", 1);
    asked.push(path);
    const answer = answers[path];
    if (path === "/hang") {
      response.on("error", () => undefined);
      waiting.shift()?.(response);
    } else if (answer === undefined) response.writeHead(404).end();
    else answer(response, request);
  });
  server.on("connection", (socket) => {
    open.add(socket);
    socket.on("error", () => undefined).on("close", () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, asked, open, hanging: () => new Promise((resolve) => waiting.push(resolve)) };
}
