import { BentoError } from "@bento/core";
import { z } from "zod";
import type { ItemKind, Version } from "../catalog/catalog.js";
import type { Push } from "../catalog/push-catalog.js";
import type { SentPart } from "../uploads/upload-store.js";
import { jsonBody } from "./json-body.js";
import { versionNotFound } from "./not-found.js";
import { nameParam, versionParam, writableVersion } from "./params.js";
import { patientReply } from "./patient-reply.js";
import { contentLength, withBody } from "./raw-body.js";
import { receiveTar } from "./receive-tar.js";
import { type Route, type RouteContext, versionRoot } from "./route.js";
import type { TransferParts } from "./transfer-parts.js";
import { versionJson } from "./version-json.js";

/** What a bucket takes at most. */
const mostParts = 10_000;

const uploadId = z.string().min(1).max(64);
const presignPart = z.object({ upload_id: uploadId, part_number: z.int().min(1).max(mostParts) });
const completeUpload = z.object({
  upload_id: uploadId,
  parts: z.array(z.object({ part_number: z.int().min(1).max(mostParts), etag: z.string().max(200) })).max(mostParts),
});
const finishUpload = z.object({ status: z.enum(["success", "failed"]), reason: z.string().nullish() });

/** A push whose bytes come as one tar, and not through the registry's own `upload`. */
type UploadPush = Push & { readonly upload: string };

function hasUpload(push: Push | undefined): push is UploadPush {
  return typeof push?.upload === "string";
}

/**
 * Tars of models or bentos that are sent to URLs which carry their own permission, whole or in parts. To the plain API an
 * upload is a push: `upload_id` is its id.
 */
export function presignedUploadRoutes(kind: ItemKind, parts: TransferParts): readonly Route[] {
  const { catalog, strategy, uploads } = parts;
  const root = versionRoot(kind);
  /** Begins an upload; one that was begun before and not finished is dropped. */
  const begin = async (context: RouteContext, form: "whole" | "parts"): Promise<{ readonly push: Push; readonly version: Version }> => {
    const present = await presentVersion(context);
    const { name, version } = present;
    const before = present.uploadId === null ? undefined : await catalog.push(present.uploadId);
    if (before !== undefined) await drop(parts, before);
    const begun = await catalog.beginPush({ kind, name, version, replaces: "unchanged", by: context.get("caller")?.name ?? "" });
    const push = await catalog.setPushUpload(begun.id, await uploads.begin(form));
    const changed = await catalog.updateUpload(kind, name, version, { uploadId: push.id });
    return { push, version: changed ?? present };
  };
  const presentVersion = async (context: RouteContext): Promise<Version> => {
    const [name, version] = [nameParam(context), writableVersion(versionParam(context))];
    const present = await catalog.version(kind, name, version);
    if (present === undefined) throw versionNotFound(kind, name, version);
    return present;
  };
  /** The push of an upload of this very version. */
  const pushOf = async ({ name, version }: Version, id: string): Promise<UploadPush> => {
    const push = await catalog.push(id);
    if (!hasUpload(push) || push.kind !== kind || push.name !== name || push.version !== version) throw noSuchUpload(id);
    return push;
  };
  const presignUpload = async (context: RouteContext): Promise<Response> => {
    if (strategy === "proxy") return context.json(versionJson(await presentVersion(context), strategy));
    const { push, version } = await begin(context, "whole");
    return context.json(versionJson(version, strategy, { presignedUploadUrl: await urlOf(context, parts, push, 1) }));
  };
  const startParts = async (context: RouteContext): Promise<Response> => {
    const { push, version } = await begin(context, "parts");
    return context.json(versionJson(version, strategy, { uploadId: push.id }));
  };
  const presign = async (context: RouteContext): Promise<Response> => {
    const present = await presentVersion(context);
    const { upload_id, part_number } = await jsonBody(context, presignPart);
    const push = await pushOf(present, upload_id);
    await catalog.touchPush(push.id);
    return context.json(versionJson(present, strategy, { presignedUploadUrl: await urlOf(context, parts, push, part_number) }));
  };
  const complete = async (context: RouteContext): Promise<Response> => {
    const present = await presentVersion(context);
    const { upload_id, parts: named } = await jsonBody(context, completeUpload);
    const push = await pushOf(present, upload_id);
    const sent = await uploads.parts(push.upload);
    checkParts(named, sent);
    await uploads.complete(push.upload, sent);
    await catalog.touchPush(push.id);
    return context.json(versionJson(present, strategy));
  };
  const finish = async (context: RouteContext): Promise<Response> => {
    const present = await presentVersion(context);
    const { name, version } = present;
    const { status, reason } = await jsonBody(context, finishUpload);
    const push = present.uploadId === null ? undefined : await catalog.push(present.uploadId);
    if (status === "failed") {
      if (push !== undefined) await drop(parts, push);
      const said = { uploadStatus: "failed", uploadFinishedReason: reason ?? "", uploadId: null } as const;
      return context.json(versionJson((await catalog.updateUpload(kind, name, version, said)) ?? present, strategy));
    }
    if (hasUpload(push)) return patientReply(publishUpload(context, push));
    return context.json(versionJson(await finishWithoutBytes(present, reason ?? ""), strategy));
  };
  const publishUpload = async (context: RouteContext, push: UploadPush): Promise<Response> => {
    try {
      const signal = context.get("signal");
      const published = await receiveTar(parts, push, uploads.read(push.upload, { signal }), context);
      return context.json(versionJson(published, strategy));
    } finally {
      await uploads.remove(push.upload);
    }
  };
  /** What has no files of its own: a bento of a codespace, and a version that was published already. */
  const finishWithoutBytes = async (present: Version, reason: string): Promise<Version> => {
    if (present.contentDigest !== null) return present;
    if (kind === "bento" && present.manifest["dev"] === true) {
      const change = { uploadStatus: "success", uploadFinishedReason: reason } as const;
      return (await catalog.updateUpload(kind, present.name, present.version, change)) ?? present;
    }
    throw new BentoError("BENTO_CONFLICT", `Nothing was uploaded for ${JSON.stringify(`${present.name}:${present.version}`)}.`, {
      hint: "Upload its archive before you finish the upload.",
    });
  };
  return [
    { method: "PATCH", path: `${root}/presign_upload_url`, access: "write", audit: `${kind}.upload`, handle: presignUpload },
    { method: "PATCH", path: `${root}/start_multipart_upload`, access: "write", audit: `${kind}.upload`, handle: startParts },
    { method: "PATCH", path: `${root}/presign_multipart_upload_url`, access: "write", handle: presign },
    { method: "PATCH", path: `${root}/complete_multipart_upload`, access: "write", audit: `${kind}.complete`, handle: complete },
    { method: "PATCH", path: `${root}/finish_upload`, access: "write", audit: `${kind}.publish`, handle: finish },
  ];
}

/** Uploads to a URL of the registry itself, where no bucket takes them. */
export function uploadRoutes({ catalog, tickets, uploads }: TransferParts): readonly Route[] {
  const put = async (context: RouteContext): Promise<Response> => {
    const { push: id, part } = tickets.check("upload", context.req.param("ticket") ?? "");
    const push = await catalog.push(id);
    const take = uploads.put?.bind(uploads);
    if (!hasUpload(push) || take === undefined) throw noSuchUpload(id);
    const bytes = contentLength(context);
    if (bytes !== undefined) await catalog.reserveBytes(id, bytes);
    const etag = await withBody(context, (source) => take(push.upload, part, source, { signal: context.get("signal") }));
    await catalog.touchPush(id);
    return new Response(null, { status: 200, headers: { etag } });
  };
  return [{ method: "PUT", path: "/api/v1/uploads/:ticket", access: "signed", audit: "upload.part", handle: put }];
}

async function urlOf(context: RouteContext, { uploads, tickets }: TransferParts, push: Push, part: number): Promise<string> {
  const own = (): string => `${context.get("origin")}/api/v1/uploads/${tickets.issue({ to: "upload", push: push.id, part })}`;
  return (await uploads.url(push.upload ?? "", part)) ?? own();
}

/** Ends a push that is not published, and what was sent of it. */
async function drop({ catalog, uploads }: TransferParts, push: Push): Promise<void> {
  await catalog.abortPush(push.id);
  if (push.upload !== null) await uploads.remove(push.upload);
}

/**
 * What a client says that it sent has to be what is there, from the first to the last: Python's says less when a part
 * failed, and would have the rest put together.
 */
function checkParts(named: readonly { readonly part_number: number; readonly etag: string }[], sent: readonly SentPart[]): void {
  const gap = named.findIndex(({ part_number }, index) => part_number !== index + 1);
  if (named.length === 0) throw wrongParts("no part is named");
  if (gap !== -1) throw wrongParts(`part ${gap + 1} is missing, or not in its place`);
  if (sent.length !== named.length) throw wrongParts(`${named.length} parts are named, and ${sent.length} were sent`);
  const other = named.find(({ etag }, index) => unquoted(etag) !== unquoted(sent[index]?.etag ?? "") || sent[index]?.number !== index + 1);
  if (other !== undefined) throw wrongParts(`part ${other.part_number} is another one than was sent`);
}

function unquoted(etag: string): string {
  return etag.replaceAll('"', "");
}

function wrongParts(why: string): BentoError {
  return new BentoError("BENTO_CONFLICT", `The upload is not complete: ${why}.`, {
    hint: "Push again: what was sent is not put together.",
  });
}

function noSuchUpload(id: string): BentoError {
  return new BentoError("BENTO_NOT_FOUND", `The registry knows no upload ${JSON.stringify(id)} of this version.`, {
    hint: "It ended, or its time is over: push again.",
  });
}
