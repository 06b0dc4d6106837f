import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Hono } from "hono";

// Seen from dist/, where this file runs.
const beside = (path: string) => new URL(path, import.meta.url);

/** Everything that the page loads, by its path below the page. The client is the very package, which browsers run as it is. */
const scripts = {
  "page.js": beside("page/page.js"),
  "bento-client.js": new URL(import.meta.resolve("@bento/client")),
  "bento-core.js": new URL(import.meta.resolve("@bento/core")),
};

/** The page in which somebody reads along, as routes to be mounted beside the service. Nothing comes from elsewhere. */
export async function pageRoutes(): Promise<Hono> {
  const html = await readFile(beside("../page/index.html"), "utf8");
  // The only script that stands in the page itself: it says where the packages are.
  const importMap = /<script type="importmap">(.*?)<\/script>/s.exec(html)?.[1] ?? "";
  const hash = createHash("sha256").update(importMap).digest("base64");
  const policy = `default-src 'none'; script-src 'self' 'sha256-${hash}'; style-src 'self'; connect-src 'self'; img-src data:`;
  const routes = new Hono();
  routes.get("/", (context) => context.html(html, 200, { "content-security-policy": policy }));
  const style = await readFile(beside("../page/style.css"), "utf8");
  routes.get("/style.css", (context) => context.text(style, 200, { "content-type": "text/css; charset=utf-8" }));
  for (const [name, url] of Object.entries(scripts)) {
    const code = await readFile(url, "utf8");
    routes.get(`/${name}`, (context) => context.text(code, 200, { "content-type": "text/javascript; charset=utf-8" }));
  }
  return routes;
}
