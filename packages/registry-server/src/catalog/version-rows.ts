import type { Queries, SqlValue } from "../database/database.js";
import { buildTime } from "./build-time.js";
import type { ItemKind, Label, UploadStatus, Version, VersionAbout } from "./catalog.js";
import { checkText } from "../database/row-values.js";

/** A row of `versions`. */
export interface VersionRow {
  readonly uid: string;
  readonly kind: ItemKind;
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly labels: string;
  readonly manifest: string;
  readonly build_at: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly upload_status: UploadStatus;
  readonly upload_finished_reason: string;
  readonly upload_started_at: string | null;
  readonly upload_finished_at: string | null;
  readonly upload_id: string | null;
  readonly transmission_strategy: string | null;
  readonly content_digest: string | null;
  readonly size_bytes: number | null;
  readonly archive_sha256: string | null;
}

export function versionOf(row: VersionRow): Version {
  return {
    uid: row.uid,
    kind: row.kind,
    name: row.name,
    version: row.version,
    description: row.description,
    labels: JSON.parse(row.labels) as readonly Label[],
    manifest: JSON.parse(row.manifest) as VersionAbout["manifest"],
    buildAt: row.build_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    uploadStatus: row.upload_status,
    uploadFinishedReason: row.upload_finished_reason,
    uploadStartedAt: row.upload_started_at,
    uploadFinishedAt: row.upload_finished_at,
    uploadId: row.upload_id,
    transmissionStrategy: row.transmission_strategy,
    contentDigest: row.content_digest,
    sizeBytes: row.size_bytes,
    archiveSha256: row.archive_sha256,
  };
}

/** @throws BENTO_BAD_REQUEST where a time or text cannot be kept */
export function checkedAbout({ description, labels, manifest, buildAt }: VersionAbout): VersionAbout {
  return {
    description: checkText(description, "description"),
    labels: labels.map(({ key, value }) => ({ key: checkText(key, "label"), value: checkText(value, "label's value") })),
    manifest,
    buildAt: buildTime(buildAt),
  };
}

/** What is said of a version later takes the place of what was said before; what is not said stays. */
export function mergedAbout(before: VersionAbout, after: Partial<VersionAbout> | null | undefined): VersionAbout {
  return {
    description: after?.description ?? before.description,
    labels: after?.labels ?? before.labels,
    manifest: after?.manifest ?? before.manifest,
    buildAt: after?.buildAt ?? before.buildAt,
  };
}

/** A version by its tag; `latest` is the newest successful one. */
export async function findVersion(queries: Queries, kind: ItemKind, name: string, version: string): Promise<VersionRow | undefined> {
  if (version !== "latest") {
    return await queries.get<VersionRow>("SELECT * FROM versions WHERE kind = ? AND name = ? AND version = ?", kind, name, version);
  }
  return await queries.get<VersionRow>(
    `SELECT * FROM versions WHERE kind = ? AND name = ? AND upload_status = 'success' ORDER BY build_at DESC, uid DESC LIMIT 1`,
    kind,
    name,
  );
}

/** Makes a repository if it is not there. */
export async function ensureRepository(
  queries: Queries,
  kind: ItemKind,
  name: string,
  about: NewRow & { description: string },
): Promise<void> {
  await queries.run(
    `INSERT INTO repositories (uid, kind, name, description, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (kind, name) DO NOTHING`,
    about.uid,
    kind,
    name,
    checkText(about.description, "description"),
    about.at,
    about.at,
  );
}

/** Identity and time of a row that is made. */
export interface NewRow {
  readonly uid: string;
  readonly at: string;
}

/** Inserts a version that has no content. */
export async function insertVersion(
  queries: Queries,
  tag: { readonly kind: ItemKind; readonly name: string; readonly version: string },
  about: VersionAbout,
  { uid, at }: NewRow,
): Promise<void> {
  await queries.run(
    `INSERT INTO versions (uid, kind, name, version, description, labels, manifest, module, build_at, created_at, updated_at,
       upload_status, upload_finished_reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', '')`,
    uid,
    tag.kind,
    tag.name,
    tag.version,
    ...aboutValues(about),
    at,
    at,
  );
  await writeWords(queries, uid);
  await writeLabels(queries, uid, about.labels);
}

/** Writes what is said of a version over what was said before. */
export async function writeAbout(queries: Queries, uid: string, about: VersionAbout, at: string): Promise<void> {
  await queries.run(
    "UPDATE versions SET description = ?, labels = ?, manifest = ?, module = ?, build_at = ?, updated_at = ? WHERE uid = ?",
    ...aboutValues(about),
    at,
    uid,
  );
  await writeWords(queries, uid);
  await queries.run("DELETE FROM version_labels WHERE version_uid = ?", uid);
  await writeLabels(queries, uid, about.labels);
}

function aboutValues({ description, labels, manifest, buildAt }: VersionAbout): readonly SqlValue[] {
  const module = typeof manifest["module"] === "string" ? manifest["module"] : "";
  // JSON writes a NUL as an escape; a module has no business with one.
  return [description, JSON.stringify(labels), JSON.stringify(manifest), checkText(module, "module"), buildAt];
}

/** What searches look through: small letters, and between the texts a character that is in none. */
async function writeWords(queries: Queries, uid: string): Promise<void> {
  await queries.run(
    `INSERT INTO version_words (version_uid, words)
       SELECT uid, LOWER(name || '\u0001' || version || '\u0001' || description) FROM versions WHERE uid = ?
     ON CONFLICT (version_uid) DO UPDATE SET words = excluded.words`,
    uid,
  );
}

/** Beside the list as it came, so that versions can be found by them. */
async function writeLabels(queries: Queries, uid: string, labels: readonly Label[]): Promise<void> {
  for (const { key, value } of labels) {
    await queries.run(
      "INSERT INTO version_labels (version_uid, label_key, label_value) VALUES (?, ?, ?) ON CONFLICT (version_uid, label_key, label_value) DO NOTHING",
      uid,
      key,
      value,
    );
  }
}
