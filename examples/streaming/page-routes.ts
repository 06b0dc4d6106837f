import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { Hono } from "hono";

// Seen from dist/, where this file runs.
const beside = (path: string) => new URL(path, import.meta.url);

/** The packages of the page, by their path below it: the very files, which browsers run as they are. */
const packages = {
  client: new URL(".", import.meta.resolve("@bento/client")),
  core: new URL(".", import.meta.resolve("@bento/core")),
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
  const serveScript = async (path: string, url: URL) => {
    const code = await readFile(url, "utf8");
    routes.get(path, (context) => context.text(code, 200, { "content-type": "text/javascript; charset=utf-8" }));
  };
  await serveScript("/page.js", beside("page/page.js"));
  for (const [name, folder] of Object.entries(packages)) {
    const files = (await readdir(folder)).filter((file) => file.endsWith(".js"));
    await Promise.all(files.map((file) => serveScript(`/${name}/${file}`, new URL(file, folder))));
  }
  return routes;
}
