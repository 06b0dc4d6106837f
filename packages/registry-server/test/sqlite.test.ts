import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { expect, it } from "vitest";
import { openDatabase } from "../src/database/open-database.js";
import { openSqlite } from "../src/database/sqlite.js";
import { describeDatabase } from "./database-contract.js";
import { sqliteFixture } from "./support/sqlite-fixture.js";

const fixture = sqliteFixture();
describeDatabase("a file of SQLite", fixture);

/** Another process that keeps the file to itself until its input ends. */
async function keepBusy(path: string): Promise<{ readonly release: () => Promise<void> }> {
  const libsql = createRequire(import.meta.url).resolve("libsql");
  const script = `const db = new (require(${JSON.stringify(libsql)}))(${JSON.stringify(path)}); db.exec("BEGIN IMMEDIATE"); console.log("busy");
    process.stdin.resume().on("end", () => { db.exec("ROLLBACK"); db.close(); });`;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["pipe", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return {
    release: async () => {
      child.stdin.end();
      await once(child, "exit");
    },
  };
}

it("waits while another process writes, reads meanwhile, and gives up when its patience is over", async () => {
  const path = fixture.path();
  const database = await openSqlite(path);
  const impatient = await openSqlite(path, { patienceMs: 20 });
  const other = await keepBusy(path);

  const write = database.run("INSERT INTO audit VALUES ('a', '', '', '', '', '', '', 0)");
  await expect(impatient.run("DELETE FROM audit")).rejects.toMatchObject({ code: "BENTO_UNAVAILABLE", retryAfterMs: 1000 });
  expect(await database.all("SELECT id FROM audit")).toEqual([]);

  await other.release();
  expect(await write).toBe(1);
  await database.close();
  await impatient.close();
});

it("refuses a file that is no database, and a place where none can be", async () => {
  const path = fixture.path();
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, "not a database, whatever its name says ".repeat(100));
  await expect(openSqlite(path)).rejects.toMatchObject({ code: "BENTO_CONFIG_INVALID", message: expect.stringContaining(path) as string });
  await expect(openSqlite(`${path}/below/a/file.db`)).rejects.toMatchObject({ code: "BENTO_STORE_FAILED" });
  await expect(openSqlite(dirname(path))).rejects.toMatchObject({ code: "BENTO_STORE_FAILED" });
});

it("keeps nothing of work for which the disk has no room, and goes on when it has", async () => {
  const database = await openSqlite(fixture.path());
  const entry = (id: string): Promise<number> =>
    database.run("INSERT INTO audit VALUES (?, '', '', '', '', ?, '', 0)", id, "x".repeat(1_000_000));
  await database.run("PRAGMA max_page_count = 300");
  expect(await entry("fits")).toBe(1);
  await expect(entry("does not")).rejects.toMatchObject({ code: "BENTO_STORE_FAILED", message: expect.stringContaining("full") as string });
  await database.run("PRAGMA max_page_count = 10000");
  expect(await entry("fits again")).toBe(1);
  expect(await database.all("SELECT id FROM audit ORDER BY id")).toEqual([{ id: "fits" }, { id: "fits again" }]);
  await database.close();
});

it("opens paths and file: URLs, and no other scheme, whose password it does not repeat", async () => {
  const path = fixture.path();
  const first = await openDatabase(path);
  await first.run("INSERT INTO audit VALUES ('kept', '', '', '', '', '', '', 0)");
  await first.close();
  const second = await openDatabase(`file://${path}`);
  expect(await second.all("SELECT id FROM audit")).toEqual([{ id: "kept" }]);
  await second.close();
  const refused = openDatabase("mysql://me:secret@localhost/registry");
  await expect(refused).rejects.toMatchObject({ code: "BENTO_CONFIG_INVALID", message: expect.not.stringContaining("secret") as string });
});
