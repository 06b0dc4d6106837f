import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join, resolve } from "node:path";
import { BentoError, type TagLike } from "@bento/core";
import { FileModelStore, resolveHome, Transfer } from "@bento/store";
import { cancellation } from "@bento/store/archives";
import { bytesBody } from "../api/http.js";
import type { RequestBody } from "../api/request.js";
import { describeModel } from "../content/describe-model.js";
import { PartProgress } from "../content/part-progress.js";
import type { PushResult, Report } from "../registry.js";
import { parallelParts } from "../transfer/parallel-parts.js";
import { withRetry } from "../transfer/with-retry.js";
import { maxManifestBytes, mediaTypes, packModel } from "./model-pack.js";
import type { OciHttp } from "./oci-http.js";
import { type OciOptions, openOci } from "./oci-options.js";
import { type OciReference, parseReference } from "./reference.js";

/** Options of {@link pushOci}. */
export interface OciPushOptions extends OciOptions {
  /** Let the tag name this model from now on, whatever it named before. */
  readonly force?: boolean | undefined;
}

/**
 * Sends a model to an OCI registry, as `oci://host/name:tag`; without a tag, under its own version. Files that the
 * repository has are not sent.
 * @throws BENTO_MODEL_NOT_FOUND; BENTO_CONFLICT when the tag names something else and `force` is not said; BENTO_UNAUTHORIZED, BENTO_FORBIDDEN, BENTO_REGISTRY_FAILED
 */
export function pushOci(tag: TagLike, to: string, options: OciPushOptions = {}): Transfer<PushResult> {
  const reference = parseReference(to);
  return new Transfer(async (report) => {
    const { signal } = options;
    try {
      return await push(tag, reference, options, report);
    } catch (error) {
      throw signal?.aborted ? cancellation(signal, `Pushing to ${JSON.stringify(to)}`) : error;
    }
  });
}

async function push(given: TagLike, reference: OciReference, options: OciPushOptions, report: Report): Promise<PushResult> {
  const { home = resolveHome(), store = new FileModelStore(home), signal = new AbortController().signal, force = false } = options;
  const model = await store.get(given);
  const { tag } = model;
  const version = reference.version ?? tag.version;
  if (version === undefined || version.startsWith("sha256:")) {
    throw new BentoError("BENTO_BAD_REQUEST", `${JSON.stringify(reference.text)} names content, not a place for some.`, {
      hint: "Write oci://host/name:tag.",
    });
  }
  const http = openOci(reference, options, "pull,push");
  const content = await describeModel(model, { home: resolve(home), signal });
  const { config, manifest } = packModel(model, content, digestOf);
  const total = content.files.reduce((sum, { size }) => sum + size, 0);
  const there = await manifestThere(http, version, signal);
  if (there === digestOf(manifest)) return { tag, outcome: "skipped", bytes: { total, sent: 0 } };
  if (there !== undefined && !force) {
    throw new BentoError("BENTO_CONFLICT", `${JSON.stringify(reference.text)} is something else already.`, {
      hint: "Push it under another tag; or say that it is to take its place: `--force`.",
    });
  }
  const progress = new PartProgress(total, report);
  const blobs = new Map<string, RequestBody>([[digestOf(config), bytesBody(config)]]);
  for (const { path, size, sha256 } of content.files) blobs.set(sha256, fileBody(join(model.path, path), size));
  let sent = 0;
  await parallelParts({ items: blobs, most: options.parallel ?? 10, signal }, async ([sha256, body], lane) => {
    const sending = { http, sha256, body, signal: lane.signal };
    const wasSent = await withRetry(() => sendBlob(sending), { ...options.retry, signal: lane.signal, onRetry: () => lane.trouble() });
    if (wasSent) sent += body.size;
    progress.moved(body.size);
    return wasSent ? body.size : 0;
  });
  const what = `take ${JSON.stringify(reference.text)}`;
  const call = {
    method: "PUT" as const,
    path: `manifests/${version}`,
    headers: { "content-type": mediaTypes.manifest },
    what,
    accept: [201],
    signal,
  };
  // What names the others comes last: nobody sees a model of which a part is missing.
  const answer = await withRetry(() => http.send({ ...call, body: bytesBody(manifest) }), { ...options.retry, signal });
  answer.discard();
  progress.finish();
  return { tag, outcome: "pushed", bytes: { total, sent } };
}

/** The digest of what a tag names now. */
async function manifestThere(http: OciHttp, version: string, signal: AbortSignal): Promise<string | undefined> {
  const call = { method: "GET" as const, path: `manifests/${version}`, what: `tell what ${JSON.stringify(version)} is`, signal };
  const headers = { accept: mediaTypes.manifest };
  const { text, answer } = await withRetry(() => http.text({ ...call, headers, accept: [200, 404] }, maxManifestBytes), { signal });
  return answer.status === 200 ? digestOf(Buffer.from(text)) : undefined;
}

interface Sending {
  readonly http: OciHttp;
  readonly sha256: string;
  readonly body: RequestBody;
  readonly signal: AbortSignal;
}

/** @returns whether the registry did not have it */
async function sendBlob({ http, sha256, body, signal }: Sending): Promise<boolean> {
  const what = "take a file";
  const common = { what, signal };
  const found = await http.send({ ...common, method: "HEAD", path: `blobs/sha256:${sha256}`, accept: [200, 404] });
  found.discard();
  if (found.status === 200) return false;
  const begun = await http.send({ ...common, method: "POST", path: "blobs/uploads/", body: bytesBody(new Uint8Array()), accept: [202] });
  begun.discard();
  const place = http.uploadPlace(begun.headers.location, what);
  place.searchParams.set("digest", `sha256:${sha256}`);
  const headers = { "content-type": "application/octet-stream" };
  const taken = await http.send({ ...common, method: "PUT", path: place, headers, body, accept: [201] });
  taken.discard();
  return true;
}

function fileBody(path: string, size: number): RequestBody {
  if (size === 0) return bytesBody(new Uint8Array());
  return { size, stream: (signal) => createReadStream(path, { signal, end: size - 1, highWaterMark: 1024 * 1024 }) };
}

function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
