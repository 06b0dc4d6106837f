import { createClient } from "@bento/client";
import { expect, test, vi } from "vitest";

// Worker processes run the built package, and so does what starts them.
import { serve, type ServeOptions } from "../dist/index.js";
import { startCuttingProxy } from "./cutting-proxy.js";
import { json } from "./doors.js";
import { Streaming } from "./fixtures/streaming-service.mjs";

// Every test waits for processes to start.
vi.setConfig({ testTimeout: 60_000 });

const entry = new URL("fixtures/streaming-service.mjs", import.meta.url);

/** The calls of the service, as its client makes them. */
type Calls = InstanceType<typeof Streaming>;

async function started(options: Partial<ServeOptions> = {}) {
  const quiet = { banner: false, accessLog: false, handleSignals: false } as const;
  const server = await serve(Streaming, { ...quiet, workers: 2, mode: "pool", entry, execArgv: [], port: 0, ...options });
  const proxy = await startCuttingProxy(server.url);
  return {
    proxy,
    url: server.url,
    client: createClient<Calls>(proxy.url),
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]();
      await server.close();
    },
  };
}

test("a stream of a worker is resumed where it was cut: nothing is lost, nothing comes twice", async () => {
  await using service = await started();
  const got: string[] = [];
  for await (const text of service.client.counted({ to: 30_000 })) {
    got.push(text);
    if (got.length % 5000 === 17) service.proxy.cut();
  }
  expect(got).toEqual(Array.from({ length: 30_000 }, (_, n) => `${n} – größer als 127`));
  expect(service.proxy.made).toBeGreaterThan(3);
});

test("a worker that dies while nobody reads leaves its error behind", async () => {
  await using service = await started({ workers: 1 });
  const items = service.client.lasting({})[Symbol.asyncIterator]();
  await items.next();
  const pid = await service.client.pid({});
  service.proxy.cut();
  process.kill(pid, "SIGKILL");
  await expect(items.next()).rejects.toMatchObject({ code: "BENTO_WORKER_DIED" });
});

test("workers whose streams are kept get their calls from the server, and refuse to share its port", async () => {
  // Left to itself, a service with two workers shares the port; nothing else stands against it here.
  await using service = await started({ mode: undefined });
  const got: string[] = [];
  for await (const text of service.client.counted({ to: 2000 })) {
    got.push(text);
    if (got.length === 3) service.proxy.cut();
  }
  expect(got).toHaveLength(2000);
  await expect(started({ mode: "shared-port" })).rejects.toMatchObject({
    code: "BENTO_CONFIG_INVALID",
    message: expect.stringContaining("replay of the api counted") as string,
  });
});

test.each(["/waiting", "/busy"])("the finally of %s runs in the worker within 100 ms of a disconnect", async (path) => {
  await using service = await started({ workers: 1 });
  const delays: number[] = [];
  for (let round = 0; round < 5; round++) {
    const leaving = new AbortController();
    const response = await fetch(service.url + path, { ...json({}), signal: leaving.signal });
    await response.body?.getReader().read();
    const from = Date.now();
    leaving.abort();
    let ended = 0;
    while (ended === 0) ended = await service.client.ended({});
    delays.push(ended - from);
  }
  // The machine may have other things to do for a moment.
  expect(delays.toSorted((a, b) => a - b)[2]).toBeLessThan(100);
});

test("leaving the loop ends the generator in the worker within 100 ms, also where streams are kept", async () => {
  await using service = await started({ workers: 1 });
  const delays: number[] = [];
  for (let round = 0; round < 5; round++) {
    for await (const item of service.client.lasting({})) {
      expect(item).toBe(0);
      break;
    }
    const from = Date.now();
    let ended = 0;
    while (ended === 0) ended = await service.client.ended({});
    delays.push(ended - from);
  }
  // The machine may have other things to do for a moment.
  expect(delays.toSorted((a, b) => a - b)[2]).toBeLessThan(100);
});

test("texts, bytes and all else go as they are", async () => {
  await using service = await started({ workers: 1 });
  expect(await service.client.anything({})).toEqual(["é", Uint8Array.of(0xff, 0, 0x0a), { n: 1 }]);
  const raw = await fetch(`${service.url}/anything`, json({}));
  expect(Buffer.from(await raw.arrayBuffer())).toEqual(Buffer.concat([Buffer.from("é"), Buffer.of(0xff, 0, 0x0a), Buffer.from('{"n":1}')]));
});

test("an iterator of a method that is not said to stream is refused by the worker", async () => {
  await using service = await started({ workers: 1 });
  await expect(service.client.stray({})).rejects.toMatchObject({ code: "BENTO_OUTPUT_INVALID" });
  expect(await service.client.pid({})).toBeGreaterThan(0);
});
