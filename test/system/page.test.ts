import { api, defineService } from "@bento/sdk";
import { serve } from "@bento/server";
import { type Browser, chromium, type Locator, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { buildPage } from "../support/workspace.js";
import { ensureDebianPackages } from "./support/apt.js";
import { Kinds } from "./support/kinds-service.js";
import { Probe } from "./support/probe-service.js";
import { openWatched, type WatchedPage } from "./support/watched-page.js";

let browser: Browser;
let server: Awaited<ReturnType<typeof serve>>;
let kinds: Awaited<ReturnType<typeof serve>>;

beforeAll(async () => {
  await ensureDebianPackages(["chromium"]);
  await buildPage();
  const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-quic"];
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", ...quiet] });
  server = await serve(Probe, { port: 0, accessLog: false, banner: false });
  kinds = await serve(Kinds, { port: 0, accessLog: false, banner: false });
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
  await kinds?.close();
});

const Prefixed = defineService({
  name: "prefixed",
  pathPrefix: "/v1",
  apis: { shout: api({ input: z.string(), output: z.string(), description: "Says it aloud." }, (text: string) => text.toUpperCase()) },
});

/** The page of a service, at one of its endpoints. */
async function openPage(endpoint: string, url = server.url): Promise<WatchedPage> {
  const opened = await openWatched(browser, `${url}/#${endpoint}`);
  await opened.page.getByRole("heading", { level: 2, name: endpoint }).waitFor();
  return opened;
}

/** Calls the endpoint that is shown, and gives what its answer says of itself. */
async function call(page: Page, state = "done"): Promise<string> {
  await page.getByRole("button", { name: "Call", exact: true }).click();
  await page.locator(`.status[data-state=${state}]`).waitFor();
  return page.getByRole("status").innerText();
}

const answerOf = (page: Page): Locator => page.getByRole("region", { name: "Answer", exact: true });

describe("the page at / in a real browser", () => {
  test("shows the service and each endpoint with its description", async () => {
    const { page } = await openPage("place");
    const text = await page.locator("body").innerText();
    expect(text).toContain("Endpoints of every kind that JSON and text can carry.");
    for (const name of ["add", "greet", "place"]) await page.getByRole("navigation").getByRole("link", { name }).first().waitFor();
    expect(text).toContain("Places an order.");
    expect(text).toContain("/place");
    await page.close();
  });

  test("tries an endpoint: fill in, call, read the answer", async () => {
    const { page, complaints } = await openPage("add");
    await page.getByLabel("a", { exact: true }).fill("40");
    expect(await call(page)).toMatch(/^200 OK · [\d.]+ m?s · 2 bytes$/);
    await answerOf(page).locator("pre").getByText("42").waitFor();
    // A value that may be left out is sent as soon as it is edited.
    await page.getByLabel("b", { exact: true }).fill("0");
    await call(page);
    await answerOf(page).locator("pre").getByText("40").waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("goes from endpoint to endpoint, and keeps what was typed", async () => {
    const { page } = await openPage("add");
    await page.getByLabel("a", { exact: true }).fill("7");
    await page.getByRole("link", { name: /^shout/ }).click();
    await page.getByLabel("input", { exact: true }).fill("loud");
    await page.getByLabel("input", { exact: true }).press("Control+Enter");
    await answerOf(page).getByText("LOUD").waitFor();
    await page.goBack();
    expect(await page.getByLabel("a", { exact: true }).inputValue()).toBe("7");
    await page.close();
  });

  test("asks nobody but the service itself", async () => {
    const { page, requested, complaints } = await openPage("add");
    await call(page);
    expect(requested.length).toBeGreaterThan(3);
    expect(requested.filter((url) => !url.startsWith(`${server.url}/`) && !url.startsWith("data:"))).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("works where there is a prefix, and behind a token that it asks for", async () => {
    await using guarded = await serve(Prefixed, { port: 0, accessLog: false, banner: false, auth: { tokens: ["s3cret"] } });
    const { page } = await openWatched(browser, `${guarded.url}/v1/#shout`);
    expect(await page.content()).not.toMatch(/prefixed|Says it aloud/);
    await page.getByLabel("Token").fill("wrong");
    await page.getByRole("button", { name: "Enter" }).click();
    await page.getByRole("alert").getByText("not one of this server's").waitFor();
    await page.getByLabel("Token").fill("s3cret");
    await page.getByRole("button", { name: "Enter" }).click();
    await page.getByLabel("input", { exact: true }).fill("let me in");
    await call(page);
    await answerOf(page).getByText("LET ME IN").waitFor();
    await page.getByText("This call from elsewhere").click();
    await page.locator(".call-code code").getByText("Bearer $BENTO_TOKEN").waitFor();
    expect(await page.content()).not.toContain("s3cret");
    await page.close();
  });
});
