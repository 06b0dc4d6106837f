import { expect, test, vi } from "vitest";

// Worker processes run the built package, and so does what starts them.
import { type AppOptions, createApp, serve } from "../dist/index.js";
import { Urls } from "./fixtures/urls-service.mjs";
import { json, LineLogger } from "./doors.js";
import { openOrigin, type Origin, png } from "./origin.js";
import { nothingOnDisk } from "./spooled.js";

// Every test waits for processes to start.
vi.setConfig({ testTimeout: 60_000 });

const entry = new URL("fixtures/urls-service.mjs", import.meta.url);

type Ask = (path: string, init: RequestInit) => Promise<Response>;

const allowing = ({ port }: Origin): AppOptions => ({ urlInputs: { allow: [`127.0.0.1:${port}`] } });

async function pool(options: AppOptions) {
  const app = await createApp(Urls, { workers: 2, mode: "pool", entry, execArgv: [], logger: new LineLogger(), ...options });
  const ask: Ask = async (path, init) => app.request(path, init);
  return { ask, [Symbol.asyncDispose]: () => app.close() };
}

async function sharedPort(options: AppOptions) {
  const server = await serve(Urls, {
    port: 0,
    workers: 2,
    entry,
    execArgv: [],
    accessLog: false,
    banner: false,
    handleSignals: false,
    ...options,
  });
  const ask: Ask = (path, init) => fetch(server.url + path, { ...init, headers: [...new Headers(init.headers), ["connection", "close"]] });
  return { ask, [Symbol.asyncDispose]: () => server.close() };
}

const raw = (body: string): RequestInit => ({ method: "POST", headers: { "content-type": "application/json" }, body });

const cat = { name: "cat.png", type: "image/png", size: png.byteLength, onDisk: false };
const big = { name: "big.bin", type: "application/octet-stream", size: 3 << 20, onDisk: true };

/** What must be the same in a pool and where workers share the port. */
async function testUrls(ask: Ask, origin: Origin): Promise<void> {
  const [small, large] = [`${origin.url}/cat.png`, `${origin.url}/big.bin`];
  const answer = await (await ask("/take", json({ one: small, many: [large, "data:,x", small], picture: small, text: small }))).json();
  expect(answer).toMatchObject({ one: cat, many: [big, { size: 1 }, cat], picture: [3, 2], text: small });
  const { pid } = answer as { pid: number };
  expect(pid).not.toBe(process.pid);
  const form = new FormData();
  form.append("one", large);
  form.append("many", new File([new Uint8Array(2 << 20)], "own.bin", { type: "application/octet-stream" }));
  form.append("many", small);
  expect(await (await ask("/take", { method: "POST", body: form })).json()).toMatchObject({
    one: big,
    many: [{ name: "own.bin", size: 2 << 20, onDisk: true }, cat],
  });
  for (const [url, described] of [
    [small, cat],
    [large, big],
  ] as const) {
    expect(await (await ask("/whole", raw(url))).json()).toEqual(described);
  }
  const batch = [1, 2, 3].map(async (count) => (await ask("/sizes", json({ files: Array.from({ length: count }, () => small) }))).json());
  const name = `cat.png ${png.byteLength}`;
  expect(await Promise.all(batch)).toEqual([[name], [name, name], [name, name, name]]);
  const refused = await ask("/take", json({ many: ["data:,x", `${origin.url}/inside`] }));
  expect([refused.status, await refused.json()]).toEqual([
    400,
    expect.objectContaining({ detail: [expect.objectContaining({ loc: ["many", 1], type: "url_refused" })] }),
  ]);
  await nothingOnDisk([process.pid, pid]);
}

test("what URLs lead to comes to the workers of a pool, large files by their path", async () => {
  const origin = await openOrigin();
  await using service = await pool(allowing(origin));
  await testUrls(service.ask, origin);
  expect(origin.asked).toContain("/big.bin");
});

test("workers that share the port fetch by themselves", async () => {
  const origin = await openOrigin();
  await using service = await sharedPort(allowing(origin));
  await testUrls(service.ask, origin);
  expect(origin.asked).toContain("/big.bin");
});

test("no worker fetches unless somebody allows it", async () => {
  const origin = await openOrigin();
  for (const open of [pool, sharedPort]) {
    await using service = await open({});
    const refused = await service.ask("/take", json({ one: `${origin.url}/cat.png` }));
    expect([refused.status, await refused.text()]).toEqual([
      400,
      expect.stringMatching(/url_not_allowed.*urlInputs|urlInputs.*url_not_allowed/),
    ]);
    expect((await service.ask("/whole", raw(`${origin.url}/cat.png`))).status).toBe(400);
  }
  expect(origin.asked).toEqual([]);
});

test("a batch of a pool does not wait for the URL of one of its callers, who may leave", async () => {
  const origin = await openOrigin();
  await using service = await pool({ ...allowing(origin), workers: 1 });
  const asked = origin.hanging();
  const leaving = new AbortController();
  const slow = service.ask("/sizes", { ...json({ files: [`${origin.url}/big.bin`, `${origin.url}/hang`] }), signal: leaving.signal });
  await asked;
  const quick = [1, 2].map(async () => (await service.ask("/sizes", json({ files: [`${origin.url}/cat.png`] }))).json());
  expect(await Promise.all(quick)).toEqual([[`cat.png ${png.byteLength}`], [`cat.png ${png.byteLength}`]]);
  leaving.abort();
  await slow.catch(() => undefined);
  await nothingOnDisk();
  await expect.poll(() => origin.open.size).toBe(0);
});
