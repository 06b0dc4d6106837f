import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Registry } from "@bento/registry";
import { pushOci } from "@bento/registry/oci";
import { serveRegistry } from "@bento/registry-server";
import { FileModelStore } from "@bento/store";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";

import { type CountingFront, countingFront } from "./counting-front.js";
import { json } from "./doors.js";
import { ociRegistry } from "./oci-registry.js";
import { projectFolder, runProgram } from "./program.js";

// Every test waits for processes to start, which run the built packages.
vi.setConfig({ testTimeout: 60_000 });

const service = `
import { api, BentoModel, defineService } from "@bento/sdk";
import { z } from "zod";
const digits = new BentoModel("digits");
export const Digits = defineService({
  name: "Digits",
  models: { digits },
  apis: { which: api({ input: z.object({}), output: z.any() }, () => ({ tag: String(digits.tag), pid: process.pid })) },
});
`;

const fromOci = service.replace('"digits"', "process.env.OCI_ADDRESS");

const program = `
import { serve } from "@bento/server";
const [options = "{}", target = "./service.mjs"] = process.argv.slice(2);
const server = await serve(target, { port: 0, banner: false, accessLog: false, ...JSON.parse(options) });
process.send(server.url);
`;

const hanging = `
import { defineService } from "@bento/sdk";
export const Hanging = defineService({ name: "Hanging", startup: () => new Promise((resolve) => setTimeout(resolve, 1e6)), apis: {} });
`;

/** What is asked for as a part of a model. */
const part = /^GET \S*\/content\/[0-9a-f]{64}/;

let project: ReturnType<typeof projectFolder>;
let folder: string;
let registry: Awaited<ReturnType<typeof serveRegistry>>;
let front: CountingFront;
let home: string;
beforeAll(async () => {
  project = projectFolder({ "service.mjs": service, "from-oci.mjs": fromOci, "hanging.mjs": hanging, "serve.mjs": program });
  folder = mkdtempSync(join(tmpdir(), "bento-registry-"));
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  registry = await serveRegistry({ data: join(folder, "data"), port: 0, insecure: true, logger: silent });
  await push("v1");
});
afterAll(async () => {
  project[Symbol.dispose]();
  await registry.close();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  front = await countingFront(registry.url);
  home = mkdtempSync(join(folder, "home-"));
});
afterEach(() => front[Symbol.asyncDispose]());

/** A version of several parts that the registry has, and no store here. */
async function push(version: string): Promise<void> {
  const elsewhere = new FileModelStore(mkdtempSync(join(folder, "elsewhere-")));
  const bytes = Buffer.alloc(9 * 1024 ** 2, version);
  await elsewhere.create(`digits:${version}`, {}, (draft) => draft.write("a.bin", bytes));
  await new Registry({ endpoint: registry.url, token: "any" }).push(`digits:${version}`, { store: elsewhere });
}

function start(options: object = {}, target = "./service.mjs", more: Record<string, string> = {}) {
  const env = { BENTOML_HOME: home, BENTO_CLOUD_API_ENDPOINT: front.url, BENTO_CLOUD_API_KEY: "any", ...more };
  return runProgram(project.path, "serve.mjs", { args: [JSON.stringify(options), target], env });
}

async function ask(url: string): Promise<{ readonly tag: string; readonly pid: number }> {
  const answer = await fetch(`${url}/which`, json({}));
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return (await answer.json()) as { tag: string; pid: number };
}

const partsAsked = (): readonly string[] => front.requests.filter((request) => part.test(request));

function expectOnePull(): void {
  expect(partsAsked().length).toBeGreaterThan(0);
  expect(new Set(partsAsked()).size).toBe(partsAsked().length);
  expect(readdirSync(join(home, "tmp", "pulls"))).toEqual([]);
}

test.each([
  ["in the server's own process", { mode: "in-process" }],
  ["in a pool", { mode: "pool", workers: 2 }],
  ["in workers that share the port", { mode: "shared-port", workers: 2 }],
])("a model that is in the registry alone is pulled once, by the server for all: %s", async (_, options) => {
  await using server = start(options);
  const url = await server.said();
  const answers = await Promise.all(Array.from({ length: 8 }, () => ask(url)));
  expect(answers.map(({ tag }) => tag)).toEqual(Array.from({ length: 8 }, () => "digits:v1"));
  expectOnePull();
  // Lines of the log are written together.
  await expect.poll(() => server.output()).toMatch(/Pulling digits(:latest)? from http/);
  await expect.poll(() => server.output()).toMatch(/Pulled digits:v1 from .*: 9\.00 MiB in .*verified by its digests/);
});

test("the time that a pull takes is no part of what a start may take", async () => {
  front.hold(/\/content\/[0-9a-f]{64}/);
  const options = { mode: "pool", workers: 1, startTimeoutMs: 3000 };
  await using server = start(options);
  await vi.waitUntil(() => partsAsked().length > 0, 30_000);
  // When a start of the same patience is over that began later, the time of this one is over, too.
  await using late = start(options, "./hanging.mjs");
  await expect(late.said()).rejects.toThrow(/Hanging\[1\].*3 seconds|not ready/);
  front.hold();
  expect((await ask(await server.said())).tag).toBe("digits:v1");
});

test("many servers that start together on one machine pull once", async () => {
  const servers = Array.from({ length: 4 }, (_, at) => start(at === 0 ? { mode: "pool", workers: 2 } : {}));
  try {
    const urls = await Promise.all(servers.map((server) => server.said()));
    expect((await Promise.all(urls.map(ask))).map(({ tag }) => tag)).toEqual(urls.map(() => "digits:v1"));
    expectOnePull();
  } finally {
    await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  }
});

test("who waits takes over from one that was killed while it pulled", async () => {
  front.hold(/\/content\/[0-9a-f]{64}/);
  await using first = start();
  await vi.waitUntil(() => partsAsked().length > 0, 30_000);
  await using second = start();
  await vi.waitUntil(() => second.output().includes(`Process ${first.child.pid} is pulling digits already`), 30_000);
  first.said().catch(() => undefined);
  first.child.kill("SIGKILL");
  await first.ended;
  front.hold();
  expect((await ask(await second.said())).tag).toBe("digits:v1");
  expect(readdirSync(join(home, "tmp", "pulls"))).toEqual([]);
});

test.each(["in-process", "pool"])("a server that is told to end while it pulls lets go of everything: %s", async (mode) => {
  front.hold(/\/content\/[0-9a-f]{64}/);
  await using server = start({ mode });
  server.said().catch(() => undefined);
  await vi.waitUntil(() => partsAsked().length > 0, 30_000);
  server.child.kill("SIGTERM");
  expect(await server.ended).toEqual([null, "SIGTERM"]);
  front.hold();
  await using later = start();
  expect((await ask(await later.said())).tag).toBe("digits:v1");
});

test("what the tag of an OCI address names next is served by workers, and the registry of models is not asked", async () => {
  await using oci = await ociRegistry();
  const address = `oci://${oci.host}/digits`;
  const elsewhere = new FileModelStore(mkdtempSync(join(folder, "elsewhere-")));
  const move = async (version: string): Promise<void> => {
    await elsewhere.create(`digits:${version}`, (draft) => draft.write("a.txt", version));
    await pushOci(`digits:${version}`, `${address}:latest`, { store: elsewhere, home: elsewhere.location, force: true, env: {} });
  };
  await move("v8");
  const follow = { version: "latest", pollSeconds: 0.05 };
  await using server = start({ mode: "pool", workers: 1, follow }, "./from-oci.mjs", { OCI_ADDRESS: address });
  const url = await server.said();
  expect((await ask(url)).tag).toBe("digits:v8");
  await move("v9");
  await vi.waitUntil(async () => (await (await fetch(`${url}/readyz`)).text()) === "digits:v9\n", 30_000);
  expect(front.requests).toEqual([]);
});

// The last one, as all others take v1 for the newest.
test("what comes to the registry is served by all workers, and no call fails meanwhile", async () => {
  await using server = start({ mode: "pool", workers: 2, follow: { version: "latest", pollSeconds: 0.2 } });
  const url = await server.said();
  const over = new AbortController();
  const seen = new Set<string>();
  const failures: unknown[] = [];
  const calling = Array.from({ length: 4 }, async () => {
    while (!over.signal.aborted) {
      await ask(url).then(
        ({ tag }) => seen.add(tag),
        (error: unknown) => failures.push(error),
      );
    }
  });
  await push("v2");
  await vi.waitUntil(async () => (await (await fetch(`${url}/readyz`)).text()) === "digits:v2\n", 30_000);
  over.abort();
  await Promise.all(calling);
  expect(failures).toEqual([]);
  expect(seen).toEqual(new Set(["digits:v1", "digits:v2"]));
});
