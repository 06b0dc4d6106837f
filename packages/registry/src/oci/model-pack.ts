import { BentoError, isTagPart } from "@bento/core";
import type { StoredModel } from "@bento/store";
import { z } from "zod";
import type { ContentDocument, ContentFile } from "../wire/content.js";

/*
 * A model as an OCI artifact in the layout of the CNCF's ModelPack: a layer for each file, as it is, its path and mode in
 * annotations. What other tools of that layout read is the model; what we read is all of it, manifest and signature too.
 */

export const mediaTypes = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  artifact: "application/vnd.cncf.model.manifest.v1+json",
  config: "application/vnd.cncf.model.config.v1+json",
} as const;

const annotations = {
  path: "org.cncf.model.filepath",
  metadata: "org.cncf.model.file.metadata+json",
  created: "org.opencontainers.image.created",
  title: "org.opencontainers.image.title",
  version: "org.opencontainers.image.version",
} as const;
/** Empty folders, which no layer can be: a list of paths. Ours; others pass over it. */
const foldersAnnotation = "org.bento.model.folders";

/** What registries take of a manifest. Bytes. */
export const maxManifestBytes = 4 * 1024 * 1024;
/** How many files a manifest of that size can name. */
const maxFiles = 8000;

const digestText = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const descriptor = z.object({
  mediaType: z.string(),
  digest: digestText,
  size: z.int().nonnegative(),
  annotations: z.record(z.string(), z.string()).optional(),
});
const fileMetadata = z.object({ mode: z.int().nonnegative() });

/** As much of a manifest as is read. */
const ociManifest = z.object({
  schemaVersion: z.literal(2),
  config: descriptor,
  layers: z.array(descriptor),
  annotations: z.record(z.string(), z.string()).optional(),
});

/** A file of an artifact. */
export interface PackedFile {
  readonly path: string;
  readonly size: number;
  readonly executable: boolean;
  /** Hex. */
  readonly sha256: string;
}

/** What an artifact holds. */
export interface PackedModel {
  /** As who pushed it said: its `model.yaml` decides. */
  readonly tag: string | undefined;
  readonly createdAt: string | undefined;
  readonly folders: readonly string[];
  readonly files: readonly PackedFile[];
}

/** The two documents of an artifact. The same model makes the same bytes. */
export function packModel({ tag, info }: StoredModel, { files, folders }: ContentDocument, digestOf: (bytes: Uint8Array) => string) {
  if (files.length > maxFiles) {
    throw new BentoError(
      "BENTO_MODEL_INVALID",
      `${String(tag)} has ${files.length} files; an OCI registry takes ${maxFiles}, each as a layer.`,
      {
        hint: "Put small files together in one, or push it to a registry of models.",
      },
    );
  }
  const createdAt = info.creationTime.toISOString();
  const config = Buffer.from(
    JSON.stringify({
      descriptor: { createdAt, name: tag.name, version: tag.version, title: String(tag) },
      modelfs: { type: "layers", diffIds: files.map(({ sha256 }) => `sha256:${sha256}`) },
      config: {},
    }),
  );
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      artifactType: mediaTypes.artifact,
      config: { mediaType: mediaTypes.config, digest: `sha256:${digestOf(config)}`, size: config.length },
      layers: files.map((file) => layerOf(file, createdAt)),
      annotations: {
        [annotations.created]: createdAt,
        [annotations.title]: tag.name,
        [annotations.version]: tag.version,
        ...(folders.length > 0 && { [foldersAnnotation]: JSON.stringify(folders) }),
      },
    }),
  );
  return { config, manifest };
}

function layerOf({ path, size, sha256, executable }: ContentFile, mtime: string): object {
  const name = path.slice(path.lastIndexOf("/") + 1);
  // A regular file, as tar says it.
  const metadata = { name, mode: executable ? 0o755 : 0o644, uid: 0, gid: 0, size, mtime, typeflag: 48 };
  return {
    mediaType: layerType(name),
    digest: `sha256:${sha256}`,
    size,
    annotations: { [annotations.path]: path, [annotations.metadata]: JSON.stringify(metadata) },
  };
}

/** What other tools take a file for. */
function layerType(name: string): string {
  const kind = /^(?:readme|license|notice)\b|\.(?:md|txt|pdf)$/i.test(name)
    ? "doc"
    : /\.(?:json|ya?ml|toml|ini|jinja|model)$|^\./i.test(name)
      ? "weight.config"
      : /\.(?:py|ts|js|mjs|sh)$/i.test(name)
        ? "code"
        : "weight";
  return `application/vnd.cncf.model.${kind}.v1.raw`;
}

/**
 * Reads a manifest. @param what for messages
 * @throws BENTO_MODEL_INVALID for what is no model in files that lie there as they are, BENTO_INTEGRITY_FAILED for what cannot be
 */
export function unpackManifest(text: string, what: string): PackedModel {
  const parsed = ociManifest.safeParse(jsonOf(text));
  if (!parsed.success || parsed.data.config.mediaType !== mediaTypes.config) {
    throw new BentoError("BENTO_MODEL_INVALID", `${JSON.stringify(what)} is no model in the layout of ModelPack.`, {
      hint: "Push models with `bento models push TAG oci://...`.",
    });
  }
  const { layers, annotations: notes = {} } = parsed.data;
  const folders = z.array(z.string()).safeParse(jsonOf(notes[foldersAnnotation] ?? "[]"));
  const [name, version] = [notes[annotations.title], notes[annotations.version]];
  const isTag = name !== undefined && version !== undefined && isTagPart(name) && isTagPart(version);
  return {
    tag: isTag ? `${name}:${version}` : undefined,
    createdAt: notes[annotations.created],
    folders: folders.data ?? [],
    files: layers.map((layer) => fileOf(layer, what)),
  };
}

function fileOf({ mediaType, digest, size, annotations: notes = {} }: z.infer<typeof descriptor>, what: string): PackedFile {
  const path = notes[annotations.path];
  if (path === undefined || !mediaType.endsWith(".raw")) {
    const shown = JSON.stringify(mediaType.slice(0, 100));
    throw new BentoError("BENTO_MODEL_INVALID", `${JSON.stringify(what)} has a layer of the type ${shown}, which is not read here.`, {
      hint: "Layers must be files as they are, each with its path: types that end in .raw.",
    });
  }
  const metadata = fileMetadata.safeParse(jsonOf(notes[annotations.metadata] ?? "{}"));
  const executable = metadata.success && (metadata.data.mode & 0o100) !== 0;
  return { path, size, executable, sha256: digest.slice("sha256:".length) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
