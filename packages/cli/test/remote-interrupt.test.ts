// Ctrl-C while a server is slow: the command as a process of its own, at a server that never comes to an end.
import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { exportModel, FileModelStore } from "@bento/store";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { buildBento, temporaryFolder } from "./bento.js";

const folder = temporaryFolder();
const home = join(folder.path, "home");
const server = createServer();
const seen = new EventEmitter();
let origin = "";
let bin: string;
let tar: Uint8Array;

beforeAll(async () => {
  bin = buildBento();
  const store = new FileModelStore(home);
  await store.create("digits:v1", async (draft) => {
    await draft.write("a.bin", new Uint8Array(2_000_000));
    await draft.write("z.bin", new Uint8Array(20_000_000));
  });
  tar = readFileSync(await exportModel("digits", join(folder.path, "digits.tar"), { store }));
  server.on("request", answer);
  await once(server.listen(0, "127.0.0.1"), "listening");
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}, 120_000);

afterAll(() => {
  server.closeAllConnections();
  server.close();
  folder[Symbol.dispose]();
});

/** Gives half of what is asked for, takes the beginning of what is sent, and then is silent for ever. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  request.on("error", () => {});
  response.on("close", () => seen.emit("left", request.method));
  if (request.method === "PUT") {
    request.once("data", () => {
      request.pause();
      seen.emit("half", "PUT");
      // That somebody left is behind what is still to be read.
      seen.once("ended", () => request.resume());
    });
    return;
  }
  const isThere = request.url?.endsWith("/digits.tar") === true && request.method !== "DELETE";
  response.writeHead(isThere ? 200 : 404, { "content-length": isThere ? tar.length : 0, "accept-ranges": "none", etag: '"1"' });
  if (!isThere || request.method === "HEAD") return void response.end();
  response.write(tar.subarray(0, tar.length / 2), () => seen.emit("half", "GET"));
}

/** Runs a command until the server is half through with it and `isReady`, presses Ctrl-C, and answers with what came of it. */
async function interrupted(args: readonly string[], at: string, isReady: () => boolean) {
  const half = once(seen, "half");
  const child = spawn(process.execPath, [bin, "--home", at, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"] },
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (piece: string) => (printed += piece));
  const ended = once(child, "close");
  const [method] = (await Promise.race([half, ended.then(() => Promise.reject(new Error(printed)))])) as [string];
  await vi.waitUntil(isReady, { timeout: 30_000 });
  const left = once(seen, "left");
  const began = performance.now();
  child.kill("SIGINT");
  const [code] = (await ended) as [number | null];
  const ms = performance.now() - began;
  seen.emit("ended");
  return { code, printed, method, ms, left: (await left)[0] as string };
}

/** The quickest of a few: the machine may have had something else to do. */
async function quickest<T extends { readonly ms: number }>(work: () => Promise<T>): Promise<T> {
  let best = await work();
  for (let tries = 1; tries < 3 && best.ms >= 1000; tries += 1) {
    const next = await work();
    if (next.ms < best.ms) best = next;
  }
  return best;
}

const words = "error: Interrupted by SIGINT; what was half done is removed.\n";

test("an import ends within a second, and leaves nothing in the store", async () => {
  const at = join(folder.path, "other");
  const isStaged = (): boolean => existsSync(join(at, "tmp")) && readdirSync(join(at, "tmp")).length > 0;
  const result = await quickest(() => interrupted(["models", "import", `${origin}/digits.tar`], at, isStaged));
  expect(result).toMatchObject({ code: 130, printed: words, method: "GET", left: "GET" });
  expect(result.ms).toBeLessThan(1000);
  expect(await new FileModelStore(at).listTags()).toEqual([]);
  expect(readdirSync(join(at, "tmp"))).toEqual([]);
});

test("an export ends within a second, before the server has an end of it", async () => {
  const args = ["models", "export", "digits", `${origin}/new/digits.tar`, "--compression", "store"];
  const result = await quickest(() => interrupted(args, home, () => true));
  expect(result).toMatchObject({ code: 130, printed: words, method: "PUT", left: "PUT" });
  expect(result.ms).toBeLessThan(1000);
});
