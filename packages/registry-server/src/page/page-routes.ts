import { BentoError, isTagPart } from "@bento/core";
import type { ContentFile } from "@bento/registry/wire";

import type { BlobStore } from "../blobs/blob-store.js";
import { readFile } from "../blobs/read-content.js";
import type { Catalog, ItemKind } from "../catalog/catalog.js";
import { byteReply } from "../http/byte-reply.js";
import { repositoryNotFound, versionNotFound } from "../http/not-found.js";
import { nameParam, versionParam } from "../http/params.js";
import type { Route, RouteContext } from "../http/route.js";
import { type Frame, type Html, layout, message } from "./layout.js";
import { type ListAsked, repositoryList, rowsOfPage, versionList } from "./list-page.js";
import { icon, style } from "./style.js";
import { versionPage } from "./version-page.js";

/** Nothing runs in the page, and nothing comes from elsewhere. */
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

export interface PageParts {
  readonly catalog: Catalog;
  readonly blobs: BlobStore;
}

/** What the page shows of models and bentos. */
export function pageRoutes(parts: PageParts): readonly Route[] {
  return [
    { method: "GET", path: "/", access: "open", handle: (context) => context.redirect("/models", 303) },
    { method: "GET", path: "/style.css", access: "open", handle: (context) => asset(context, style, "text/css; charset=utf-8") },
    { method: "GET", path: "/icon.svg", access: "open", handle: (context) => asset(context, icon, "image/svg+xml") },
    ...browseRoutes("model", parts),
    ...browseRoutes("bento", parts),
  ];
}

function browseRoutes(kind: ItemKind, { catalog, blobs }: PageParts): readonly Route[] {
  const showList = async (context: RouteContext): Promise<Response> => {
    const asked = listAsked(kind, context);
    const range = { start: asked.start, count: rowsOfPage };
    // What has a colon asks for labels and the like, which versions have.
    const body = asked.search.includes(":")
      ? versionList(asked, await catalog.versions(kind, { ...range, q: asked.search }))
      : repositoryList(asked, await catalog.repositories(kind, { ...range, ...(asked.search === "" ? {} : { search: asked.search }) }));
    return page(context, { title: kind === "model" ? "Models" : "Bentos", at: kind, search: asked.search }, body);
  };
  const showName = async (context: RouteContext): Promise<Response> => {
    const name = nameParam(context);
    if ((await catalog.repository(kind, name)) === undefined) throw repositoryNotFound(kind, name);
    const asked = { ...listAsked(kind, context), search: "" };
    return page(
      context,
      { title: name, at: kind },
      versionList(asked, await catalog.versions(kind, { name, start: asked.start, count: rowsOfPage }), name),
    );
  };
  const showVersion = async (context: RouteContext): Promise<Response> => {
    const [name, asked] = [nameParam(context), versionParam(context)];
    const version = await catalog.version(kind, name, asked);
    if (version?.uploadStatus !== "success") throw versionNotFound(kind, name, asked);
    const published = await catalog.content(kind, name, version.version);
    return page(context, { title: `${name}:${version.version}`, at: kind }, versionPage(version, published?.content));
  };
  const download = async (context: RouteContext): Promise<Response> => {
    const [name, version] = [nameParam(context), versionParam(context)];
    const path = context.req.query("path") ?? "";
    const published = await catalog.content(kind, name, version);
    const file = published?.content.files.find((each) => each.path === path);
    if (published === undefined || file === undefined)
      throw new BentoError("BENTO_FILE_NOT_FOUND", `${name}:${version} has no file ${JSON.stringify(path.slice(0, 200))}.`);
    return fileReply(context, file, published.content.partSize, blobs);
  };
  return [
    { method: "GET", path: `/${kind}s`, access: "session", handle: showList },
    { method: "GET", path: `/${kind}s/:name`, access: "session", handle: showName },
    { method: "GET", path: `/${kind}s/:name/:version`, access: "session", handle: showVersion },
    { method: "GET", path: `/${kind}s/:name/:version/files`, access: "session", handle: download },
  ];
}

/** A whole page, with what keeps it from doing anything else. */
export async function page(context: RouteContext, frame: Omit<Frame, "user" | "formKey">, body: Html, status = 200): Promise<Response> {
  const text = await layout({ ...frame, user: context.get("caller")?.name, formKey: context.get("session")?.formKey }, await body);
  return context.body(String(text), {
    status: status as 200,
    headers: { "content-type": "text/html; charset=utf-8", "content-security-policy": policy },
  });
}

/** A page that says what went wrong. */
export function errorPage(context: RouteContext, error: BentoError): Promise<Response> {
  const { status, message: text, hint } = error.toWire();
  const title = status >= 500 ? "Something went wrong" : status === 404 ? "Not found" : "That did not work";
  const said = status >= 500 ? `${text} (${context.get("requestId")})` : text;
  return page(context, { title }, message(title, hint === undefined ? said : `${said} ${hint}`), status);
}

function listAsked(kind: ItemKind, context: RouteContext): ListAsked {
  const start = context.req.query("start") ?? "0";
  return { kind, search: (context.req.query("search") ?? "").trim().slice(0, 200), start: /^\d{1,9}$/.test(start) ? Number(start) : 0 };
}

function asset(context: RouteContext, text: string, type: string): Response {
  return context.body(text, 200, { "content-type": type, "cache-control": "public, max-age=3600" });
}

/** A file to be saved: what it is, nobody here says, so that no browser makes a page of it. */
function fileReply(context: RouteContext, file: ContentFile, partSize: number, blobs: BlobStore): Promise<Response> {
  const name = file.path.split("/").at(-1) ?? "file";
  const disposition = `attachment; filename="${isTagPart(name) ? name : "file"}"; filename*=UTF-8''${encodeURIComponent(name).replaceAll(/['()*]/g, percent)}`;
  return byteReply(context, {
    size: file.size,
    read: (start, end) => readFile(file, { blobs, partSize, start, end, signal: context.get("signal") }),
    headers: { "content-disposition": disposition, etag: `"${file.sha256}"` },
  });
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
