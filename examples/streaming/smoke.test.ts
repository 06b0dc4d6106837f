import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { BentoError, createClient } from "@bento/client";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Storyteller } from "./service.js";

// Real processes on a busy machine take their time.
vi.setConfig({ testTimeout: 60_000 });

const folder = fileURLToPath(new URL(".", import.meta.url));
const readme = readFileSync(join(folder, "README.md"), "utf8");
const [start = "exit 1"] = Array.from(readme.matchAll(/^```sh\n(.+)\n```$/gm), ([, command]) => command ?? "");
const home = mkdtempSync(join(tmpdir(), "bento-streaming-"));
const env = { ...process.env, BENTOML_HOME: home, PORT: "0", NODE_OPTIONS: "" };

let server: ReturnType<typeof spawn>;
let url: string;
let curl: string;
/** What the server says of its stories, in the order in which they ended. */
const said: string[] = [];

beforeAll(async () => {
  // A group of its own, so that nothing of it outlives the test.
  server = spawn("sh", ["-c", start], { cwd: folder, env, stdio: ["ignore", "pipe", "inherit"], detached: true });
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: server.stdout as NodeJS.ReadableStream }).on("line", (line) => {
      url ??= /^Open (\S+)\/page in a browser/.exec(line)?.[1] as string;
      curl ??= /^ {2}(curl .*)$/.exec(line)?.[1] as string;
      if (line.startsWith("Story ")) said.push(line);
      if (line.startsWith("Ctrl-C")) resolve();
    });
    server.once("close", (code) => reject(new Error(`the server ended with ${code}`)));
  });
}, 240_000);

afterAll(() => {
  if (server?.exitCode === null && server.signalCode === null) process.kill(-(server.pid as number), "SIGKILL");
  rmSync(home, { recursive: true, force: true });
});

const quick = { prompt: "The fox", maxTokens: 100, tokensPerSecond: 10_000 };

test("the same seed tells the same story, another one another", async () => {
  const client = createClient<Storyteller>(url);
  const first = await client.generate({ ...quick, seed: 7 });
  expect(first).toHaveLength(100);
  expect(await client.generate({ ...quick, seed: 7 })).toEqual(first);
  expect(await client.generate({ ...quick, seed: 8 })).not.toEqual(first);
});

test("the printed curl gets the same text without any framing", async () => {
  const { stdout } = await promisify(execFile)("sh", ["-c", curl.replace('"maxTokens": 50', '"maxTokens": 50, "tokensPerSecond": 10000')]);
  expect(stdout).toBe((await createClient<Storyteller>(url).generate({ ...quick, maxTokens: 50 })).join(""));
});

test("a caller that cancels ends the generator, which makes no more tokens", async () => {
  const client = createClient<Storyteller>(url);
  const cancelling = new AbortController();
  const told: string[] = [];
  const telling = (async () => {
    const input = { ...quick, maxTokens: 100_000, tokensPerSecond: 200 };
    for await (const token of client.generate(input, { signal: cancelling.signal })) {
      told.push(token);
      if (told.length === 5) cancelling.abort();
    }
  })();
  await expect(telling).rejects.toSatisfy((error) => BentoError.is(error, "BENTO_CANCELLED"));
  const [, made, ms] = await vi.waitFor(
    () => {
      const found = /: (\d+) of 100000 tokens, cut short, and ended ([\d.]+) ms later\.$/m.exec(said.join("\n"));
      return found ?? Promise.reject(new Error(`the server said:\n${said.join("\n")}`));
    },
    { timeout: 10_000 },
  );
  expect(Number(made)).toBeGreaterThanOrEqual(told.length);
  expect(Number(ms)).toBeLessThan(100);
  const { running, tokens } = await client.progress();
  expect(running).toBe(0);
  await pause(200);
  expect(await client.progress()).toEqual({ running: 0, tokens });
});

test("the page is served with everything that it loads, and asks nobody else", async () => {
  const page = await fetch(`${url}/page`);
  const html = await page.text();
  expect(page.headers.get("content-security-policy")).toContain("connect-src 'self'");
  const paths = new Set(Array.from(html.matchAll(/"(\/[^"]+)"/g), ([, path = ""]) => path));
  expect([...paths].toSorted()).toEqual(["/page/client/index.js", "/page/core/index.js", "/page/page.js", "/page/style.css"]);
  // What is found on the way is gone through as well.
  for (const path of paths) {
    const answer = await fetch(url + path);
    const type = answer.headers.get("content-type");
    expect([path, answer.status, type]).toEqual([path, 200, expect.stringMatching(/^text\/(javascript|css); charset=utf-8$/i)]);
    const code = await answer.text();
    for (const [, next = ""] of code.matchAll(/\b(?:from |import\()"(\.[^"]+)"/g)) paths.add(new URL(next, url + path).pathname);
  }
  expect(paths).toContain("/page/client/open-stream.js");
});

test("an interrupt ends it", async () => {
  const closed = once(server, "close");
  process.kill(-(server.pid as number), "SIGINT");
  await closed;
  await expect(createClient<Storyteller>(url).progress()).rejects.toMatchObject({ code: "BENTO_REMOTE_FAILED" });
});
