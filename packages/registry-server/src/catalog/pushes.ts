import { BentoError } from "@bento/core";
import type { ContentDocument } from "@bento/registry/wire";
import type { Queries } from "../database/database.js";
import type { CatalogContext } from "./context.js";
import { keepContent, type MeasuredContent, measured, missingBytesOf, missingOf } from "./contents.js";
import { publish } from "./publish.js";
import type { PushCatalog, PushInput } from "./push-catalog.js";
import { findPush, noSuchPush, pushOf, type PushRow } from "./push-rows.js";
import { checkTotalRoom, checkVersionRoom } from "./room.js";
import { checkNewTag } from "./versions.js";
import { checkedAbout, findVersion, type VersionRow } from "./version-rows.js";
import { checkText, newUid, timeText } from "../database/row-values.js";

/** Versions on their way. */
export function pushCatalog(context: CatalogContext): PushCatalog {
  const { database, now, quotas, pushTtlMs } = context;

  /** Changes a push that lives, and answers what it is afterwards; its end is put off with it. */
  async function change(id: string, work: (queries: Queries, row: PushRow) => Promise<unknown>): Promise<PushRow> {
    return await database.transaction(async (queries) => {
      const row = await findPush(queries, id, timeText(now()));
      if (row === undefined) throw noSuchPush(id);
      await work(queries, row);
      await queries.run("UPDATE pushes SET expires_at = ? WHERE id = ?", timeText(now() + pushTtlMs), id);
      return (await findPush(queries, id, timeText(now()))) ?? row;
    });
  }

  /** Notes what a push is going to send. What it sends for content that was not known before is stored already, or was counted. */
  async function setContent(queries: Queries, push: PushRow, content: MeasuredContent): Promise<void> {
    const tag = tagText(push);
    checkVersionRoom(quotas, tag, content.sizeBytes);
    await keepContent(queries, content);
    const bytes = await missingBytesOf(queries, content.digest);
    await queries.run("UPDATE pushes SET content_digest = ?, reserved_bytes = 0 WHERE id = ?", content.digest, push.id);
    await checkTotalRoom(queries, quotas, tag, bytes, timeText(now()));
    await queries.run("UPDATE pushes SET reserved_bytes = ? WHERE id = ?", bytes, push.id);
  }

  async function reserve(queries: Queries, push: PushRow, bytes: number): Promise<void> {
    checkVersionRoom(quotas, tagText(push), push.reserved_bytes + bytes);
    await checkTotalRoom(queries, quotas, tagText(push), bytes, timeText(now()));
    await queries.run("UPDATE pushes SET reserved_bytes = reserved_bytes + ? WHERE id = ?", bytes, push.id);
  }

  return {
    async beginPush(input) {
      checkNewTag(input.name, input.version);
      const said = input.about && checkedAbout(input.about);
      const content = input.content && measured(input.content);
      const id = newUid(now());
      return await database.transaction(async (queries) => {
        const at = timeText(now());
        const current = await findVersion(queries, input.kind, input.name, input.version);
        refuseWhereTaken(input, current);
        const same = content && (await samePush(queries, input, content, at));
        const began =
          same ?? (await insertPush(queries, input, { id, at, end: timeText(now() + pushTtlMs), base: current?.content_digest ?? null }));
        await queries.run(
          "UPDATE pushes SET about = ?, expires_at = ? WHERE id = ?",
          said ? JSON.stringify(said) : null,
          timeText(now() + pushTtlMs),
          began,
        );
        const push = await findPush(queries, began, at);
        if (push === undefined) throw noSuchPush(began);
        if (content !== undefined) await setContent(queries, push, content);
        else if (input.bytes !== undefined) await reserve(queries, push, input.bytes);
        return pushOf((await findPush(queries, began, at)) ?? push);
      });
    },

    async push(id) {
      const row = await findPush(database, id, timeText(now()));
      return row && pushOf(row);
    },

    async pushContent(id) {
      const row = await database.get<{ document: string }>(
        `SELECT document FROM pushes JOIN contents ON contents.digest = pushes.content_digest
         WHERE pushes.id = ? AND pushes.expires_at > ? AND pushes.published_at IS NULL`,
        id,
        timeText(now()),
      );
      return row && (JSON.parse(row.document) as ContentDocument);
    },

    async missingParts(id) {
      // Together with what is condemned meanwhile, not before or after it.
      return await database.transaction(async (queries) => {
        const row = await findPush(queries, id, timeText(now()));
        if (row === undefined) throw noSuchPush(id);
        return row.content_digest === null ? [] : await missingOf(queries, row.content_digest);
      });
    },

    touchPush: async (id) => pushOf(await change(id, async () => undefined)),

    async setPushContent(id, document) {
      const content = measured(document);
      return pushOf(await change(id, (queries, row) => setContent(queries, row, content)));
    },

    setPushUpload: async (id, upload) =>
      pushOf(await change(id, (queries) => queries.run("UPDATE pushes SET upload = ? WHERE id = ?", upload, id))),

    async reserveBytes(id, bytes) {
      await change(id, (queries, row) => reserve(queries, row, bytes));
    },

    publishPush: async (id, publishing = {}) => await publish(context, id, publishing),

    abortPush: async (id) => (await database.run("DELETE FROM pushes WHERE id = ? AND published_at IS NULL", id)) > 0,
  };
}

/** A push that was begun before, by the same and of the same: whoever lost its name goes on with it. */
async function samePush(queries: Queries, input: PushInput, content: MeasuredContent, at: string): Promise<string | undefined> {
  const row = await queries.get<{ id: string }>(
    `SELECT id FROM pushes WHERE content_digest = ? AND kind = ? AND name = ? AND version = ? AND replaces = ? AND pushed_by = ?
       AND expires_at > ? AND published_at IS NULL ORDER BY id LIMIT 1`,
    content.digest,
    input.kind,
    input.name,
    input.version,
    input.replaces,
    input.by,
    at,
  );
  return row?.id;
}

async function insertPush(
  queries: Queries,
  { kind, name, version, replaces, by }: PushInput,
  { id, at, end, base }: { readonly id: string; readonly at: string; readonly end: string; readonly base: string | null },
): Promise<string> {
  await queries.run(
    `INSERT INTO pushes (id, kind, name, version, replaces, pushed_by, base_digest, reserved_bytes, created_at, expires_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?) ON CONFLICT (id) DO NOTHING`,
    id,
    kind,
    name,
    version,
    replaces,
    checkText(by, "name"),
    base,
    at,
    end,
  );
  return id;
}

function refuseWhereTaken({ kind, name, version, replaces }: PushInput, current: VersionRow | undefined): void {
  if (replaces !== "never" || (current?.content_digest ?? null) === null) return;
  const [code, what] = kind === "model" ? (["BENTO_MODEL_EXISTS", "model"] as const) : (["BENTO_BENTO_EXISTS", "bento"] as const);
  throw new BentoError(code, `The registry has ${what} ${JSON.stringify(`${name}:${version}`)} already.`, {
    hint: "Push with force to replace it, or give it another version.",
  });
}

function tagText({ name, version }: { readonly name: string; readonly version: string }): string {
  return `${name}:${version}`;
}
