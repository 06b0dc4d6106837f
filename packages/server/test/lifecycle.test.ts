import { MemoryModelStore } from "@bento/store";
import { BentoModel, defineService, onDeployment, onShutdown, onStartup, api, service } from "@bento/sdk";
import { type AddressInfo, createServer, type Server } from "node:net";
import { beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";

import { createApp, serve, type ServeOptions } from "../src/index.js";
import { json, LineLogger } from "./doors.js";
import { gate } from "./gate.js";

let steps: string[] = [];
let release = gate();
let entered = gate();
beforeEach(() => {
  steps = [];
  release = gate();
  entered = gate();
});

const quiet = () => ({ port: 0, accessLog: false, handleSignals: false, logger: new LineLogger() }) satisfies ServeOptions;

@service({ name: "living" })
class Living {
  readonly model = new BentoModel("digits");

  constructor() {
    steps.push("constructed");
  }

  @onDeployment()
  static deploy() {
    steps.push("deployed");
  }

  @onStartup()
  protected async load() {
    await Promise.resolve();
    steps.push(`started with ${String(this.model.tag)}`);
  }

  @onShutdown()
  protected async first() {
    await Promise.resolve();
    steps.push("shut down");
  }

  @api({ input: z.object({}), output: z.string() })
  async hold() {
    entered.open();
    await release.promise;
    return String(this.model.tag);
  }

  helper() {
    return "no endpoint";
  }
}

/** Somebody else on a port. */
async function listening(port: number): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  return server;
}

async function storeWithModel(): Promise<MemoryModelStore> {
  const store = new MemoryModelStore();
  await store.create("digits:v1", {}, (draft) => draft.write("a.txt", "a"));
  return store;
}

@service({ name: "doomed" })
class Doomed {
  @onStartup()
  protected open() {
    steps.push("opened");
  }

  @onShutdown()
  protected close() {
    steps.push("closed");
    throw new Error("what fails after the failure is not what there is to tell");
  }

  @onStartup()
  protected explode() {
    throw new TypeError("no such file");
  }

  @api({ input: z.object({}), output: z.string() })
  fine() {
    return "fine";
  }
}

describe("createApp", () => {
  test("pins models, runs hooks in order, and shuts down once", async () => {
    const app = await createApp(Living, { store: await storeWithModel() });
    expect(steps).toEqual(["constructed", "deployed", "started with digits:v1"]);
    await Promise.all([app.close(), app.close(), app[Symbol.asyncDispose]()]);
    expect(steps.slice(3)).toEqual(["shut down"]);
    expect((await app.request("/readyz")).status).toBe(503);
    expect((await app.request("/hold", json({}))).status).toBe(503);
  });

  test("closing waits for what is in flight", async () => {
    const app = await createApp(Living, { store: await storeWithModel() });
    const call = app.request("/hold", json({}));
    await entered.promise;
    const closing = app.close();
    expect(steps).not.toContain("shut down");
    release.open();
    expect(await (await call).text()).toBe("digits:v1");
    await closing;
    expect(steps).toContain("shut down");
  });

  test("a model that cannot be had stops the start before any hook", async () => {
    await expect(createApp(Living, { store: new MemoryModelStore() })).rejects.toMatchObject({ code: "BENTO_MODEL_NOT_FOUND" });
    expect(steps).toEqual(["constructed"]);
  });

  test("a failing hook says which and why", async () => {
    const failure = createApp(Doomed);
    await expect(failure).rejects.toMatchObject({
      code: "BENTO_SERVICE_INVALID",
      message: expect.stringMatching(/explode.*doomed.*no such file/),
      cause: expect.any(TypeError),
    });
    expect(steps).toEqual(["opened", "closed"]);
  });

  test("hooks that hang are not waited for for ever", async () => {
    const never = () => new Promise(() => undefined);
    const apis = {};
    const late = { code: "BENTO_SERVICE_INVALID", message: expect.stringMatching(/hook.*was not done after 0.02 seconds/) };
    const starting = defineService({ name: "slow-start", apis, startup: never, shutdown: () => void steps.push("closed") });
    await expect(createApp(starting, { startTimeoutMs: 20 })).rejects.toMatchObject({
      ...late,
      hint: expect.stringContaining("startTimeoutMs"),
    });
    expect(steps).toEqual(["closed"]);
    const deploying = defineService({ name: "slow-deployment", apis, deployment: never });
    await expect(createApp(deploying, { startTimeoutMs: 20 })).rejects.toMatchObject(late);
    const closing = await createApp(defineService({ name: "slow-end", apis, shutdown: never }), { shutdownTimeoutMs: 20 });
    await expect(closing.close()).rejects.toMatchObject({ ...late, hint: expect.stringContaining("shutdownTimeoutMs") });
  });

  test("a service in this process cannot be reloaded, and goes on", async () => {
    await using app = await createApp(Living, { store: await storeWithModel() });
    await expect(app.reload()).rejects.toMatchObject({
      code: "BENTO_CONFIG_INVALID",
      message: expect.stringContaining("living"),
      hint: expect.stringContaining('mode: "pool"'),
    });
    expect((await app.request("/readyz")).status).toBe(200);
  });

  test("a class that is no service", async () => {
    await expect(createApp(Object)).rejects.toMatchObject({ code: "BENTO_SERVICE_INVALID" });
  });
});

describe("serve", () => {
  test("listens on this machine alone, and tells what it offers", async () => {
    const options = quiet();
    await using server = await serve(Living, { ...options, store: await storeWithModel() });
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    const [banner, warning] = options.logger.lines;
    expect(banner).toMatchObject({ level: "info", fields: { url: server.url, endpoints: ["POST /hold"], workers: 1 } });
    expect(warning).toMatchObject({ level: "warn", message: expect.stringContaining("helper") });
  });

  test("a taken port is BENTO_LISTEN_FAILED before anything is looked at or started", async () => {
    const taken = await listening(0);
    const { port } = taken.address() as AddressInfo;
    // Its model is not there: nobody looked for it.
    await expect(serve(Living, { ...quiet(), port, store: new MemoryModelStore() })).rejects.toMatchObject({
      code: "BENTO_LISTEN_FAILED",
      message: expect.stringContaining(`127.0.0.1:${port}`),
      hint: expect.any(String),
    });
    expect(steps).toEqual([]);
    taken.close();
  });

  test("a port that is taken while the service starts is BENTO_LISTEN_FAILED too, and the service is shut down", async () => {
    const free = await listening(0);
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    let taken: Server | undefined;
    const Slow = defineService({
      name: "slow",
      startup: async () => void (taken = await listening(port)),
      shutdown: () => void steps.push("shut down"),
      apis: {},
    });
    await expect(serve(Slow, { ...quiet(), port })).rejects.toMatchObject({ code: "BENTO_LISTEN_FAILED" });
    expect(steps).toEqual(["shut down"]);
    taken?.close();
  });

  test("a failing start listens to nothing", async () => {
    await expect(serve(Doomed, quiet())).rejects.toMatchObject({ code: "BENTO_SERVICE_INVALID" });
  });

  test("draining finishes what is in flight, turns unready and accepts nothing new", async () => {
    const server = await serve(Living, { ...quiet(), store: await storeWithModel() });
    const call = fetch(`${server.url}/hold`, json({}));
    await entered.promise;
    const closing = server.close();
    await expect(fetch(`${server.url}/readyz`)).rejects.toBeInstanceOf(Error);
    expect((await server.app.request("/readyz")).status).toBe(503);
    expect(steps).not.toContain("shut down");
    release.open();
    const answer = await call;
    expect([await answer.text(), answer.headers.get("connection")]).toEqual(["digits:v1", "close"]);
    await closing;
    await server.closed;
    expect(steps).toContain("shut down");
  });

  test("draining is bounded", async () => {
    const server = await serve(Living, { ...quiet(), drainTimeoutMs: 50, store: await storeWithModel() });
    const call = fetch(`${server.url}/hold`, json({})).catch(() => "broken off");
    await entered.promise;
    const closing = server.close();
    expect(await call).toBe("broken off");
    release.open();
    await closing;
  });

  test("an abort signal closes it", async () => {
    const controller = new AbortController();
    const server = await serve(Living, { ...quiet(), signal: controller.signal, store: await storeWithModel() });
    controller.abort();
    await server.closed;
    await expect(fetch(server.url)).rejects.toBeInstanceOf(Error);
  });

  test("one that is aborted before the end of the start ends that", async () => {
    const reason = new Error("enough");
    const failing = serve(Living, { ...quiet(), handleSignals: true, signal: AbortSignal.abort(reason), store: await storeWithModel() });
    await expect(failing).rejects.toMatchObject({ code: "BENTO_CANCELLED", cause: reason });
    expect(steps).toEqual([]);

    const controller = new AbortController();
    const hooks = { deployment: () => controller.abort(), startup: () => void steps.push("started") };
    const Leaving = defineService({ name: "leaving", apis: {}, ...hooks, shutdown: () => void steps.push("shut down") });
    await expect(serve(Leaving, { ...quiet(), signal: controller.signal })).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
    expect(steps).toEqual([]);
  });

  test("leaves no signal listeners behind", async () => {
    const count = () => process.listenerCount("SIGTERM") + process.listenerCount("SIGINT");
    const before = count();
    const server = await serve(Living, { ...quiet(), handleSignals: true, store: await storeWithModel() });
    expect(count()).toBe(before + 2);
    await server.close();
    expect(count()).toBe(before);
    await expect(serve(Living, { ...quiet(), handleSignals: true })).rejects.toBeInstanceOf(Error);
    expect(count()).toBe(before);
  });
});

describe("an app that is closed while a stream goes on", () => {
  const waiting = defineService({
    name: "waiting",
    apis: {
      ticks: api({ input: z.object({}), output: z.string() }, async function* () {
        try {
          yield "tick";
          await release.promise;
        } finally {
          steps.push("left");
        }
      }),
    },
    shutdown: () => void steps.push("shut down"),
  });

  test("breaks it off when its time is over", async () => {
    const app = await createApp(waiting, { drainTimeoutMs: 20 });
    const reader = (await app.request("/ticks", json({}))).body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("tick");
    const rest = reader?.read().catch((error: unknown) => error);
    await app.close();
    expect(await rest).toMatchObject({ code: "BENTO_UNAVAILABLE" });
    expect(steps).toEqual(["shut down"]);
    release.open();
    await expect.poll(() => steps).toContain("left");
  });

  test("breaks it off although nobody reads it", async () => {
    const app = await createApp(waiting, { drainTimeoutMs: 20 });
    const answer = await app.request("/ticks", json({}));
    await app.close();
    expect(steps).toEqual(["left", "shut down"]);
    await expect(answer.text()).rejects.toMatchObject({ code: "BENTO_UNAVAILABLE" });
  });

  test("lets it end within that", async () => {
    const app = await createApp(waiting);
    const answer = await app.request("/ticks", json({}));
    const closing = app.close();
    release.open();
    expect(await answer.text()).toBe("tick");
    await closing;
    expect(steps).toEqual(["left", "shut down"]);
  });
});
