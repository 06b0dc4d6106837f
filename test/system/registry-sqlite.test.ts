import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { createCatalog } from "../../packages/registry-server/src/catalog/create-catalog.js";
import { openSqlite } from "../../packages/registry-server/src/database/sqlite.js";
import { temporaryHome } from "./support/temporary-home.js";

const script = fileURLToPath(new URL("support/catalog-worker.mjs", import.meta.url));
// Built: what a process of its own runs.
const modules = new URL("../../packages/registry-server/dist/", import.meta.url).href;

it("keeps a file of SQLite whole, and all that was answered in it, while several processes write and are killed", async () => {
  await using home = await temporaryHome();
  const path = join(home.path, "registry.db");
  await (await openSqlite(path)).close();

  const published: string[] = [];
  const news = new EventEmitter();
  let started = 0;
  const start = (): ChildProcess => {
    const child = spawn(process.execPath, [script, modules, path, `w${started++}`], { stdio: ["ignore", "pipe", "inherit"] });
    createInterface({ input: child.stdout }).on("line", (name) => {
      published.push(name);
      news.emit("published");
    });
    return child;
  };
  const kill = async (child: ChildProcess): Promise<void> => {
    const closed = once(child, "close");
    child.kill("SIGKILL");
    await closed;
  };

  const workers = [start(), start(), start()];
  for (let round = 0; round < 15; round++) {
    // What the others finish is no moment that the victim knows of.
    for (let more = 1 + ((round * 7) % 5); more > 0; more--) await once(news, "published");
    const victim = workers.shift();
    if (victim !== undefined) await kill(victim);
    workers.push(start());
  }
  await Promise.all(workers.map(kill));

  const database = await openSqlite(path);
  const catalog = createCatalog(database);
  expect(await database.all("PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
  expect(await database.all("PRAGMA foreign_key_check")).toEqual([]);
  const versions = (await catalog.versions("model", { unfinished: true })).items;
  // A process may be killed after its last commit and before it says so.
  expect(new Set(versions.map(({ name }) => name))).toEqual(new Set([...published, ...versions.map(({ name }) => name)]));
  expect(versions.filter(({ uploadStatus, sizeBytes }) => uploadStatus !== "success" || sizeBytes !== 6 * 1024 * 1024)).toEqual([]);
  const missing = await database.all(
    `SELECT versions.name FROM versions JOIN content_parts ON content_parts.content_digest = versions.content_digest
     WHERE NOT EXISTS (SELECT 1 FROM parts WHERE parts.sha256 = content_parts.sha256)`,
  );
  expect(missing).toEqual([]);
  expect(versions.length - published.length).toBeLessThanOrEqual(started);
  await database.close();
});
