import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

import { BentoError } from "@bento/core";
import type { ServiceOutline } from "../executor/outline.js";

import { type Reply, reply } from "../http/reply.js";
import { assetFolder, type PageAsset } from "./page-paths.js";

/** Written there by `scripts/build-page.mjs`; the same place from `src` and from `dist`. */
const folder = new URL("../../dist/ui/", import.meta.url);

const types: Readonly<Record<PageAsset, string>> = {
  "page.js": "text/javascript; charset=utf-8",
  "page.css": "text/css; charset=utf-8",
};

/**
 * Nothing from elsewhere may load, no page may frame this one, and nothing runs but its own script: text never becomes
 * markup (trusted types), and of answers only images, sound and films are shown, as blobs.
 */
const contentPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "media-src blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const safety = [
  ["content-security-policy", contentPolicy],
  ["x-content-type-options", "nosniff"],
  ["referrer-policy", "no-referrer"],
  ["cross-origin-opener-policy", "same-origin"],
  ["cache-control", "no-cache"],
].flat();

/** What the page has to know before it may ask the service. */
export interface PageOptions {
  /** Whether callers need a token: then the page tells nothing of the service before it has one. */
  readonly hasAuth: boolean;
}

/** The page at `/`: what the service is, and its endpoints to see and try. Everything it needs comes from this server. */
export function pageReply(service: ServiceOutline, options: PageOptions): Reply {
  return reply(200, "text/html; charset=utf-8", pageText(service, options), safety);
}

interface LoadedAsset {
  readonly bytes: Uint8Array;
  readonly tag: string;
}

const loaded = new Map<PageAsset, Promise<LoadedAsset>>();

/**
 * One of the page's files, read on first use; only told to be the same where the browser has it.
 * @param known the request's header `if-none-match`
 * @throws BENTO_SERVICE_INVALID when the package was built without them
 */
export async function assetReply(name: PageAsset, known: string | undefined): Promise<Reply> {
  const { bytes, tag } = await load(name);
  const caching = ["cache-control", "no-cache", "etag", tag, "x-content-type-options", "nosniff"];
  if (known === tag) return { status: 304, headers: caching, body: "" };
  return reply(200, types[name], bytes, caching);
}

function load(name: PageAsset): Promise<LoadedAsset> {
  let loading = loaded.get(name);
  if (!loading) {
    loading = readFile(new URL(name, folder)).then(
      (bytes) => ({ bytes, tag: `"${createHash("sha256").update(bytes).digest("hex").slice(0, 16)}"` }),
      (cause: unknown) => {
        loaded.delete(name);
        throw new BentoError("BENTO_SERVICE_INVALID", `The file ${name} of the page is missing from @bento/server.`, {
          cause,
          hint: "Build the package again; scripts/build-page.mjs puts the file in its place.",
        });
      },
    );
    loaded.set(name, loading);
  }
  return loading;
}

/** A box with four compartments. */
const mark = `<svg viewBox="0 0 32 32" fill="currentColor" aria-hidden="true"><rect width="32" height="32" rx="7" opacity=".18"/><rect x="5" y="5" width="12" height="12" rx="3"/><rect x="19" y="5" width="8" height="7" rx="2.5" opacity=".55"/><rect x="19" y="14" width="8" height="13" rx="3"/><rect x="5" y="19" width="12" height="8" rx="2.5" opacity=".55"/></svg>`;

function pageText({ name, description, pathPrefix }: ServiceOutline, { hasAuth }: PageOptions): string {
  const title = hasAuth ? "Bento service" : escapeHtml(name);
  const about = hasAuth || description === undefined ? "" : escapeHtml(description);
  // Routes begin where the prefix does, which is as many steps up as it has parts.
  const root = "../".repeat(pathPrefix.split("/").length - 1) || "./";
  const links = `<a href="./docs.json">OpenAPI</a><a href="${root}schema.json">schema.json</a>`;
  return `<!doctype html>
<html lang="en" data-root="${root}"${hasAuth ? " data-auth" : ""}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
${about === "" ? "" : `<meta name="description" content="${about}">\n`}<link rel="icon" href="data:,">
<link rel="stylesheet" href="./${assetFolder}/page.css">
<script src="./${assetFolder}/page.js" type="module"></script>
</head>
<body>
<header>${mark}<h1>${title}</h1><p class="about">${about}</p></header>
<main><noscript>This page tries endpoints with a script of its own; the links below work without.</noscript></main>
<footer>${hasAuth ? "" : links}</footer>
</body>
</html>
`;
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}
