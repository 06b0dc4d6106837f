import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { BentoError, Tag, type TagLike } from "@bento/core";
import { FileModelStore, type ModelStore, resolveHome, Transfer } from "@bento/store";
import { cancellation, EntryRules, importLanded, limitsOf, modelKind, onDisk, quoted } from "@bento/store/archives";
import { PartProgress } from "../content/part-progress.js";
import type { PullResult, Report } from "../registry.js";
import { parallelParts } from "../transfer/parallel-parts.js";
import { TransferFolder } from "../transfer/transfer-folder.js";
import { withRetry } from "../transfer/with-retry.js";
import { fetchFile } from "./fetch-file.js";
import { maxManifestBytes, mediaTypes, type PackedFile, type PackedModel, unpackManifest } from "./model-pack.js";
import type { OciHttp } from "./oci-http.js";
import { type OciOptions, openOci } from "./oci-options.js";
import { type OciReference, parseReference } from "./reference.js";

/** Options of {@link pullOci}. */
export interface OciPullOptions extends OciOptions {
  /** Get it anew although the store has a model of its tag: the old copy goes when the new one is whole. */
  readonly force?: boolean | undefined;
  /** Which model it must be: another one is refused as soon as that is known. A tag without version, or `latest`, means any of its name. */
  readonly expected?: TagLike | undefined;
}

/** What a document may be at most. Bytes. */
const maxDocumentBytes = 16 * 1024 * 1024;

/**
 * Gets a model from an OCI registry: `oci://host/name:tag` (by default `latest`), or `oci://host/name@sha256:...`. Its own
 * tag is what its `model.yaml` says. Every file is compared with its digest, then with the model's manifest.
 * @throws BENTO_MODEL_NOT_FOUND; BENTO_MODEL_INVALID for what is no model; BENTO_INTEGRITY_FAILED, BENTO_ARCHIVE_UNSAFE for what is not what it should be; BENTO_UNAUTHORIZED, BENTO_FORBIDDEN, BENTO_REGISTRY_FAILED
 */
export function pullOci(from: string, options: OciPullOptions = {}): Transfer<PullResult> {
  const reference = parseReference(from);
  return new Transfer(async (report) => {
    const { signal } = options;
    try {
      return await pull(reference, options, report);
    } catch (error) {
      throw signal?.aborted ? cancellation(signal, `Pulling ${JSON.stringify(from)}`) : error;
    }
  });
}

async function pull(reference: OciReference, options: OciPullOptions, report: Report): Promise<PullResult> {
  const { home = resolveHome(), store = new FileModelStore(home), signal = new AbortController().signal, force = false } = options;
  const http = openOci(reference, options, "pull");
  const { model: packed, digest } = await manifestOf(http, reference, options, signal);
  checkPacked(packed);
  await using transfer = await TransferFolder.open(join(resolve(home), "tmp", "transfers"), ["pull", reference.origin, digest]);
  const folder = join(transfer.path, "files");
  await onDisk("make the folder", folder, () => mkdir(folder, { recursive: true, mode: 0o700 }));
  const fetch = (file: PackedFile, onBytes: (bytes: number) => void, stop: AbortSignal): Promise<void> => {
    const place = placeOf(folder, packed, file);
    return withRetry((attempt) => fetchFile({ http, file, place, onBytes, signal: stop, attempt }), { ...options.retry, signal: stop });
  };
  const progress = new PartProgress(
    packed.files.reduce((sum, { size }) => sum + size, 0),
    report,
  );
  const onBytes = (bytes: number): void => progress.moved(bytes);
  try {
    const document = packed.files.find(({ path }) => path === modelKind.document) as PackedFile;
    await fetch(document, onBytes, signal);
    const { tag } = modelKind.parse(await readFile(placeOf(folder, packed, document)), modelKind.document);
    checkExpected(tag, reference, options);
    const present = force ? undefined : await presentIn(store, tag);
    if (present !== undefined) return { model: present, outcome: "present", verified: "unverified" };
    const others = packed.files.filter((file) => file !== document);
    await parallelParts({ items: others, most: options.parallel ?? 10, signal }, async (file, lane) => {
      await fetch(file, onBytes, lane.signal);
      return file.size;
    });
    const files = packed.files.map((file) => ({ ...file, place: placeOf(folder, packed, file) }));
    const landed = { folders: packed.folders, files };
    const { item } = await importLanded(landed, { kind: modelKind, store, expected: tag, existing: force ? "replace" : "skip", signal });
    progress.finish();
    await transfer.done();
    return { model: item, outcome: "pulled", verified: "digests" };
  } catch (error) {
    // What cannot be right is not kept for another try.
    if (BentoError.is(error, "BENTO_INTEGRITY_FAILED") || BentoError.is(error, "BENTO_ARCHIVE_UNSAFE")) await transfer.done();
    throw error;
  }
}

/** What the registry says of a model: its tag, and when it was made, as far as whoever pushed it said so. */
export async function inspectOci(
  from: string,
  options: OciOptions = {},
): Promise<{ readonly tag: Tag | undefined; readonly creationTime: Date | undefined }> {
  const reference = parseReference(from);
  const { signal = new AbortController().signal } = options;
  const { model } = await manifestOf(openOci(reference, options, "pull"), reference, options, signal);
  const { tag, createdAt } = model;
  return { tag: tag === undefined ? undefined : Tag.parse(tag), creationTime: createdAt === undefined ? undefined : new Date(createdAt) };
}

function checkExpected(tag: Tag, { text }: OciReference, { expected }: OciPullOptions): void {
  if (expected === undefined) return;
  const wanted = Tag.from(expected);
  if (tag.name === wanted.name && (wanted.isLatest || tag.version === wanted.version)) return;
  const [found, asked] = [tag, wanted].map((each) => JSON.stringify(String(each)));
  throw new BentoError("BENTO_INTEGRITY_FAILED", `${JSON.stringify(text)} is the model ${found}, as its "model.yaml" says, not ${asked}.`, {
    hint: "Push each model under its own name and version, or ask for it by its own tag.",
  });
}

interface NamedModel {
  readonly model: PackedModel;
  /** Of the manifest, hex. */
  readonly digest: string;
}

async function manifestOf(http: OciHttp, reference: OciReference, { retry }: OciOptions, signal: AbortSignal): Promise<NamedModel> {
  const { version = "latest", text: asked } = reference;
  const call = {
    method: "GET" as const,
    path: `manifests/${version}`,
    headers: { accept: `${mediaTypes.manifest}, application/vnd.oci.image.index.v1+json` },
    what: `tell what ${JSON.stringify(asked)} is`,
    accept: [200],
    absent: "BENTO_MODEL_NOT_FOUND" as const,
    signal,
  };
  const { text, answer } = await withRetry(() => http.text(call, maxManifestBytes), { ...retry, signal });
  const digest = createHash("sha256").update(text).digest("hex");
  const promised = [version.startsWith("sha256:") ? version : undefined, answer.headers["docker-content-digest"]];
  if (promised.some((one) => one !== undefined && one !== `sha256:${digest}`)) {
    throw new BentoError("BENTO_INTEGRITY_FAILED", `What the registry gives as ${JSON.stringify(asked)} is not what its digest says.`, {
      hint: "Nothing was stored. Get it from somewhere else, or ask whoever runs the registry.",
    });
  }
  return { model: unpackManifest(text, asked), digest };
}

/** Before anything is fetched: that all of it may be written, that there is an end to it, and that it is a model. */
function checkPacked({ files, folders }: PackedModel): void {
  const limits = limitsOf();
  const rules = new EntryRules(limits);
  const admit = (path: string, kind: "file" | "folder"): void => {
    if (rules.admit({ path, kind, target: "" })?.path === path) return;
    throw new BentoError("BENTO_ARCHIVE_UNSAFE", `The artifact holds ${quoted(path)}, which is not written in the plain form of a path.`);
  };
  for (const path of folders) admit(path, "folder");
  for (const { path } of files) admit(path, "file");
  if (files.reduce((sum, { size }) => sum + size, 0) > limits.maxBytes) {
    throw new BentoError("BENTO_ARCHIVE_UNSAFE", `The artifact is larger than ${limits.maxBytes.toLocaleString("en-US")} bytes.`);
  }
  const document = files.find(({ path }) => path === modelKind.document);
  if (document !== undefined && document.size <= maxDocumentBytes) return;
  throw new BentoError("BENTO_MODEL_INVALID", `The artifact has no ${JSON.stringify(modelKind.document)} that can be read.`, {
    hint: "It was made by another tool. Get its files, and save them with `bento models create`.",
  });
}

/** Files lie under their numbers: no name that somebody made up is a path here. */
function placeOf(folder: string, { files }: PackedModel, file: PackedFile): string {
  return join(folder, String(files.indexOf(file)));
}

async function presentIn(store: ModelStore, tag: Tag) {
  return (await store.listTags({ name: String(tag) })).length > 0 ? store.get(tag) : undefined;
}
