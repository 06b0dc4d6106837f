import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { createClient } from "@bento/client";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Storyteller } from "../../examples/streaming/service.js";
import { runCommand } from "../support/run-command.js";
import { buildPackages, workspaceRoot } from "../support/workspace.js";
import { ensureDebianPackages } from "./support/apt.js";
import { type TemporaryHome, temporaryHome } from "./support/temporary-home.js";
import { openWatched, type WatchedPage } from "./support/watched-page.js";

const example = `${workspaceRoot}examples/streaming/dist/`;
const watch = new URL("support/watch-sockets.mjs", import.meta.url).href;

/** A line that the server printed, and when. Milliseconds. */
interface Line {
  readonly at: number;
  readonly text: string;
}

let home: TemporaryHome;
let server: ChildProcess;
let url: string;
let browser: Browser;
const lines: Line[] = [];

beforeAll(async () => {
  await ensureDebianPackages(["chromium"]);
  await buildPackages();
  home = await temporaryHome();
  const env = { ...process.env, BENTOML_HOME: home.path, PORT: "0", NODE_OPTIONS: "" };
  await runCommand(process.execPath, [`${example}save-model.js`], { env });
  server = spawn(process.execPath, ["--import", watch, `${example}main.js`], { env, stdio: ["ignore", "pipe", "inherit"] });
  createInterface({ input: server.stdout as NodeJS.ReadableStream }).on("line", (line) => lines.push(JSON.parse(line) as Line));
  url = (await said(/^Open (\S+)\/page /m)).found[1] as string;
  const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-quic"];
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", ...quiet] });
});
afterAll(async () => {
  await browser?.close();
  if (server) {
    const closed = once(server, "close");
    server.kill("SIGTERM");
    await closed;
  }
  await home?.[Symbol.asyncDispose]();
});

/** Resolves when the server has printed such a line, which counts only after the first `from`. @throws Error after a minute */
async function said(pattern: RegExp, from = 0): Promise<{ readonly at: number; readonly found: RegExpExecArray }> {
  const deadline = performance.now() + 60_000;
  while (performance.now() < deadline && server.exitCode === null) {
    for (const { at, text } of lines.slice(from)) {
      const found = pattern.exec(text);
      if (found) return { at, found };
    }
    await pause(5);
  }
  throw new Error(`the server did not say ${pattern}, but:\n${lines.map(({ text }) => text).join("\n")}`);
}

/** The example's page. */
async function openPage(): Promise<WatchedPage> {
  return openWatched(browser, `${url}/page`);
}

async function generate(page: Page, options: { readonly tokens: number; readonly speed: number; readonly seed: number }): Promise<void> {
  await page.locator("#max-tokens").fill(String(options.tokens));
  await page.locator("#speed").fill(String(options.speed));
  await page.locator("#seed").fill(String(options.seed));
  await page.getByRole("button", { name: "Generate" }).click();
}

/** What the server says of itself in the page. */
async function serverLine(page: Page): Promise<string> {
  return page.locator("#server").innerText();
}

test("a story is told to its end, the same one for the same seed", async () => {
  const { page, requested, complaints } = await openPage();
  const stories: (string | null)[] = [];
  for (const seed of [3, 3, 4]) {
    await page.locator("#state").evaluate((state) => (state.textContent = ""));
    await generate(page, { tokens: 50, speed: 500, seed });
    await page.getByText("Told to its end: 50 tokens.").waitFor();
    stories.push(await page.locator("#story").textContent());
  }
  const prompt = await page.locator("#prompt").inputValue();
  const tokens = await createClient<Storyteller>(url).generate({ prompt, maxTokens: 50, seed: 3, tokensPerSecond: 10_000 });
  expect(stories.slice(0, 2)).toEqual([prompt + tokens.join(""), prompt + tokens.join("")]);
  expect(stories[2]).not.toBe(stories[0]);
  expect(requested.filter((one) => !one.startsWith(`${url}/`) && !one.startsWith("data:"))).toEqual([]);
  expect(complaints).toEqual([]);
  await page.close();
});

test("tokens appear as they come; Cancel ends the generator within 100 ms, and no more tokens are made", async () => {
  const { page, complaints } = await openPage();
  const from = lines.length;
  await generate(page, { tokens: 100_000, speed: 100, seed: 1 });
  // They come one by one: what is shown grows while the story goes on.
  const lengths = new Set<number>();
  while (lengths.size < 5) {
    lengths.add((await page.locator("#story").textContent())?.length ?? 0);
    await pause(20);
  }
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByText(/^Cancelled after \d+ tokens\.$/).waitFor();
  const shown = Number(/\d+/.exec(await page.locator("#state").innerText())?.[0]);
  const left = await said(/^cut off \/generate$/, from);
  const ended = await said(/^Story \w+: (\d+) of 100000 tokens, cut short, and ended [\d.]+ ms later\.$/, from);
  expect(ended.at - left.at).toBeLessThan(100);
  expect(shown).toBeGreaterThan(5);
  expect(Number(ended.found[1])).toBeGreaterThanOrEqual(shown);
  await page.getByText(/^The server tells no story/).waitFor();
  const { running, tokens } = await createClient<Storyteller>(url).progress();
  expect(running).toBe(0);
  // The page asks twice a second.
  await pause(1100);
  expect(await serverLine(page)).toBe(`The server tells no story, and has made ${tokens} tokens.`);
  expect(complaints).toEqual([]);
  await page.close();
});

test("a page that is closed in mid-story ends the generator, too", async () => {
  const { page } = await openPage();
  const from = lines.length;
  await generate(page, { tokens: 100_000, speed: 100, seed: 2 });
  await page.getByText(/^\d+ tokens \.\.\.$/).waitFor();
  await page.close();
  const left = await said(/^cut off \/generate$/, from);
  const ended = await said(/^Story \w+: \d+ of 100000 tokens, cut short/, from);
  expect(ended.at - left.at).toBeLessThan(100);
});
