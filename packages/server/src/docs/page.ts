import { readFile } from "node:fs/promises";

import { BentoError } from "@bento/core";
import type { ServiceOutline } from "../executor/outline.js";

import { type Reply, reply } from "../http/reply.js";

/** Where the page's files lie below the service, as in BentoML. */
export const assetFolder = "static_content";

/** Copied there by `scripts/copy-ui.mjs`; the same place from `src` and from `dist`. */
const folder = new URL("../../dist/ui/", import.meta.url);

const files: Readonly<Record<string, string>> = {
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
  "swagger-ui.css": "text/css; charset=utf-8",
};

/** Starts the page. A file of its own, so that the page needs no inline script. No validator, which would be a call to the net. */
const pageScript = `window.addEventListener("load", () => {
  SwaggerUIBundle({
    url: "./docs.json",
    dom_id: "#endpoints",
    deepLinking: true,
    displayOperationId: false,
    tryItOutEnabled: true,
    validatorUrl: null,
  });
});
`;

/** Nothing from elsewhere may load, and no page may frame this one. Styles are also set by script, on elements. */
const contentPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const safety = ["content-security-policy", contentPolicy, "x-content-type-options", "nosniff", "referrer-policy", "no-referrer"];

/** The page at `/`: what the service is, and its endpoints to see and try. Everything it needs comes from this server. */
export function pageReply(spec: ServiceOutline): Reply {
  return reply(200, "text/html; charset=utf-8", pageText(spec), safety);
}

/** The page's script and styles, by file name: read once, on first use. */
export class PageAssets {
  readonly #loaded = new Map<string, Promise<Uint8Array>>();
  /** Names of the files there are. */
  readonly names: readonly string[] = [...Object.keys(files), "page.js"];

  /** One of the files. @throws BENTO_SERVICE_INVALID when the package was built without them */
  async reply(name: string): Promise<Reply> {
    const caching = ["cache-control", "public, max-age=3600", "x-content-type-options", "nosniff"];
    if (name === "page.js") return reply(200, "text/javascript; charset=utf-8", pageScript, caching);
    return reply(200, files[name] ?? "application/octet-stream", await this.#load(name), caching);
  }

  #load(name: string): Promise<Uint8Array> {
    let loading = this.#loaded.get(name);
    if (!loading) {
      loading = readFile(new URL(name, folder)).catch((cause: unknown) => {
        this.#loaded.delete(name);
        throw new BentoError("BENTO_SERVICE_INVALID", `The file ${name} of the page is missing from @bento/server.`, {
          cause,
          hint: "Build the package again; scripts/copy-ui.mjs puts the file in its place.",
        });
      });
      this.#loaded.set(name, loading);
    }
    return loading;
  }
}

function pageText(spec: ServiceOutline): string {
  const name = escapeHtml(spec.name);
  const description = spec.description === undefined ? "" : `<meta name="description" content="${escapeHtml(spec.description)}">\n`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${name}</title>
${description}<link rel="icon" href="data:,">
<link rel="stylesheet" href="./${assetFolder}/swagger-ui.css">
</head>
<body>
<div id="endpoints"><h1>${name}</h1><p>${escapeHtml(spec.description ?? "")}</p></div>
<script src="./${assetFolder}/swagger-ui-bundle.js"></script>
<script src="./${assetFolder}/page.js"></script>
</body>
</html>
`;
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}
