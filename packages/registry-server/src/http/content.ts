import { BentoError } from "@bento/core";
import { beginPush, commitPush, type PushState, type VersionContent } from "@bento/registry/wire";
import { checkContent } from "../blobs/check-content.js";
import { blobNotFound } from "../blobs/digest-text.js";
import { aboutOf, examineContent, requiredDocument } from "../blobs/examine.js";
import type { BlobStore } from "../blobs/blob-store.js";
import { storePart } from "../blobs/store-part.js";
import type { WholeFiles } from "../blobs/whole-files.js";
import type { Catalog, ItemKind } from "../catalog/catalog.js";
import type { Push } from "../catalog/push-catalog.js";
import { byteReply } from "./byte-reply.js";
import { jsonBody } from "./json-body.js";
import { versionNotFound, versionUnfinished } from "./not-found.js";
import { nameParam, sha256Param, versionParam, writableVersion } from "./params.js";
import { patientReply } from "./patient-reply.js";
import { contentLength, withBody } from "./raw-body.js";
import { type Route, type RouteContext, versionRoot } from "./route.js";
import { versionJson } from "./version-json.js";

/** A document of a million files. */
const maxDocumentBytes = 256 * 1024 * 1024;

/** What the routes between two of ours stand on. */
export interface ContentParts {
  readonly catalog: Catalog;
  readonly blobs: BlobStore;
  /** `transmission_strategy` of versions for which nobody decided. */
  readonly strategy: string;
}

/** Content of models or bentos, by its parts: what is there already is not sent again. */
export function contentRoutes(kind: ItemKind, { catalog, blobs, strategy }: ContentParts, wholeFiles: WholeFiles): readonly Route[] {
  const root = versionRoot(kind);
  const begin = async (context: RouteContext): Promise<Response> => {
    const [name, version] = [nameParam(context), writableVersion(versionParam(context))];
    const { description, labels, manifest, build_at, force, content } = await jsonBody(context, beginPush, maxDocumentBytes);
    checkContent(content);
    requiredDocument(content, { kind, name, version });
    const push = await catalog.beginPush({
      kind,
      name,
      version,
      replaces: force ? "always" : "never",
      by: context.get("caller")?.name ?? "",
      about: { description, labels, manifest, buildAt: build_at },
      content,
    });
    const state = await stateOf(push, catalog);
    wholeFiles.begin(push.id, content, state.missing);
    return context.json(state);
  };
  const commit = async (context: RouteContext): Promise<Response> => {
    const [name, version] = [nameParam(context), writableVersion(versionParam(context))];
    const { push: id } = await jsonBody(context, commitPush);
    const push = await catalog.push(id);
    const isOf = (found: Pick<Push, "kind" | "name" | "version">): boolean =>
      found.kind === kind && found.name === name && found.version === version;
    if (push === undefined) {
      // Whoever lost the answer asks again.
      const published = await catalog.publishPush(id);
      if (isOf(published)) return context.json(versionJson(published, strategy));
    }
    if (push === undefined || !isOf(push)) throw noSuchPush(id);
    const work = async (): Promise<Response> => {
      const missing = await catalog.missingParts(id);
      if (missing.length > 0) throw incomplete(missing.length);
      const content = await catalog.pushContent(id);
      if (content === undefined) throw noSuchPush(id);
      const signal = context.get("signal");
      const item = await examineContent(content, { kind, name, version }, { blobs, signal });
      await wholeFiles.check(id, content, signal);
      // A token may have been revoked since the first part.
      await context.get("recheck")();
      const published = await catalog.publishPush(id, { about: aboutOf(item, push.about ?? { manifest: {} }) });
      return context.json(versionJson(published, strategy));
    };
    return patientReply(work());
  };
  const content = async (context: RouteContext): Promise<Response> => {
    const [name, version] = [nameParam(context), versionParam(context)];
    const found = await catalog.content(kind, name, version);
    if (found !== undefined) return context.json(found satisfies VersionContent);
    const isThere = (await catalog.version(kind, name, version)) !== undefined;
    throw isThere ? versionUnfinished(kind, name, version) : versionNotFound(kind, name, version);
  };
  return [
    { method: "POST", path: `${root}/content/begin`, access: "write", audit: `${kind}.push`, handle: begin },
    { method: "POST", path: `${root}/content/commit`, access: "write", audit: `${kind}.publish`, handle: commit },
    { method: "GET", path: `${root}/content`, access: "read", handle: content },
  ];
}

/** Parts, and pushes whatever they push. */
export function partRoutes({ catalog, blobs }: Pick<ContentParts, "catalog" | "blobs">, wholeFiles: WholeFiles): readonly Route[] {
  const resume = async (context: RouteContext): Promise<Response> => {
    const id = pushParam(context);
    const push = await catalog.push(id);
    if (push === undefined) throw noSuchPush(id);
    return context.json(await stateOf(push, catalog));
  };
  const giveUp = async (context: RouteContext): Promise<Response> => {
    const id = pushParam(context);
    wholeFiles.forget(id);
    if (!(await catalog.abortPush(id))) throw noSuchPush(id);
    return context.json({});
  };
  const put = async (context: RouteContext): Promise<Response> => {
    const [sha256, id] = [sha256Param(context), pushParam(context)];
    const size = contentLength(context);
    const signal = context.get("signal");
    try {
      await withBody(context, (source) => storePart({ catalog, blobs }, id, { sha256, size, source, signal }));
      wholeFiles.arrived(id, sha256);
    } catch (error) {
      // To a client that comes back, not having the push is a state, not a wrong address.
      if (BentoError.is(error, "BENTO_NOT_FOUND"))
        throw new BentoError("BENTO_CONFLICT", error.message, { cause: error, hint: beginAgain });
      throw error;
    }
    return context.json({});
  };
  const get = async (context: RouteContext): Promise<Response> => {
    const sha256 = sha256Param(context);
    const size = await catalog.storedPart(sha256);
    // What was only pushed, and not published, is nobody's to read.
    if (size === undefined || !(await catalog.isPublished(sha256))) throw blobNotFound(sha256);
    const url = await blobs.url(sha256);
    if (url !== undefined) return new Response(null, { status: 307, headers: { location: url, "cache-control": "no-store" } });
    const signal = context.get("signal");
    return byteReply(context, {
      size,
      read: (start, end) => blobs.read(sha256, { start, end, signal }),
      headers: { etag: `"${sha256}"`, "cache-control": "private, immutable, max-age=31536000" },
    });
  };
  return [
    { method: "GET", path: "/api/v1/content", access: "write", handle: resume },
    { method: "DELETE", path: "/api/v1/content", access: "write", audit: "push.abort", handle: giveUp },
    { method: "PUT", path: "/api/v1/content/:sha256", access: "write", handle: put },
    { method: "GET", path: "/api/v1/content/:sha256", access: "read", handle: get },
  ];
}

async function stateOf(push: Push, catalog: Catalog): Promise<PushState> {
  return { push: push.id, missing: [...(await catalog.missingParts(push.id))], expires_at: push.expiresAt };
}

function pushParam(context: RouteContext): string {
  const id = context.req.query("push") ?? "";
  if (commitPush.safeParse({ push: id }).success) return id;
  throw new BentoError("BENTO_BAD_REQUEST", `${JSON.stringify(id.slice(0, 100))} is no push.`, { hint: "Name the push: ?push=ID." });
}

const beginAgain = "Begin the push again: parts that the registry has are not sent twice.";

function noSuchPush(id: string): BentoError {
  return new BentoError("BENTO_NOT_FOUND", `The registry knows no push ${JSON.stringify(id)}: it ended, or its time is over.`, {
    hint: beginAgain,
  });
}

function incomplete(count: number): BentoError {
  return new BentoError("BENTO_CONFLICT", `The push cannot be published: ${count} of its parts have not come.`, {
    hint: "Send those that GET /api/v1/content?push=ID calls missing.",
  });
}
