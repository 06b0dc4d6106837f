import type { Browser, BrowserContext, Page } from "playwright-core";

/** A page, with everything it asked for and everything the browser had to complain about. */
export interface WatchedPage {
  readonly page: Page;
  readonly requested: string[];
  readonly complaints: string[];
}

/** Opens an address in a page of its own, and watches it from its first request on. */
export async function openWatched(browser: Browser | BrowserContext, url: string): Promise<WatchedPage> {
  const page = await browser.newPage();
  const requested: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => requested.push(request.url()));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(url);
  return { page, requested, complaints };
}
