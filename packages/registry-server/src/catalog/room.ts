import { BentoError } from "@bento/core";
import type { Queries } from "../database/database.js";
import type { Quotas } from "../limits/quotas.js";

/** @throws BENTO_QUOTA_EXCEEDED where a version would be larger than one may be */
export function checkVersionRoom({ versionBytes }: Quotas, tag: string, bytes: number): void {
  if (versionBytes === undefined || bytes <= versionBytes) return;
  throw new BentoError("BENTO_QUOTA_EXCEEDED", `${JSON.stringify(tag)} takes ${bytes} bytes; a version may take ${versionBytes} here.`, {
    hint: "Make it smaller, or ask who runs the registry for more room.",
  });
}

/**
 * Whether what is stored, what pushes under way are going to bring, and `bytes` more have room.
 * @throws BENTO_QUOTA_EXCEEDED where they have not
 */
export async function checkTotalRoom(queries: Queries, { totalBytes }: Quotas, tag: string, bytes: number, at: string): Promise<void> {
  if (totalBytes === undefined) return;
  const promised = await queries.get<{ bytes: number | null }>(
    "SELECT CAST(SUM(reserved_bytes) AS BIGINT) AS bytes FROM pushes WHERE expires_at > ? AND published_at IS NULL",
    at,
  );
  const taken = (await storedBytesOf(queries)) + (promised?.bytes ?? 0);
  if (taken + bytes <= totalBytes) return;
  throw new BentoError(
    "BENTO_QUOTA_EXCEEDED",
    `${JSON.stringify(tag)} needs ${bytes} bytes more; ${taken} of ${totalBytes} bytes are taken.`,
    {
      hint: "Delete versions that nobody needs, or ask who runs the registry for more room.",
    },
  );
}

/** Bytes of all parts that are stored. */
export async function storedBytesOf(queries: Queries): Promise<number> {
  const row = await queries.get<{ bytes: number | null }>("SELECT CAST(SUM(size) AS BIGINT) AS bytes FROM parts WHERE condemned = 0");
  return row?.bytes ?? 0;
}
