import { serve } from "@bento/server";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ensureDebianPackages } from "./support/apt.js";
import { Probe } from "./support/probe-service.js";
import { openWatched, type WatchedPage } from "./support/watched-page.js";

let browser: Browser;
let server: Awaited<ReturnType<typeof serve>>;

beforeAll(async () => {
  await ensureDebianPackages(["chromium"]);
  const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-quic"];
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", ...quiet] });
  server = await serve(Probe, { port: 0, accessLog: false, banner: false });
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

/** The page of the service. */
async function openPage(): Promise<WatchedPage> {
  const opened = await openWatched(browser, server.url);
  await opened.page.locator(".opblock").first().waitFor();
  return opened;
}

describe("the page at / in a real browser", () => {
  test("shows the service and each endpoint with its description", async () => {
    const { page } = await openPage();
    const text = await page.locator("body").innerText();
    expect(text).toContain("Endpoints of every kind that JSON and text can carry.");
    for (const path of ["/add", "/greet", "/place"]) expect(text).toContain(path);
    expect(text).toContain("Places an order.");
    await page.close();
  });

  test("tries an endpoint: fill in, execute, read the answer", async () => {
    const { page, complaints } = await openPage();
    const block = page.locator('.opblock[id$="Probe__add"]');
    await block.locator(".opblock-summary").click();
    await block.locator("textarea").fill('{"a": 40, "b": 2}');
    const answered = page.waitForResponse((response) => response.url().endsWith("/add"));
    await block.getByRole("button", { name: "Execute" }).click();
    expect(await (await answered).text()).toBe("42");
    await block.locator(".live-responses-table").getByText("42").first().waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("asks nobody but the service itself", async () => {
    const { page, requested, complaints } = await openPage();
    expect(requested.length).toBeGreaterThan(3);
    expect(requested.filter((url) => !url.startsWith(`${server.url}/`) && !url.startsWith("data:"))).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });
});
