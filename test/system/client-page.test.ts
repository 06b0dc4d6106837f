import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { api, type Args, defineService, type Returns, type ServiceClass } from "@bento/sdk";
import { file, image, tensor } from "@bento/sdk/kinds";
import { serve } from "@bento/server";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rolldown } from "rolldown";
import { z } from "zod";
import { blocksOf, png } from "../support/pages.js";
import { buildPackages, workspaceRoot } from "../support/workspace.js";
import { ensureDebianPackages } from "./support/apt.js";
import { openWatched } from "./support/watched-page.js";

const Photo = z.object({ photo: image(), note: z.string() });
const Seen = z.object({ size: z.tuple([z.number(), z.number()]), format: z.string(), at: z.date() });
const Whole = file();
const Floats = tensor("float32", ["n"]);

const Gallery = defineService({
  name: "gallery",
  apis: {
    look: api({ input: Photo, output: Seen }, ({ photo }: Args<typeof Photo>): Returns<typeof Seen> => ({
      size: [photo.width, photo.height],
      format: photo.format,
      at: new Date(7),
    })),
    size: api({ input: Whole, output: z.number() }, async (whole: Args<typeof Whole>) => (await whole.bytes()).byteLength),
    double: api({ input: Floats, output: Floats }, (m: Args<typeof Floats>): Returns<typeof Floats> => m.data.map((value) => value * 2)),
    count: api({ input: z.number(), output: z.number(), stream: true }, async function* (to: number) {
      for (let n = 1; n <= to; n++) yield n;
    }),
  },
});

/** What the page does, with what its user chose. */
const script = `
import { createClient, discover } from "./client/index.js";
const client = createClient(location.origin);
const out = document.querySelector("pre");
document.querySelector("input").addEventListener("change", async ({ target }) => {
  const photo = target.files[0];
  const seen = await client.look({ photo, note: "ü" });
  const sent = [];
  const size = await client.size(new Blob([new Uint8Array(20_000_000)]), { onUploadProgress: (step) => sent.push(step) });
  const failure = await client.size(new Blob([photo]), { onUploadProgress() {}, signal: AbortSignal.abort() }).catch((error) => error.code);
  const refused = await client.look({ photo: new Blob(["no"]), note: "" }, { onUploadProgress() {} }).catch((error) => [error.code, error.issues[0].path]);
  const doubled = await client.double(new Float32Array([1, 2]));
  const streamed = await client.size(new Blob(["stream"]).stream());
  const counted = [];
  for await (const n of client.count(3)) counted.push(n);
  const found = await discover(location.origin);
  out.textContent = JSON.stringify({
    seen: [seen.size, seen.format, seen.at instanceof Date && seen.at.getTime()],
    size, steps: sent.length > 1, whole: sent.at(-1), failure, refused,
    doubled: [doubled.dtype, [...doubled.data]], streamed, counted,
    found: found.endpoints.length, ready: await client.isReady(),
  });
});
`;
const html = '<!doctype html><link rel="icon" href="data:,"><input type="file"><pre></pre><script type="module" src="/page.js"></script>';

const toldHtml =
  '<!doctype html><link rel="icon" href="data:,"><input type="file"><progress></progress><output></output><script type="module" src="/told.js"></script>';

let browser: Browser;
let server: Awaited<ReturnType<typeof serve>>;

beforeAll(async () => {
  await ensureDebianPackages(["chromium"]);
  const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-quic"];
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", ...quiet] });
  server = await serve(Gallery, { port: 0, accessLog: false, banner: false });
  const javascript = { "content-type": "text/javascript" };
  server.app.get("/page", (context) => context.html(html));
  server.app.get("/page.js", (context) => context.body(script, 200, javascript));
  // As it is published, the way a bundler makes it for a page.
  await buildPackages();
  const bundling = await rolldown({ input: { index: `${workspaceRoot}packages/client/dist/index.js` }, platform: "browser" });
  const { output } = await bundling.generate({ format: "es", minify: true, chunkFileNames: "[name].js" });
  for (const { fileName, ...part } of output) {
    const code = part.type === "chunk" ? part.code : "";
    server.app.get(`/client/${fileName}`, (context) => context.body(code, 200, javascript));
  }
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

test("a page uploads an image, shows the typed answer, and streams", async () => {
  const { page, requested, complaints } = await openWatched(browser, `${server.url}/page`);
  const loaded = (): string[] => requested.filter((url) => url.includes("/client/")).map((url) => url.split("/client/")[1] ?? "");
  await page.waitForFunction("document.readyState === 'complete'");
  // On a fast machine all of it would have left at the first look of the browser, of which there are twenty a second.
  const network = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 40_000_000 };
  await (await page.context().newCDPSession(page)).send("Network.emulateNetworkConditions", network);
  // What only files and tensors need is not there before one of them is.
  expect(loaded()).not.toContain("kind-input.js");
  await page.setInputFiles("input", { name: "ü dot.png", mimeType: "image/png", buffer: png });
  await page.waitForFunction("document.querySelector('pre').textContent !== ''");
  expect(JSON.parse(await page.locator("pre").innerText())).toEqual({
    seen: [[2, 3], "png", 7],
    size: 20_000_000,
    steps: true,
    whole: { loadedBytes: 20_000_000, totalBytes: 20_000_000 },
    failure: "BENTO_CANCELLED",
    refused: ["BENTO_INPUT_INVALID", ["photo"]],
    doubled: ["float32", [2, 4]],
    streamed: 6,
    counted: [1, 2, 3],
    found: 4,
    ready: true,
  });
  for (const name of ["kind-input.js", "xhr-fetch.js", "tensor-codec.js"]) expect(loaded()).toContain(name);
  // The browser's own word about the answer of status 400.
  expect(complaints.filter((text) => !text.includes("status of 400"))).toEqual([]);
  await page.close();
});

test("the page that is told of does what it says", async () => {
  await mkdir(`${workspaceRoot}.cache`, { recursive: true });
  const folder = await mkdtemp(`${workspaceRoot}.cache/told-page-`);
  try {
    for (const { file: name, text } of await blocksOf("docs/clients.md")) if (name !== undefined) await writeFile(join(folder, name), text);
    const { Media } = (await import(join(folder, "media.ts"))) as { readonly Media: ServiceClass };
    const bundling = await rolldown({ input: join(folder, "page.ts"), platform: "browser" });
    const { output } = await bundling.generate({ format: "es", codeSplitting: false });
    await using told = await serve(Media, { port: 0, accessLog: false, banner: false });
    told.app.get("/told", (context) => context.html(toldHtml));
    told.app.get("/told.js", (context) => context.body(output[0].code, 200, { "content-type": "text/javascript" }));

    const { page, complaints } = await openWatched(browser, `${told.url}/told`);
    await page.setInputFiles("input", { name: "dot.png", mimeType: "image/png", buffer: png });
    await page.waitForFunction("document.querySelector('output').value.endsWith('3 1 2 3')");
    expect(await page.locator("output").innerText()).toBe("Yours: 2 x 3 1 2 3");
    expect(await page.evaluate("document.querySelector('progress').value")).toBe(1);
    expect(complaints).toEqual([]);
    await page.close();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
