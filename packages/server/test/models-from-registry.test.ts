import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { BentoModel, api, defineService, service } from "@bento/sdk";
import { Registry } from "@bento/registry";
import { pushOci } from "@bento/registry/oci";
import { serveRegistry } from "@bento/registry-server";
import { exportModel, FileModelStore, importModel, MemoryModelStore } from "@bento/store";
import { afterAll, beforeAll, beforeEach, afterEach, expect, test, vi } from "vitest";
import { z } from "zod";

import { createApp } from "../src/index.js";
import { type CountingFront, countingFront } from "./counting-front.js";
import { json, LineLogger } from "./doors.js";
import { ociRegistry } from "./oci-registry.js";

let folder: string;
let registry: Awaited<ReturnType<typeof serveRegistry>>;
let front: CountingFront;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "bento-registry-"));
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  registry = await serveRegistry({ data: join(folder, "data"), port: 0, insecure: true, logger: silent });
});
afterAll(async () => {
  await registry.close();
  rmSync(folder, { recursive: true });
});

let home: string;
let store: FileModelStore;
/** A name that no other test has. */
let name: string;
let names = 0;
beforeEach(async () => {
  front = await countingFront(registry.url);
  home = mkdtempSync(join(folder, "home-"));
  store = new FileModelStore(home);
  name = `digits-${(names += 1)}`;
  vi.stubEnv("BENTOML_HOME", home);
  vi.stubEnv("BENTO_CLOUD_API_ENDPOINT", front.url);
  vi.stubEnv("BENTO_CLOUD_API_KEY", "any");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await front[Symbol.asyncDispose]();
});

/** A version that the registry has, and no store here. */
async function push(version: string, bytes: Uint8Array | string = version): Promise<void> {
  const elsewhere = new FileModelStore(mkdtempSync(join(folder, "elsewhere-")));
  await elsewhere.create(`${name}:${version}`, {}, (draft) => draft.write("a.txt", bytes));
  await new Registry({ endpoint: registry.url, token: "any" }).push(`${name}:${version}`, { store: elsewhere });
}

const save = (version: string) => store.create(`${name}:${version}`, {}, (draft) => draft.write("a.txt", version));

/** A service of one model. */
function serviceOf(...given: ConstructorParameters<typeof BentoModel>) {
  @service({ name: "Telling" })
  class Telling {
    digits = new BentoModel(...given);

    @api({ input: z.object({}), output: z.string() }) which() {
      return this.digits.exists ? String(this.digits.tag) : "none";
    }
  }
  return Telling;
}

type App = Awaited<ReturnType<typeof createApp>>;
const asked = async (app: App): Promise<string> => (await app.request("/which", json({}))).text();

test.each(["", ":latest", ":v1"])(
  "a model that is nowhere but in the registry is pulled at start, with lines in the log: %o",
  async (version) => {
    await push("v1", Buffer.alloc(3 * 1024 ** 2, "a"));
    const logger = new LineLogger();
    await using app = await createApp(serviceOf(name + version), { store, logger });
    expect(await asked(app)).toBe(`${name}:v1`);
    expect((await (await store.get(`${name}:v1`)).verify()).status).toBe("ok");
    expect(logger.lines.map(({ message }) => message)).toEqual([
      `Pulling ${name}${version} from ${front.url}`,
      expect.stringMatching(new RegExp(`^Pulled ${name}:v1 from ${front.url}: 3.00 MiB in [\\d.]+ s, verified by its digests$`)),
    ]);
    expect(readdirSync(join(home, "tmp", "pulls"))).toEqual([]);
  },
);

test("a reference pulls by itself when it is waited for, outside of any service", async () => {
  await push("v1");
  expect((await new BentoModel(name).resolve()).tag.toString()).toBe(`${name}:v1`);
});

test("what is local makes no call, latest included: start-up, create, export and import; with the registry failing", async () => {
  await push("v2");
  await save("v1");
  front.fail(true);
  for (const tag of [name, `${name}:latest`, `${name}:v1`, `${name}:v`]) {
    await using app = await createApp(serviceOf(tag), { store });
    expect(await asked(app)).toBe(`${name}:v1`);
  }
  const file = await exportModel(name, `${home}/out.bentomodel`, { store });
  await store.delete(name);
  await importModel(file, { store });
  await save("v3");
  expect(new BentoModel(name).tag.toString()).toBe(`${name}:v3`);
  expect((await new BentoModel(name).toInfo()).tag).toBe(`${name}:v3`);
  expect(front.requests).toEqual([]);
});

test("the registry is asked first where that is wanted; what is newer wins, wherever it is", async () => {
  await save("v1");
  await push("v2");
  const Refreshing = serviceOf(name, { refresh: true });
  await using app = await createApp(Refreshing, { store });
  expect(await asked(app)).toBe(`${name}:v2`);
  await save("v3");
  await using later = await createApp(Refreshing, { store });
  expect(await asked(later)).toBe(`${name}:v3`);
  await push("v4");
  await store.delete(`${name}:v3`);
  await save("v5");
  const before = front.requests.length;
  await using last = await createApp(Refreshing, { store });
  expect(await asked(last)).toBe(`${name}:v5`);
  expect(front.requests.length).toBeGreaterThan(before);
  // Nobody would use it.
  await expect(store.get(`${name}:v4`)).rejects.toMatchObject({ code: "BENTO_MODEL_NOT_FOUND" });
});

test("a registry that is asked first and does not have the model is a warning, and the store's own is used", async () => {
  await save("v1");
  const logger = new LineLogger();
  await using app = await createApp(serviceOf(name, { refresh: true }), { store, logger });
  expect(await asked(app)).toBe(`${name}:v1`);
  const message = `The registry ${front.url} does not have the model "${name}". What the store has is used: ${name}:v1.`;
  expect(logger.lines).toEqual([expect.objectContaining({ level: "warn", message })]);
});

test("who is to be asked first and cannot be is no reason not to start", async () => {
  await save("v1");
  front.fail(true);
  const logger = new LineLogger();
  await using app = await createApp(serviceOf(name, { refresh: true }), { store, logger });
  expect(await asked(app)).toBe(`${name}:v1`);
  expect(logger.lines).toEqual([
    {
      level: "warn",
      fields: expect.anything(),
      message: expect.stringMatching(new RegExp(`${front.url}.*What the store has is used: ${name}:v1`)),
    },
  ]);
}, 60_000);

test("an error names the model, the registry and the next step, when neither store nor registry has it", async () => {
  await expect(createApp(serviceOf(`${name}:v1`), { store })).rejects.toMatchObject({
    code: "BENTO_MODEL_NOT_FOUND",
    message: `The model "${name}:v1" is neither in the model store ${home} nor in the registry ${front.url}.`,
    hint: expect.stringContaining(`bento models push ${name}:v1`),
  });
  vi.stubEnv("BENTO_CLOUD_API_KEY", "");
  await expect(createApp(serviceOf(name), { store })).rejects.toMatchObject({
    code: "BENTO_MODEL_NOT_FOUND",
    message: `The model "${name}" is not in the model store ${home}, and no registry is set up to pull it from.`,
    hint: expect.stringContaining("bento cloud login"),
  });
});

test("a service starts without an optional model, whatever it is that keeps it away", async () => {
  const Optional = serviceOf(name, { optional: true });
  await using app = await createApp(Optional, { store });
  expect(await asked(app)).toBe("none");
  front.fail(true);
  const logger = new LineLogger();
  await using failing = await createApp(Optional, { store, logger });
  expect(await asked(failing)).toBe("none");
  expect(logger.lines.at(-1)).toMatchObject({ level: "warn", message: expect.stringContaining("The service starts without it.") });
}, 60_000);

test("nothing is pulled into a store of this process alone", async () => {
  await push("v1");
  const own = new MemoryModelStore();
  await expect(createApp(serviceOf(name), { store: own })).rejects.toMatchObject({ code: "BENTO_MODEL_NOT_FOUND" });
  expect(front.requests).toEqual([]);
});

test("several services of a process that start together pull once", async () => {
  await push("v1");
  const apps = await Promise.all([name, `${name}:v1`, name].map((tag) => createApp(serviceOf(tag), { store })));
  for (const app of apps) {
    expect(await asked(app)).toBe(`${name}:v1`);
    await app.close();
  }
  const parts = front.requests.filter((request) => /content\/[0-9a-f]{64}/.test(request));
  expect(parts.length).toBeGreaterThan(0);
  expect(new Set(parts).size).toBe(parts.length);
});

test("what comes to the registry is pulled, verified and served, while no call fails", async () => {
  await push("v1");
  const digits = new BentoModel(name);
  const Following = defineService({
    name: "Following",
    models: { digits },
    follow: { version: "latest", pollSeconds: 0.05 },
    apis: { which: api({ input: z.object({}), output: z.string() }, () => String(digits.tag)) },
  });
  const logger = new LineLogger();
  await using app = await createApp(Following, { store, logger });
  const seen = new Set<string>();
  const calling = vi.waitUntil(async () => {
    seen.add(await asked(app));
    return seen.has(`${name}:v2`);
  }, 30_000);
  await push("v2");
  await calling;
  expect(seen).toEqual(new Set([`${name}:v1`, `${name}:v2`]));
  expect((await (await store.get(`${name}:v2`)).verify()).status).toBe("ok");
  // A registry that goes away for a while changes nothing, and is told once.
  front.fail(true);
  const complaints = () => logger.lines.filter(({ level }) => level === "warn");
  await expect.poll(() => complaints().length, { timeout: 60_000 }).toBe(1);
  front.fail(false);
  await push("v3");
  await expect.poll(() => asked(app), { timeout: 60_000 }).toBe(`${name}:v3`);
  expect(complaints()[0]?.message).toContain(front.url);
}, 120_000);

test("what the tag of an OCI address names next is pulled from there and served, whatever the registry of models has", async () => {
  await using oci = await ociRegistry();
  const address = `oci://${oci.host}/team/${name}`;
  const elsewhere = new FileModelStore(mkdtempSync(join(folder, "elsewhere-")));
  const move = async (version: string, model = name): Promise<void> => {
    await elsewhere.create(`${model}:${version}`, {}, (draft) => draft.write("a.txt", version));
    await pushOci(`${model}:${version}`, `${address}:latest`, { store: elsewhere, home: elsewhere.location, force: true, env: {} });
  };
  await move("v1");
  await push("other");
  const logger = new LineLogger();
  const follow = { version: "latest", pollSeconds: 0.05 } as const;
  await using app = await createApp(serviceOf(address), { store, logger, follow });
  expect(await asked(app)).toBe(`${name}:v1`);
  await move("v2");
  await expect.poll(() => asked(app), { timeout: 60_000 }).toBe(`${name}:v2`);
  await move("v3", "another");
  const complaints = () => logger.lines.filter(({ level }) => level === "warn").map(({ message }) => message);
  await expect.poll(complaints, { timeout: 60_000 }).toEqual([expect.stringContaining(`"another:v3" now, and no version of "${name}"`)]);
  expect((await store.listTags()).map(String).toSorted()).toEqual([`${name}:v1`, `${name}:v2`]);
  expect(front.requests).toEqual([]);
}, 120_000);
