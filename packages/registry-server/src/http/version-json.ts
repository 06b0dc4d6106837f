import type { ItemKind, Version } from "../catalog/catalog.js";

/** What an answer says besides what is kept of a version. */
export interface VersionExtras {
  /** Where one PUT takes the archive. */
  readonly presignedUploadUrl?: string | undefined;
  /** Where one GET gives it. */
  readonly presignedDownloadUrl?: string | undefined;
  readonly uploadId?: string | undefined;
}

/**
 * A version in the API's words. Python's client reads a missing key as an error and an absent text as the text "None", so
 * that every key is there and no text is null.
 */
export function versionJson(version: Version, strategy: string, extras: VersionExtras = {}): Readonly<Record<string, unknown>> {
  return {
    uid: version.uid,
    created_at: version.createdAt,
    updated_at: version.updatedAt,
    deleted_at: null,
    // The client builds the tag of a bento from this one.
    name: version.version,
    version: version.version,
    resource_type: version.kind,
    labels: version.labels,
    description: version.description,
    image_build_status: "pending",
    upload_status: version.uploadStatus,
    upload_finished_reason: version.uploadFinishedReason,
    presigned_upload_url: extras.presignedUploadUrl ?? "",
    presigned_download_url: extras.presignedDownloadUrl ?? "",
    // An empty text would mean that there is a presigned URL.
    transmission_strategy: version.transmissionStrategy || strategy,
    upload_id: extras.uploadId ?? version.uploadId,
    upload_started_at: version.uploadStartedAt,
    upload_finished_at: version.uploadFinishedAt,
    build_at: version.buildAt,
    manifest: manifestJson(version.kind, version.manifest),
    content_digest: version.contentDigest,
    size_bytes: version.sizeBytes,
    sha256: version.archiveSha256,
  };
}

/** Keys that Python's client wants to be there, with what stands for nothing. */
const required: Record<ItemKind, Readonly<Record<string, unknown>>> = {
  model: { module: "", api_version: "v1", bentoml_version: "", size_bytes: 0 },
  bento: { service: "", bentoml_version: "", size_bytes: 0 },
};
/** Keys that it takes where they are absent, but not as null. */
const neverNull: Record<ItemKind, readonly string[]> = {
  model: ["metadata", "context", "options"],
  bento: ["entry_service", "apis", "models", "services", "envs", "schema", "dev", "spec"],
};

/** The manifest as it was sent, completed: one that lacks a key would keep Python's client from reading any list it is in. */
function manifestJson(kind: ItemKind, manifest: Version["manifest"]): Readonly<Record<string, unknown>> {
  const kept = Object.entries(manifest).filter(([key, value]) => value !== null || !neverNull[kind].includes(key));
  const whole: Record<string, unknown> = Object.fromEntries(kept);
  for (const [key, value] of Object.entries(required[kind])) if (typeof whole[key] !== typeof value) whole[key] = value;
  return whole;
}
