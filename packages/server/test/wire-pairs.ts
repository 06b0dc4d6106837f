import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { BentoError } from "@bento/core";

import { Callee, type CalleeListener } from "../src/wire/callee.js";
import { Caller, type CallerListener } from "../src/wire/caller.js";

/** Two ends of a connection. */
export type Sockets = readonly [Socket, Socket];

async function accept(where: { port: 0; host: string } | { path: string }): Promise<Sockets> {
  const server = createServer();
  server.listen(where);
  await once(server, "listening");
  const address = server.address();
  const near = typeof address === "string" ? connect(address) : connect(address?.port ?? 0, "127.0.0.1");
  const [far] = (await once(server, "connection")) as [Socket];
  server.close();
  return [near, far];
}

async function unixPair(): Promise<Sockets> {
  const folder = await mkdtemp(join(tmpdir(), "bento-wire-"));
  try {
    return await accept({ path: join(folder, "s") });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** How a server and its workers may be connected. */
export const transports = { "a Unix socket": unixPair, TCP: () => accept({ port: 0, host: "127.0.0.1" }) } as const;
export type TransportName = keyof typeof transports;
export const transportNames = Object.keys(transports) as TransportName[];

/** What calls in flight fail with when the connection breaks. */
export const lost = (): BentoError => new BentoError("BENTO_WORKER_DIED", "gone");

/** A caller and a callee that are connected, and what is told of their connections. */
export async function connectPair(transport: TransportName, callee: Partial<CalleeListener>, caller: Partial<CallerListener> = {}) {
  const [near, far] = await transports[transport]();
  const told: { caller?: Error | undefined; callee?: Error | undefined } = {};
  const closed = { caller: deferred<void>(), callee: deferred<void>() };
  const pair = {
    near,
    far,
    told,
    closed: Promise.all([closed.caller.promise, closed.callee.promise]),
    callee: new Callee(far, {
      onCall: (call) => call.reply("[200]", call.takeBody()),
      onNotice: () => undefined,
      onClose: (error) => {
        told.callee = error;
        closed.callee.resolve();
      },
      ...callee,
    }),
    caller: new Caller(
      near,
      {
        onNotice: () => undefined,
        onClose: (error) => {
          told.caller = error;
          closed.caller.resolve();
        },
        ...caller,
      },
      lost,
    ),
    async [Symbol.asyncDispose](): Promise<void> {
      near.destroy();
      far.destroy();
      await pair.closed;
    },
  };
  return pair;
}

function deferred<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}

/** An answer, and what was said about it later. */
export interface Answer {
  readonly head: string;
  readonly body: Uint8Array | AsyncIterable<Uint8Array>;
}

/** Makes a call; gives its answer, and the means to cancel it. */
export function callOf(caller: Caller, head: string, body: Uint8Array = new Uint8Array(0)) {
  const late: Error[] = [];
  const { promise, resolve, reject } = deferred<Answer>();
  const call = caller.call(head, body, {
    onReply: (replyHead, replyBody) => resolve({ head: replyHead, body: replyBody }),
    onFail: reject,
    onLateError: (error) => late.push(error),
  });
  return { answer: promise, cancel: (reason: Error) => call.cancel(reason), late };
}

/** All of a body. */
export async function readAll(body: Answer["body"]): Promise<Buffer> {
  if (!(Symbol.asyncIterator in body)) return Buffer.from(body);
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}
