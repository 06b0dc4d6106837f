import { BentoError } from "@bento/core";
import { tarOf } from "@bento/store/archives";
import { contentTree } from "../blobs/read-content.js";
import type { ItemKind, Version } from "../catalog/catalog.js";
import { byteReply } from "./byte-reply.js";
import { versionNotFound, versionUnfinished } from "./not-found.js";
import { nameParam, versionParam, writableVersion } from "./params.js";
import { receiveTar } from "./receive-tar.js";
import { contentLength, withBody } from "./raw-body.js";
import { type Route, type RouteContext, versionRoot } from "./route.js";
import type { TransferParts } from "./transfer-parts.js";
import { versionJson } from "./version-json.js";

/** Tars of models or bentos through the registry itself: `start_upload`, `upload`, `download`, and where a download is had without a token. */
export function plainTransferRoutes(kind: ItemKind, parts: TransferParts): readonly Route[] {
  const { catalog, strategy, tickets } = parts;
  const root = versionRoot(kind);
  const start = async (context: RouteContext): Promise<Response> => {
    const [name, version] = [nameParam(context), writableVersion(versionParam(context))];
    const changed = await catalog.updateUpload(kind, name, version, { uploadStatus: "uploading", uploadFinishedReason: "" });
    if (changed === undefined) throw versionNotFound(kind, name, version);
    return context.json(versionJson(changed, strategy));
  };
  const upload = async (context: RouteContext): Promise<Response> => {
    const [name, version] = [nameParam(context), writableVersion(versionParam(context))];
    const present = await catalog.version(kind, name, version);
    if (present === undefined) throw versionNotFound(kind, name, version);
    const by = context.get("caller")?.name ?? "";
    const bytes = contentLength(context);
    const push = await catalog.beginPush({ kind, name, version, replaces: "unchanged", by, ...(bytes === undefined ? {} : { bytes }) });
    const published = await withBody(context, (tar) => receiveTar(parts, push, tar, context));
    return context.json(versionJson(published, strategy));
  };
  const download = async (context: RouteContext): Promise<Response> =>
    tarReply(context, parts, { kind, name: nameParam(context), version: versionParam(context) });
  const presign = async (context: RouteContext): Promise<Response> => {
    const found = await finished(parts, { kind, name: nameParam(context), version: versionParam(context) });
    // To Python's client a URL means that it is to be used, where nobody decided.
    if ((found.transmissionStrategy ?? strategy) === "proxy") return context.json(versionJson(found, strategy));
    const ticket = tickets.issue({ to: "download", kind, name: found.name, version: found.version });
    return context.json(versionJson(found, strategy, { presignedDownloadUrl: `${context.get("origin")}/api/v1/downloads/${ticket}` }));
  };
  return [
    { method: "PATCH", path: `${root}/start_upload`, access: "write", audit: `${kind}.upload`, handle: start },
    { method: "PUT", path: `${root}/upload`, access: "write", audit: `${kind}.publish`, handle: upload },
    { method: "GET", path: `${root}/download`, access: "read", handle: download },
    { method: "PATCH", path: `${root}/presign_download_url`, access: "read", handle: presign },
  ];
}

/** Downloads whose URL carries its own permission. */
export function downloadRoutes(parts: TransferParts): readonly Route[] {
  const download = (context: RouteContext): Promise<Response> =>
    tarReply(context, parts, parts.tickets.check("download", context.req.param("ticket") ?? ""));
  return [{ method: "GET", path: "/api/v1/downloads/:ticket", access: "signed", handle: download }];
}

interface Asked {
  readonly kind: ItemKind;
  readonly name: string;
  readonly version: string;
}

/** The tar of a version, made while it is sent. Its length is known before, so that a cut one is told from a whole one. */
async function tarReply(context: RouteContext, { catalog, blobs, ...parts }: TransferParts, asked: Asked): Promise<Response> {
  const found = await catalog.content(asked.kind, asked.name, asked.version);
  if (found === undefined) {
    await finished({ catalog, blobs, ...parts }, asked);
    throw nothingToSend(asked);
  }
  const signal = context.get("signal");
  const tar = await tarOf(contentTree(found.content, blobs), { signal });
  return byteReply(context, {
    size: tar.size,
    read: (start, end) => tar.stream({ start, end, signal }),
    headers: { etag: `"tar-${found.digest}"`, "x-bento-content-digest": found.digest },
  });
}

async function finished({ catalog }: TransferParts, { kind, name, version }: Asked): Promise<Version> {
  const found = await catalog.version(kind, name, version);
  if (found === undefined) throw versionNotFound(kind, name, version);
  if (found.uploadStatus !== "success") throw versionUnfinished(kind, name, version);
  return found;
}

/** Of a reference to another hub, and of a bento that was only announced, nothing was ever uploaded. */
function nothingToSend({ kind, name, version }: Asked): BentoError {
  return new BentoError("BENTO_NOT_FOUND", `Nothing was uploaded for the ${kind} ${JSON.stringify(`${name}:${version}`)}.`, {
    hint: "It only says where its files are: get them from there.",
  });
}
