import { readFile } from "node:fs/promises";

import { serve } from "@bento/server";
import { type Browser, chromium, type Locator, type Page } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import { buildPage } from "../../support/workspace.js";
import { ensureDebianPackages } from "./apt.js";
import { Kinds } from "./kinds-service.js";
import { openWatched, type WatchedPage } from "./watched-page.js";

/** A server with every kind, and a browser to look at its page. */
export interface KindsPage {
  readonly browser: Browser;
  /** Where the service is. */
  readonly url: string;
  /** The page at one of the endpoints; closed at the end of its test. */
  open(endpoint: string): Promise<WatchedPage & AsyncDisposable>;
}

/** Starts both for the tests of a file, and stops them behind these. */
export function useKindsPage(): KindsPage {
  let browser: Browser | undefined;
  let server: Awaited<ReturnType<typeof serve>> | undefined;
  beforeAll(async () => {
    await ensureDebianPackages(["chromium"]);
    await buildPage();
    const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-quic"];
    browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", ...quiet] });
    server = await serve(Kinds, { port: 0, accessLog: false, banner: false });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });
  return {
    get browser() {
      return browser as Browser;
    },
    get url() {
      return server?.url ?? "";
    },
    async open(endpoint) {
      const opened = await openWatched(this.browser, `${this.url}/#${endpoint}`);
      await opened.page.getByRole("heading", { level: 2, name: endpoint }).waitFor();
      return { ...opened, [Symbol.asyncDispose]: () => opened.page.close() };
    },
  };
}

/** Calls the endpoint that is shown, and gives what its answer says of itself. */
export async function callShown(page: Page, state = "done"): Promise<string> {
  await page.getByRole("button", { name: "Call", exact: true }).click();
  await page.locator(`.status[data-state=${state}]`).waitFor();
  return page.getByRole("status").innerText();
}

/** The place of the answer. */
export function answerOf(page: Page): Locator {
  return page.getByRole("region", { name: "Answer", exact: true });
}

/** The input of a name. */
export function field(page: Page, name: string): Locator {
  return page.getByLabel(name, { exact: true });
}

/** Properties of an element as a script sees them. */
export function read(element: Locator, ...names: readonly string[]): Promise<unknown[]> {
  return element.evaluate((found, wanted) => wanted.map((name) => (found as unknown as Record<string, unknown>)[name]), names);
}

/** Whether an element is what keys go to. */
export function hasFocus(element: Locator): Promise<boolean> {
  return element.evaluate((found) => found === document.activeElement);
}

/** What the page gives to save. */
export async function saved(page: Page): Promise<{ readonly name: string; readonly bytes: Buffer }> {
  const download = page.waitForEvent("download");
  await answerOf(page).getByRole("link", { name: /^Save/ }).click();
  const given = await download;
  return { name: given.suggestedFilename(), bytes: await readFile(await given.path()) };
}
