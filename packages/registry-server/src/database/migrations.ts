import { BentoError } from "@bento/core";
import type { Database, Queries } from "./database.js";
import { schemaSteps } from "./schema.js";

const applied = "CREATE TABLE IF NOT EXISTS migrations (step INTEGER PRIMARY KEY, applied_at TEXT NOT NULL)";

/**
 * Brings the tables up to date, step by step. The caller has begun a transaction and sees to it that nobody else does the same meanwhile.
 * @throws BENTO_CONFIG_INVALID where a newer version of the registry has been at this database
 */
export async function migrate(queries: Queries, kind: Database["kind"], where: string): Promise<void> {
  await queries.run(inDialect(applied, kind));
  const last = await queries.get<{ step: number | null }>("SELECT MAX(step) AS step FROM migrations");
  const done = last?.step ?? 0;
  if (done > schemaSteps.length) {
    throw new BentoError(
      "BENTO_CONFIG_INVALID",
      `The database ${JSON.stringify(where)} is of a newer registry: its tables are at step ${done}.`,
      {
        hint: `This registry knows steps up to ${schemaSteps.length}. Update it, or name another database.`,
      },
    );
  }
  for (const [index, statements] of schemaSteps.entries()) {
    if (index < done) continue;
    for (const statement of statements) await queries.run(inDialect(statement, kind));
    await queries.run("INSERT INTO migrations (step, applied_at) VALUES (?, ?)", index + 1, new Date().toISOString());
  }
}

/** Text is compared byte by byte in both, whatever language a server of PostgreSQL is set to. */
function inDialect(statement: string, kind: Database["kind"]): string {
  return kind === "postgres" ? statement.replaceAll(/\bTEXT\b/g, 'TEXT COLLATE "C"') : statement;
}
