import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { expect, test, vi } from "vitest";

// Worker processes run the built package, and so does what starts them.
import { type AppOptions, createApp, serve } from "../dist/index.js";
import { Forms } from "./fixtures/forms-service.mjs";
import { json, LineLogger } from "./doors.js";

// Every test waits for processes to start.
vi.setConfig({ testTimeout: 60_000 });

const entry = new URL("fixtures/forms-service.mjs", import.meta.url);
const soon = { timeout: 20_000 };

async function pool(options: AppOptions = {}) {
  const app = await createApp(Forms, { workers: 2, mode: "pool", entry, execArgv: [], logger: new LineLogger(), ...options });
  const ask = async (path: string, init: RequestInit) => app.request(path, init);
  return { ask, [Symbol.asyncDispose]: () => app.close() };
}

function form(entries: readonly (readonly [string, string | File])[]): RequestInit {
  const data = new FormData();
  for (const [name, value] of entries) data.append(name, value);
  return { method: "POST", body: data };
}

/** The folders of requests that have files on disk, in these processes. */
function spooled(pids: readonly number[] = [process.pid]): string[] {
  const folders = readdirSync(tmpdir()).filter((name) => name.startsWith("bento-uploads-") && pids.includes(Number(name.split("-")[3])));
  return folders.flatMap((name) => readdirSync(join(tmpdir(), name)));
}

const large = (size: number, byte: number, name: string) => new File([new Uint8Array(size).fill(byte)], name, { type: "image/png" });

test("forms and files come to the workers as they came to the server, large ones by their path", async () => {
  await using service = await pool();
  const parts = [
    ["one", large(3 << 20, 7, "ä.png")],
    ["many", large(10, 1, "1.png")],
    ["many", large(2 << 20, 2, "2.png")],
    ["many", large(300_000, 3, "3.png")],
    ["key", new File([Uint8Array.of(0, 255)], "key")],
    ["name", "Bo"],
  ] as const;
  const response = await service.ask("/take", form(parts));
  const answer = (await response.json()) as { pid: number };
  expect(answer.pid).not.toBe(process.pid);
  const told = (name: string, size: number, first: number, onDisk: boolean) => ({
    name,
    size,
    first,
    onDisk,
    type: "image/png",
    length: size,
    isThere: onDisk,
  });
  expect(answer).toMatchObject({
    name: "Bo",
    one: told("ä.png", 3 << 20, 7, true),
    many: [told("1.png", 10, 1, false), told("2.png", 2 << 20, 2, true), told("3.png", 300_000, 3, false)],
    key: [0, 255],
  });
  await expect.poll(() => spooled(), soon).toEqual([]);
});

test("a file as the whole body, bytes, fields without files, and what is compressed", async () => {
  await using service = await pool();
  for (const size of [0, 5, 5 << 20]) {
    const init = { method: "POST", headers: { "content-type": "image/png", "content-disposition": 'inline; filename="x.png"' } };
    const answer = await service.ask("/whole", { ...init, body: new Uint8Array(size).fill(9) });
    expect(await answer.json()).toMatchObject({ name: "x.png", type: "image/png", size, length: size, onDisk: size > 1 << 20 });
  }
  expect((await service.ask("/whole", { method: "POST" })).status).toBe(400);
  expect(await (await service.ask("/raw", { method: "POST", body: new Uint8Array(2_000_000) })).json()).toBe(2_000_000);
  const fields = { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" }, body: "name=Bo" };
  expect(await (await service.ask("/take", fields)).json()).toMatchObject({ name: "Bo" });
  const packed = {
    method: "POST",
    headers: { "content-type": "application/json", "content-encoding": "gzip" },
    body: gzipSync('{"name":"Bo"}'),
  };
  expect(await (await service.ask("/take", packed)).json()).toMatchObject({ name: "Bo" });
  const batched = await Promise.all([
    service.ask("/batch", json({ texts: ["a", "b"] })),
    service.ask("/batch", form([["texts", "c"]])),
    service.ask("/batch", { ...fields, body: "texts=d&texts=e" }),
  ]);
  expect(await Promise.all(batched.map((answer) => answer.json()))).toEqual([["A", "B"], ["C"], ["D", "E"]]);
  await expect.poll(() => spooled(), soon).toEqual([]);
});

test("what is wrong with a form is told, and a worker that dies leaves nothing on disk", async () => {
  await using service = await pool();
  const invalid = await service.ask(
    "/take",
    form([
      ["key", new File(["x"], "k")],
      ["name", new File([Uint8Array.of(255)], "n")],
    ]),
  );
  expect([invalid.status, await invalid.text()]).toEqual([400, expect.stringMatching(/name.*UTF-8/)]);
  const died = await service.ask("/die", { method: "POST", headers: { "content-type": "image/png" }, body: new Uint8Array(2 << 20) });
  expect(died.status).toBe(503);
  await expect.poll(() => spooled(), soon).toEqual([]);
});

test("workers that share the port read forms themselves", async () => {
  await using server = await serve(Forms, {
    port: 0,
    workers: 2,
    entry,
    execArgv: [],
    accessLog: false,
    banner: false,
    handleSignals: false,
  });
  const answers = Array.from({ length: 6 }, async () => {
    const response = await fetch(`${server.url}/take`, {
      ...form([["one", large(2 << 20, 4, "x.png")]]),
      headers: { connection: "close" },
    });
    return (await response.json()) as { pid: number; one: object };
  });
  const told = await Promise.all(answers);
  expect(told.every(({ pid }) => pid !== process.pid)).toBe(true);
  expect(told.map(({ one }) => one)).toEqual(told.map(() => expect.objectContaining({ size: 2 << 20, isThere: true })));
  const pids = told.map(({ pid }) => pid);
  expect(new Set(pids).size).toBeGreaterThan(1);
  await expect.poll(() => spooled(pids), soon).toEqual([]);
});
