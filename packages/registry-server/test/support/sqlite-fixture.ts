import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { openSqlite } from "../../src/database/sqlite.js";
import type { DatabaseFixture } from "../database-contract.js";

/** New files of SQLite in a folder that goes with the tests of this file. */
export function sqliteFixture(): DatabaseFixture & { readonly path: () => string } {
  let folder = "";
  let count = 0;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "bento-registry-database-"));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });
  const path = (): string => join(folder, `${count++}`, "registry.db");
  return {
    path,
    fresh: async () => {
      const mine = path();
      return { open: () => openSqlite(mine) };
    },
  };
}
