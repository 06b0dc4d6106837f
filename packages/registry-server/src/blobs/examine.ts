import { BentoError } from "@bento/core";
import type { ContentDocument, ContentFile } from "@bento/registry/wire";
import { type BentoInfo, type ModelInfo, modelDocument } from "@bento/store";
import { bentoKind, isStoreFile, manifestName, modelKind, parseManifest, quoted } from "@bento/store/archives";
import { createHash } from "node:crypto";
import type { ItemKind, VersionAbout } from "../catalog/catalog.js";
import { jsonOf } from "./json-of.js";
import { type PartSource, readFile } from "./read-content.js";

/** What a version should be that comes in. */
export interface Expected {
  readonly kind: ItemKind;
  readonly name: string;
  readonly version: string;
}

/** What a document inside can be at most: it is read whole. Bytes. */
const mostDocument = 16 * 1024 * 1024;
/** The same of a manifest: a million files take less. Bytes. */
const mostManifest = 256 * 1024 * 1024;

/** What `model.yaml` or `bento.yaml` says of a version that came in. */
export type ItemDocument =
  | { readonly kind: "model"; readonly info: ModelInfo; readonly size: number }
  | { readonly kind: "bento"; readonly info: BentoInfo; readonly size: number };

/**
 * Reads what came in as what it should be: its document is there, can be read and has the very tag it was pushed under,
 * and a manifest that came along is right.
 * @throws BENTO_ARCHIVE_INVALID without the document, BENTO_MODEL_INVALID or BENTO_BENTO_INVALID for one that cannot be
 *   read, BENTO_TAG_INVALID for another tag, BENTO_INTEGRITY_FAILED for files that are not what their manifest says
 */
export async function examineContent(
  content: ContentDocument,
  expected: Expected,
  { blobs, signal }: { readonly blobs: PartSource; readonly signal: AbortSignal },
): Promise<ItemDocument> {
  const { kind } = expected;
  const documentFile = requiredDocument(content, expected);
  const read = async (file: ContentFile, most: number): Promise<Uint8Array> => {
    if (file.size > most) throw tooLarge(file, most);
    const chunks: Uint8Array[] = [];
    for await (const chunk of readFile(file, { blobs, partSize: content.partSize, signal })) chunks.push(chunk);
    return Buffer.concat(chunks);
  };
  const bytes = await read(documentFile, mostDocument);
  const size = content.files.reduce((sum, file) => sum + file.size, 0);
  const where = JSON.stringify(documentFile.path);
  const item: ItemDocument =
    kind === "model" ? { kind, info: modelKind.parse(bytes, where), size } : { kind, info: bentoKind.parse(bytes, where), size };
  checkTag(item, expected);
  const manifest = kind === "model" ? content.files.find(({ path }) => path === manifestName) : undefined;
  if (manifest !== undefined) checkManifest(await read(manifest, mostManifest), content, expected);
  return item;
}

/** The file that makes a model or bento of a folder. @throws BENTO_ARCHIVE_INVALID when it is not there */
export function requiredDocument({ files }: ContentDocument, { kind, name, version }: Expected): ContentFile {
  const { document } = kind === "model" ? modelKind : bentoKind;
  const found = files.find(({ path }) => path === document);
  if (found !== undefined) return found;
  throw new BentoError("BENTO_ARCHIVE_INVALID", `What was pushed as ${JSON.stringify(`${name}:${version}`)} holds no "${document}".`, {
    hint: `A ${kind} is a folder with a "${document}" at its top.`,
  });
}

/**
 * Digests the files that have several parts: what each part is was known when it came, what they are together was only
 * said. Of a file of one part both are the same.
 * @throws BENTO_INTEGRITY_FAILED naming the file
 */
export async function checkWholeFiles(
  { files, partSize }: ContentDocument,
  { blobs, signal }: { readonly blobs: PartSource; readonly signal: AbortSignal },
): Promise<void> {
  for (const file of files) {
    if (file.parts.length === 1 && file.parts[0] === file.sha256) continue;
    const hash = createHash("sha256");
    for await (const chunk of readFile(file, { blobs, partSize, signal })) hash.update(chunk);
    if (hash.digest("hex") === file.sha256) continue;
    throw new BentoError("BENTO_INTEGRITY_FAILED", `The file ${quoted(file.path)} is not what its SHA-256 says.`, {
      hint: "It changed while it was pushed. Push again.",
    });
  }
}

/**
 * What the document says of the version, in place of what was said before its bytes came: Python's client says nothing
 * anew when it pushes by force. A model's record is all in its document; of a bento's, the rest is said in a request of its own.
 */
export function aboutOf(item: ItemDocument, present: Pick<VersionAbout, "manifest">): Partial<VersionAbout> {
  const { info, size } = item;
  const buildAt = info.creationTimeText;
  if (item.kind === "bento") {
    // A bento's own figure counts its models as well, which are no part of it here.
    const said = present.manifest["size_bytes"];
    return { buildAt, manifest: { ...present.manifest, size_bytes: typeof said === "number" && said >= size ? said : size } };
  }
  const { module, api_version, metadata, context, options } = modelDocument(item.info);
  return {
    buildAt,
    labels: Object.entries(info.labels).map(([key, value]) => ({ key, value })),
    manifest: {
      ...present.manifest,
      ...(jsonOf({ module, api_version, metadata, context }) as Record<string, unknown>),
      // The client says those of the framework as well that the document leaves out.
      options: jsonOf(Object.assign({}, present.manifest["options"], options)),
      bentoml_version: item.info.context.bentomlVersion,
      size_bytes: size,
    },
  };
}

function checkTag({ kind, info }: ItemDocument, { name, version }: Expected): void {
  if (info.tag.name === name && info.tag.version === version) return;
  throw new BentoError(
    "BENTO_TAG_INVALID",
    `What was pushed as ${JSON.stringify(`${name}:${version}`)} is ${JSON.stringify(String(info.tag))}, as its "${kind}.yaml" says.`,
    { hint: "Push it under its own tag." },
  );
}

function checkManifest(text: Uint8Array, { files }: ContentDocument, { name, version }: Expected): void {
  const tag = JSON.stringify(`${name}:${version}`);
  const manifest = parseManifest(Buffer.from(text).toString("utf8"));
  if (manifest === undefined) throw wrongManifest(`The manifest of ${tag}, "${manifestName}", cannot be read.`);
  const listed = files.filter(({ path }) => !isStoreFile(path));
  const other = listed.find(({ path, size, sha256 }) => manifest.get(path)?.sha256 !== sha256 || manifest.get(path)?.size !== size);
  const paths = new Set(listed.map(({ path }) => path));
  const missing = other === undefined ? [...manifest.keys()].find((path) => !paths.has(path)) : undefined;
  const path = other?.path ?? missing;
  if (path === undefined) return;
  const what = missing === undefined ? (manifest.has(path) ? "was changed" : "was added") : "is missing";
  throw wrongManifest(`The files of ${tag} are not what their manifest says: ${quoted(path)} ${what}.`);
}

function wrongManifest(message: string): BentoError {
  return new BentoError("BENTO_INTEGRITY_FAILED", message, {
    hint: `If the change is meant, write a new manifest with "bento models verify --write", and push again.`,
  });
}

function tooLarge({ path, size }: ContentFile, most: number): BentoError {
  return new BentoError("BENTO_ARCHIVE_UNSAFE", `The file ${quoted(path)} of ${size} bytes is larger than ${most}, which no such file is.`);
}
