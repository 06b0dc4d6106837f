import { BentoError } from "@bento/core";
import type { Queries } from "../database/database.js";
import type { Version, VersionAbout } from "./catalog.js";
import type { CatalogContext } from "./context.js";
import { missingOf } from "./contents.js";
import type { Publishing } from "./push-catalog.js";
import { findPush, noSuchPush, pushOf, type PushRow } from "./push-rows.js";
import {
  checkedAbout,
  ensureRepository,
  findVersion,
  insertVersion,
  mergedAbout,
  versionOf,
  type VersionRow,
  writeAbout,
} from "./version-rows.js";
import { newUid, timeText } from "../database/row-values.js";

/** `publishPush` of the catalog: all of it in one transaction, so that nobody ever sees half of a version. */
export async function publish({ database, now }: CatalogContext, id: string, publishing: Publishing): Promise<Version> {
  return await database.transaction(async (queries) => {
    const ms = now();
    const push = await findPush(queries, id, timeText(ms));
    if (push === undefined) return await publishedBefore(queries, id);
    const digest = await completeContent(queries, push);
    const current = await findVersion(queries, push.kind, push.name, push.version);
    refuseWhereFaster(push, digest, current);
    // Whoever only may add leaves what another has published as it is; it is the same.
    const changes = current?.content_digest !== digest || push.replaces !== "never";
    const uid = changes ? await write(queries, { push, digest, current, publishing, ms }) : (current?.uid ?? "");
    await endPush(queries, id, timeText(ms));
    const row = await queries.get<VersionRow>("SELECT * FROM versions WHERE uid = ?", uid);
    if (row === undefined) throw noSuchPush(id);
    return versionOf(row);
  });
}

/** Whose answer got lost asks again, and is told the same. */
async function publishedBefore(queries: Queries, id: string): Promise<Version> {
  const push = await queries.get<PushRow>("SELECT * FROM pushes WHERE id = ? AND published_at IS NOT NULL", id);
  const row = push && (await findVersion(queries, push.kind, push.name, push.version));
  if (row === undefined) throw noSuchPush(id);
  return versionOf(row);
}

async function completeContent(queries: Queries, push: PushRow): Promise<string> {
  const tag = JSON.stringify(`${push.name}:${push.version}`);
  if (push.content_digest === null) {
    throw new BentoError("BENTO_CONFLICT", `Nothing was pushed yet for ${tag}.`, { hint: "Send its content before it is published." });
  }
  const missing = await missingOf(queries, push.content_digest);
  if (missing.length === 0) return push.content_digest;
  throw new BentoError("BENTO_CONFLICT", `${missing.length} parts of ${tag} are missing, among them ${missing[0]}.`, {
    hint: "Ask for the state of the push, send what is missing, and publish again.",
  });
}

function refuseWhereFaster(push: PushRow, digest: string, current: VersionRow | undefined): void {
  const there = current?.content_digest ?? null;
  if (there === null || there === digest || push.replaces === "always") return;
  if (push.replaces === "unchanged" && there === push.base_digest) return;
  throw new BentoError(
    "BENTO_CONFLICT",
    `Another push of ${JSON.stringify(`${push.name}:${push.version}`)} was faster, with other content.`,
    {
      hint: "Push again with force to replace it, or give yours another version.",
    },
  );
}

interface Writing {
  readonly push: PushRow;
  readonly digest: string;
  readonly current: VersionRow | undefined;
  readonly publishing: Publishing;
  readonly ms: number;
}

async function write(queries: Queries, { push, digest, current, publishing, ms }: Writing): Promise<string> {
  const at = timeText(ms);
  const uid = current?.uid ?? newUid(ms);
  const about = aboutAfter(push, current, publishing);
  if (current === undefined) {
    await ensureRepository(queries, push.kind, push.name, { uid: newUid(ms), at, description: "" });
    await insertVersion(queries, push, about, { uid, at });
  } else {
    await writeAbout(queries, uid, about, at);
  }
  // The sum of another content is not that of this one's archive.
  const archive = publishing.archiveSha256 ?? (current?.content_digest === digest ? current.archive_sha256 : null);
  await queries.run(
    `UPDATE versions SET content_digest = ?, size_bytes = (SELECT size_bytes FROM contents WHERE digest = ?), archive_sha256 = ?,
       upload_status = 'success', upload_finished_reason = '', upload_started_at = COALESCE(upload_started_at, ?), upload_finished_at = ?,
       upload_id = NULL, updated_at = ? WHERE uid = ?`,
    digest,
    digest,
    archive,
    push.created_at,
    at,
    at,
    uid,
  );
  return uid;
}

function aboutAfter(push: PushRow, current: VersionRow | undefined, { about }: Publishing): VersionAbout {
  const said = current === undefined ? undefined : versionOf(current);
  const before = pushOf(push).about ?? said ?? { description: "", labels: [], manifest: {}, buildAt: push.created_at };
  return checkedAbout(mergedAbout(before, about));
}

/** It is remembered until it would have expired, for whoever asks again; what it kept is the version's now. */
async function endPush(queries: Queries, id: string, at: string): Promise<void> {
  await queries.run("DELETE FROM push_parts WHERE push_id = ?", id);
  await queries.run("UPDATE pushes SET published_at = ?, content_digest = NULL, reserved_bytes = 0, upload = NULL WHERE id = ?", at, id);
}
