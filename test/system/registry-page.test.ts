import { openRegistryTokens, type RegistryServer, serveRegistry } from "@bento/registry-server";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ensureDebianPackages } from "./support/apt.js";
import { pushTar } from "./support/push-tar.js";
import { temporaryHome, type TemporaryHome } from "./support/temporary-home.js";
import { openWatched } from "./support/watched-page.js";

const quiet = { info: () => {}, warn: () => {}, error: () => {} };
/** What a page would be taken over by, if anything that was pushed got into it unescaped. */
const hostile = `"><img src=x onerror="document.title='taken'"><script>document.title='taken'</script>`;

let browser: Browser;
let home: TemporaryHome;
let registry: RegistryServer;
let tokens: Readonly<Record<"admin" | "reader", string>>;

beforeAll(async () => {
  await ensureDebianPackages(["chromium"]);
  const quietly = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-quic"];
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", ...quietly] });
  home = await temporaryHome();
  await using made = await openRegistryTokens({ data: home.path });
  const admin = (await made.create({ name: "ann@example.com", scope: "admin" })).token;
  tokens = { admin, reader: (await made.create({ name: `reader ${hostile}`, scope: "read" })).token };
  registry = await serveRegistry({ data: home.path, port: 0, logger: quiet });
  await push("model", "digits:v1", { labels: { stage: "dev" } });
  await push("model", "digits:v2", { labels: { stage: "prod", note: hostile }, metadata: { accuracy: 0.984, note: hostile } });
  for (let count = 0; count < 60; count += 1) await push("model", `many-${String(count).padStart(2, "0")}:v1`, {});
  await push("bento", "classifier:b1", { readme: `# Classifier\n${hostile}\n` });
});
afterAll(async () => {
  await browser?.close();
  await registry?.close(1000);
  await home?.[Symbol.asyncDispose]();
});

function push(kind: "model" | "bento", tag: string, about: Parameters<typeof pushTar>[3]): Promise<void> {
  return pushTar({ url: registry.url, token: tokens.admin }, kind, tag, about);
}

/** A browser of its own, in which somebody has logged in. */
async function loggedIn(token = tokens.admin): Promise<{ context: BrowserContext; page: Page; complaints: string[]; requested: string[] }> {
  const context = await browser.newContext();
  const opened = await openWatched(context, `${registry.url}/`);
  await opened.page.getByLabel("Token").fill(token);
  await opened.page.getByRole("button", { name: "Log in" }).click();
  await opened.page.getByRole("heading", { name: "Models" }).waitFor();
  return { context, ...opened };
}

describe("the page of a registry in a real browser", () => {
  test("lets nobody in without a token, and says what was wrong with one", async () => {
    const { page } = await openWatched(browser, `${registry.url}/models/digits/v2`);
    expect(new URL(page.url()).pathname).toBe("/login");
    await page.getByLabel("Token").fill("bento_wrong");
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("alert").getByText("unknown, expired or revoked").waitFor();
    await page.close();
  });

  test("lists models, searches them, and goes from page to page", async () => {
    const { context, page, complaints, requested } = await loggedIn();
    expect(await page.getByRole("status").innerText()).toBe("61 found");
    await page.getByRole("link", { name: "More" }).click();
    await page.getByText("51 to 61 of 61").waitFor();
    await page.getByRole("searchbox").fill("DIGI");
    await page.getByRole("searchbox").press("Enter");
    await page.getByText('1 found for "DIGI"').waitFor();
    expect(await page.getByRole("row").last().innerText()).toContain("v2");
    await page.getByRole("link", { name: "stage=prod" }).click();
    await page.getByText('1 found for "label:stage=prod"').waitFor();
    expect(requested.filter((url) => !url.startsWith(registry.url))).toEqual([]);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("shows versions, metadata, labels and files, and gives the files as they are", async () => {
    const { context, page, complaints } = await loggedIn();
    await page.goto(`${registry.url}/models/digits`);
    expect(await page.getByRole("row").count()).toBe(3);
    await page.getByRole("link", { name: "v2" }).click();
    await page.getByRole("heading", { level: 1, name: "digits:v2" }).waitFor();
    const text = await page.locator("main").innerText();
    for (const part of ["bento models pull digits:v2", '"accuracy": 0.984', hostile, "weights.bin", "2.0 KiB", "torch"])
      expect(text).toContain(part);
    const waiting = page.waitForEvent("download");
    await page.getByRole("link", { name: "weights.bin" }).click();
    const download = await waiting;
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks)).toEqual(Buffer.alloc(2048, 7));
    expect(download.suggestedFilename()).toBe("weights.bin");
    expect(await page.title()).toBe("digits:v2 · Bento registry");
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("shows a bento with its README and the models it uses", async () => {
    const { context, page, complaints } = await loggedIn();
    await page.getByRole("link", { name: "Bentos" }).click();
    await page.getByRole("link", { name: "b1" }).click();
    await page.getByRole("heading", { level: 1, name: "classifier:b1" }).waitFor();
    expect(await page.locator("main").innerText()).toContain(`# Classifier\n${hostile}`);
    await page.getByRole("link", { name: "digits:v2" }).click();
    await page.getByRole("heading", { level: 1, name: "digits:v2" }).waitFor();
    expect(await page.title()).not.toBe("taken");
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("what is not there is said on a page", async () => {
    const { context, page } = await loggedIn();
    for (const path of [
      "/models/none",
      "/models/digits/v9",
      "/models/digits/v2/files?path=../../secret",
      "/nowhere",
      "/models/..%2f..%2fetc",
    ]) {
      const response = await page.goto(registry.url + path);
      expect([400, 404], path).toContain(response?.status());
      await page
        .getByRole("navigation", { name: "Lists" })
        .or(page.getByRole("heading", { level: 1 }))
        .first()
        .waitFor();
    }
    await context.close();
  });

  test("keeps the login where no script can read it, and ends it", async () => {
    const { context, page } = await loggedIn(tokens.reader);
    const [cookie] = await context.cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Lax" });
    expect(cookie?.value).not.toContain("bento_");
    expect(await page.evaluate(() => document.cookie)).toBe("");
    expect(await page.locator("header").innerText()).toContain(`reader ${hostile}`);
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByLabel("Token").waitFor();
    // Whoever kept the cookie has nothing.
    await context.addCookies([{ ...(cookie as NonNullable<typeof cookie>) }]);
    await page.goto(`${registry.url}/models`);
    expect(new URL(page.url()).pathname).toBe("/login");
    await context.close();
  });

  test("a token that is revoked ends its sessions", async () => {
    await using made = await openRegistryTokens({ data: home.path });
    const { token } = await made.create({ name: "short", scope: "read" });
    const { context, page } = await loggedIn(token);
    await made.revoke("short");
    await page.goto(`${registry.url}/models`);
    expect(new URL(page.url()).pathname).toBe("/login");
    await context.close();
  });
});

describe("a login of Python's client through the browser", () => {
  test("asks for a code, waits until somebody agrees on the page, and has a token of its own", async () => {
    const { code } = (await (await fetch(`${registry.url}/api/v1/auth/code`)).json()) as { code: string };
    const poll = () => fetch(`${registry.url}/api/v1/auth/token?${new URLSearchParams({ code }).toString()}`);
    expect((await poll()).status).toBe(404);
    const context = await browser.newContext();
    // Somebody who is not logged in yet comes back to the question.
    const { page } = await openWatched(context, `${registry.url}/api_tokens?code=${code}`);
    await page.getByLabel("Token").fill(tokens.admin);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("heading", { name: "Log a program in?" }).waitFor();
    await page.getByRole("combobox").selectOption("read");
    await page.getByLabel("Name of a new token").fill("ann's laptop");
    await page.getByRole("button", { name: "Log it in" }).click();
    await page.getByRole("heading", { name: "Done" }).waitFor();
    const { token } = (await (await poll()).json()) as { token: string };
    const asked = await fetch(`${registry.url}/api/v1/auth/current`, { headers: { "x-yatai-api-token": token } });
    expect(await asked.json()).toMatchObject({ name: expect.stringContaining("ann's laptop") });
    const write = { method: "POST", headers: { "x-yatai-api-token": token }, body: JSON.stringify({ name: "x" }) };
    expect((await fetch(`${registry.url}/api/v1/model_repositories`, write)).status).toBe(403);
    expect((await poll()).status).toBe(404);
    await page.goto(`${registry.url}/api_tokens`);
    await page.getByRole("row").getByText("ann's laptop").waitFor();
    await page.goto(`${registry.url}/api_tokens?code=${code}`);
    await page.getByRole("heading", { name: "Nobody waits for this login any more" }).waitFor();
    await context.close();
  });

  test("gets nothing where somebody refuses", async () => {
    const { code } = (await (await fetch(`${registry.url}/api/v1/auth/code`)).json()) as { code: string };
    const { context, page } = await loggedIn(tokens.reader);
    await page.goto(`${registry.url}/api_tokens?code=${code}`);
    expect(await page.getByLabel("Name of a new token").count()).toBe(0);
    await page.getByRole("button", { name: "Refuse" }).click();
    await page.getByRole("heading", { name: "Refused" }).waitFor();
    expect((await fetch(`${registry.url}/api/v1/auth/token?code=${code}`)).status).toBe(404);
    await context.close();
  });
});
