import type { Queries } from "../database/database.js";
import type { Condition } from "./version-filter.js";

/** A page as it was asked for, and how many rows were found for it. */
interface FoundPage {
  readonly start: number;
  readonly count: number;
  readonly found: number;
}

/** How many rows there are in all. A page with room left says so itself: whoever looks for what is rare waits for one look at all rows. */
export async function totalOf(
  queries: Queries,
  table: "repositories" | "versions",
  { sql, values }: Condition,
  { start, count, found }: FoundPage,
): Promise<number> {
  if (found < count && (found > 0 || start === 0)) return start + found;
  const counted = await queries.get<{ total: number }>(`SELECT COUNT(*) AS total FROM ${table} WHERE ${sql}`, ...values);
  return counted?.total ?? 0;
}
