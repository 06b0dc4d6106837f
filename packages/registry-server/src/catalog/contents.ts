import { BentoError } from "@bento/core";
import { type ContentDocument, contentDigestText } from "@bento/registry/wire";
import { createHash } from "node:crypto";
import type { Queries } from "../database/database.js";

/** A content and what the catalog keeps of it. */
export interface MeasuredContent {
  readonly document: ContentDocument;
  readonly digest: string;
  /** Sum of the sizes of its files. */
  readonly sizeBytes: number;
  /** Each part once, with its size. */
  readonly parts: ReadonlyMap<string, number>;
}

/**
 * Digest and parts of a content.
 * @throws BENTO_BAD_REQUEST where a file has not the parts that its size asks for
 */
export function measured(document: ContentDocument): MeasuredContent {
  const parts = new Map<string, number>();
  let sizeBytes = 0;
  for (const file of document.files) {
    sizeBytes += file.size;
    if (file.parts.length !== Math.ceil(file.size / document.partSize)) throw badParts(file.path, `cannot have ${file.parts.length} parts`);
    for (const [index, sha256] of file.parts.entries()) {
      const size = Math.min(document.partSize, file.size - index * document.partSize);
      if ((parts.get(sha256) ?? size) !== size) throw badParts(file.path, `names part ${sha256} for bytes of another length`);
      parts.set(sha256, size);
    }
  }
  if (!Number.isSafeInteger(sizeBytes)) throw badParts("*", "are too large to be counted");
  const digest = createHash("sha256").update(contentDigestText(document)).digest("hex");
  return { document, digest, sizeBytes, parts };
}

function badParts(path: string, problem: string): BentoError {
  return new BentoError("BENTO_BAD_REQUEST", `File ${JSON.stringify(path.slice(0, 200))} of the content ${problem}.`, {
    hint: "Cut every file into parts of the content's partSize, the last one shorter, and none for an empty file.",
  });
}

/** Rows of one statement: SQLite takes 32,766 values in one, and what is sent at once should stay small. */
const rowsAtOnce = 500;

/** Keeps a content, if the same is not kept already. */
export async function keepContent(queries: Queries, { document, digest, sizeBytes, parts }: MeasuredContent): Promise<void> {
  const kept = await queries.get("SELECT digest FROM contents WHERE digest = ?", digest);
  if (kept !== undefined) return;
  await queries.run("INSERT INTO contents (digest, document, size_bytes) VALUES (?, ?, ?)", digest, JSON.stringify(document), sizeBytes);
  const all = [...parts];
  for (let from = 0; from < all.length; from += rowsAtOnce) {
    const rows = all.slice(from, from + rowsAtOnce);
    const values = rows.map(() => "(?, ?, ?)").join(", ");
    await queries.run(
      `INSERT INTO content_parts (content_digest, sha256, size) VALUES ${values}`,
      ...rows.flatMap(([sha256, size]) => [digest, sha256, size]),
    );
  }
}

const missing = `FROM content_parts WHERE content_digest = ?
  AND NOT EXISTS (SELECT 1 FROM parts WHERE parts.sha256 = content_parts.sha256 AND parts.condemned = 0)`;

/** Parts of a content that are not stored, or are about to go. */
export async function missingOf(queries: Queries, digest: string): Promise<readonly string[]> {
  const rows = await queries.all<{ sha256: string }>(`SELECT sha256 ${missing} ORDER BY sha256`, digest);
  return rows.map(({ sha256 }) => sha256);
}

/** Bytes of these. */
export async function missingBytesOf(queries: Queries, digest: string): Promise<number> {
  const row = await queries.get<{ bytes: number | null }>(`SELECT CAST(SUM(size) AS BIGINT) AS bytes ${missing}`, digest);
  return row?.bytes ?? 0;
}
