import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent, type IncomingMessage, request } from "node:http";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { openFiles, workersOf } from "./processes.js";
import { runProgram } from "./program.js";

const fixtures = fileURLToPath(new URL("fixtures/", import.meta.url));
const modes = ["pool", "shared-port"] as const;
/** What a process may need on top of what it needs at rest, whatever is done to it. Bytes. */
const mostMemory = 150_000_000;

type Server = Awaited<ReturnType<typeof start>>;

/** A server with two workers, in a process of its own. */
async function start(mode: (typeof modes)[number], options: object = {}, nodeOptions = "") {
  const args = ["hostile-service.mjs", "Hostile", JSON.stringify({ workers: 2, mode, accessLog: false, logger: undefined, ...options })];
  const program = runProgram(fixtures, "serve-pool.mjs", { args, env: { NODE_OPTIONS: nodeOptions } });
  const { url } = (await program.said()) as unknown as { url: string };
  const pids = [program.child.pid as number, ...workersOf(program.child.pid)];
  expect(pids).toHaveLength(3);
  const resting = new Map(pids.map((pid) => [pid, memory(pid).now]));
  return {
    child: program.child,
    ended: program.ended,
    url,
    port: Number(new URL(url).port),
    pids,
    [Symbol.asyncDispose]: program[Symbol.asyncDispose],
    /** The most that any of its processes has ever needed on top of what it needed at the start. */
    grownBytes: () => Math.max(...pids.map((pid) => memory(pid).peak - (resting.get(pid) ?? 0))),
  };
}

/** Resident bytes of a process. */
function memory(pid: number): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const bytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) * 1024;
  return { now: bytes("VmRSS"), peak: bytes("VmHWM") };
}

/** A connection whose end is an event and never an error. */
async function open({ port }: Pick<Server, "port">, first: string): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true }).on("error", () => undefined);
  await once(socket, "connect");
  socket.write(first);
  return socket;
}

/** All that comes before a connection is closed. */
async function untilClosed(socket: Socket): Promise<string> {
  let received = "";
  socket.setEncoding("latin1").on("data", (piece: string) => (received += piece));
  await closed(socket);
  return received;
}

/** Resolves when a connection is closed, in whatever way. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => (socket.closed ? resolve() : socket.once("close", () => resolve())));
}

const head = (fields: string, path = "/size") => `POST ${path} HTTP/1.1\r\nhost: localhost\r\n${fields}\r\n\r\n`;
/** The status of an answer; 0 where there is none. */
const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? 0);

async function ask({ url }: Pick<Server, "url">, path: string, body: string, agent = new Agent()): Promise<IncomingMessage> {
  const sent = request(url + path, { method: "POST", agent }).end(body);
  return ((await once(sent, "response")) as [IncomingMessage])[0];
}

/** What there is of floods in both workers together; each question has a connection of its own. */
async function floods(server: Server): Promise<{ readonly made: number; readonly open: number }> {
  const seen = new Map<number, { made: number; open: number }>();
  while (seen.size < 2) {
    const { pid, made, open: isOpen } = JSON.parse(await text(await ask(server, "/floods", "{}")));
    seen.set(pid, { made, open: isOpen });
  }
  const all = [...seen.values()];
  return { made: all.reduce((sum, one) => sum + one.made, 0), open: all.reduce((sum, one) => sum + one.open, 0) };
}

/** Resolves when no request is in flight that the metrics know of, but the one that asks. */
async function untilIdle({ url }: Server): Promise<void> {
  const inProgress = async () => {
    const lines = (await (await fetch(`${url}/metrics`)).text()).split("\n");
    return lines.filter((line) => line.includes("request_in_progress{") && !line.includes("/metrics") && !line.endsWith(" 0"));
  };
  await expect.poll(inProgress, { timeout: 10_000 }).toEqual([]);
}

/** Others that are served meanwhile: four connections, which in either mode are not all with one worker. */
function bystanders(server: Server) {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const wrong: unknown[] = [];
  const over = new AbortController();
  let answered = 0;
  let longestMs = 0;
  const loops = Array.from({ length: 4 }, async (_, n) => {
    while (!over.signal.aborted) {
      const from = performance.now();
      const answer = await ask(server, "/size", "x".repeat(n + 1), agent);
      const said = [answer.statusCode, await text(answer)];
      if (said.join() !== `200,${n + 1}`) wrong.push(said);
      longestMs = Math.max(longestMs, performance.now() - from);
      answered += 1;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
  return {
    /** What they have seen. */
    stop: async () => {
      over.abort();
      await Promise.all(loops);
      agent.destroy();
      return { wrong, answered, longestMs };
    },
  };
}

/** Does something hostile, while others must be served. */
async function meanwhile<T>(server: Server, act: () => Promise<T>): Promise<T> {
  const others = bystanders(server);
  const from = performance.now();
  let result: T;
  try {
    result = await act();
  } finally {
    const { wrong, answered, longestMs } = await others.stop();
    const tookMs = performance.now() - from;
    expect(wrong).toEqual([]);
    expect(answered).toBeGreaterThan(8);
    // Nobody had to wait until it was over.
    if (tookMs > 2000) expect(longestMs).toBeLessThan(tookMs / 2);
  }
  expect(server.grownBytes()).toBeLessThan(mostMemory);
  return result;
}

describe.each(modes)("%s", (mode) => {
  // Where workers have the port it is what one process does by itself.
  const items = mode === "pool" ? 1_000_000 : 200_000;

  let server: Server;
  beforeAll(async () => void (server = await start(mode)));
  afterAll(() => server[Symbol.asyncDispose]());

  test(`a body of ${items} chunks`, async () => {
    const answer = await meanwhile(server, async () => {
      const socket = await open(server, head("connection: close\r\ntransfer-encoding: chunked"));
      socket.write(`${"1\r\nx\r\n".repeat(items)}0\r\n\r\n`);
      return untilClosed(socket);
    });
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 200 [^]*\r\n\r\n${items}$`));
  });

  test(`a stream of ${items} items is sent in far fewer pieces`, async () => {
    let received = 0;
    let pieces = 0;
    await meanwhile(server, async () => {
      for await (const piece of (await ask(server, "/drops", JSON.stringify({ count: items }))) as AsyncIterable<Buffer>) {
        received += piece.length;
        pieces += 1;
      }
    });
    expect(received).toBe(items);
    expect(pieces).toBeLessThan(items / 50);
  });

  test("readers that do not read hold back what is made for them, and get all of it once they do", async () => {
    const count = 600;
    const before = (await floods(server)).made;
    const sizes = await meanwhile(server, async () => {
      const readers = await Promise.all(Array.from({ length: 4 }, () => ask(server, "/flood", JSON.stringify({ count }))));
      await expect
        .poll(async () => {
          const { made } = await floods(server);
          await new Promise((resolve) => setTimeout(resolve, 100));
          return made > before && (await floods(server)).made === made;
        })
        .toBe(true);
      expect((await floods(server)).made - before).toBeLessThan((4 * count) / 2);
      // One never reads.
      readers.pop()?.destroy();
      return Promise.all(
        readers.map(async (reader) => {
          let size = 0;
          for await (const piece of reader as AsyncIterable<Buffer>) size += piece.length;
          return size;
        }),
      );
    });
    expect(sizes).toEqual(sizes.map(() => count * 100_000));
    expect(sizes).toHaveLength(3);
    await expect.poll(async () => (await floods(server)).open).toBe(0);
    await untilIdle(server);
  });

  test.each([
    ["a large header", head(`x-large: ${"a".repeat(20_000)}`), 431],
    ["many headers", head(Array.from({ length: 5000 }, (_, at) => `x-${at}: y`).join("\r\n")), 431],
    ["many trailers", `${head("transfer-encoding: chunked")}0\r\n${`a: ${"b".repeat(20)}\r\n`.repeat(1000)}\r\n`, 431],
    ["a long request line", head("a: b", `/${"a".repeat(20_000)}`), 431],
    ["a long chunk extension", `${head("transfer-encoding: chunked")}1;${"a".repeat(20_000)}\r\nx\r\n`, 413],
    ["two lengths", `${head("content-length: 1\r\ncontent-length: 2")}x`, 400],
    ["a length and chunks", `${head("content-length: 1\r\ntransfer-encoding: chunked")}0\r\n\r\n`, 400],
    ["no HTTP", "\u0000".repeat(20_000), 400],
  ])("%s: the answer says so", async (_, sent, status) => {
    expect((await attack(server, sent)).map(statusOf)).toEqual(Array.from({ length: 10 }, () => status));
  });

  test.each([
    ["a huge header", head(`x-huge: ${"a".repeat(20_000_000)}`)],
    ["a header without end", `POST /size HTTP/1.1\r\nx-endless: ${"a".repeat(20_000_000)}`],
    ["very many headers", head(`${"a: b\r\n".repeat(1_000_000)}a: b`)],
    ["very many trailers", `${head("transfer-encoding: chunked")}0\r\n${`a: ${"b".repeat(20)}\r\n`.repeat(1_000_000)}\r\n`],
    ["much that is no HTTP", "\u0000".repeat(20_000_000)],
  ])("%s: the connection is closed before much of it is read", async (_, sent) => {
    // Who is still sending then may not see the answer.
    for (const answer of await attack(server, sent)) expect([400, 431, 0]).toContain(statusOf(answer));
  });

  test("no header is overlooked, however many come before it", async () => {
    const socket = await open(server, `${head(`${"a:\r\n".repeat(3000)}connection: close\r\ncontent-length: 3`)}abc`);
    expect(await untilClosed(socket)).toMatch(/^HTTP\/1\.1 200 [^]*\r\n\r\n3$/);
  });

  test("uploads that are broken off leave nothing behind", async () => {
    await untilIdle(server);
    const before = new Map(server.pids.map((pid) => [pid, openFiles(pid)]));
    await meanwhile(server, async () => {
      for (let round = 0; round < 30; round += 1) {
        await Promise.all(
          Array.from({ length: 75 }, async (_, at) => {
            const fields = at % 2 === 0 ? "content-length: 100000" : "transfer-encoding: chunked";
            const socket = await open(server, `${head(fields)}400\r\n${"x".repeat(1000)}`);
            if (at % 3 === 0) socket.resetAndDestroy();
            else socket.destroy();
          }),
        );
      }
    });
    await untilIdle(server);
    const grown = () => server.pids.map((pid) => openFiles(pid) - (before.get(pid) ?? 0));
    await expect.poll(() => Math.max(...grown()), { timeout: 10_000 }).toBeLessThan(10);
  });

  test("a thousand idle connections cost little, and end with the server", async () => {
    const now = () => server.pids.reduce((sum, pid) => sum + memory(pid).now, 0);
    const before = now();
    const sockets = await meanwhile(server, async () => {
      const opened: Socket[] = [];
      for (let round = 0; round < 10; round += 1) {
        const some = await Promise.all(
          Array.from({ length: 100 }, (_, at) => open(server, at % 2 === 0 ? "" : "GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n")),
        );
        await Promise.all(some.filter((_, at) => at % 2 === 1).map((socket) => once(socket, "data")));
        opened.push(...some);
      }
      return opened;
    });
    expect((now() - before) / sockets.length).toBeLessThan(64 * 1024);
    const ends = Promise.all(sockets.map((socket) => closed(socket.resume())));
    const from = performance.now();
    server.child.kill("SIGTERM");
    expect(await server.ended).toEqual([0, null]);
    // Long before any time limit of idle connections, or of the drain.
    expect(performance.now() - from).toBeLessThan(10_000);
    await ends;
  });
});

/** Sends something on ten connections, and gives what they receive until they are closed. */
async function attack(server: Server, sent: string): Promise<readonly string[]> {
  const answers = await Promise.all(Array.from({ length: 10 }, async () => untilClosed(await open(server, sent))));
  expect(await text(await ask(server, "/size", "well"))).toBe("4");
  expect(server.grownBytes()).toBeLessThan(mostMemory);
  return answers;
}

const isLate = (statuses: readonly number[]) => statuses.includes(408) && statuses.every((status) => status === 408 || status === 0);

test.each(modes)("%s: who is slow to send is sent away in time, and takes nobody's place meanwhile", async (mode) => {
  const impatient = new URL("fixtures/impatient-http.mjs", import.meta.url).href;
  await using server = await start(mode, { timeout: 1 }, `--import ${impatient}`);
  const answers = await meanwhile(server, async () => {
    const slow = (first: string, drop: string) =>
      Promise.all(
        Array.from({ length: 100 }, async () => {
          const socket = await open(server, first);
          const timer = setInterval(() => socket.write(drop), 50);
          const answer = await untilClosed(socket);
          clearInterval(timer);
          return answer;
        }),
      );
    return Promise.all([
      slow(head("content-length: 1000000"), "x"),
      slow(head("transfer-encoding: chunked"), "1\r\nx\r\n"),
      slow("POST /size HTTP/1.1\r\nhost: localhost\r\n", "a: b\r\n"),
      slow("", ""),
    ]);
  });
  const seen = answers.map((some) => [...new Set(some.map(statusOf))]);
  // Node closes at once where the headers are late, and who sends just then may not see the answer.
  expect(seen).toEqual([[408], [408], expect.toSatisfy(isLate), [408]]);
  for (const some of answers.slice(0, 2)) expect(some.join("").match(/BENTO_TIMEOUT/g)).toHaveLength(some.length);
  await untilIdle(server);
});
