import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createAuditLog } from "../src/audit/audit-log.js";
import { FolderBlobStore } from "../src/blobs/folder.js";
import type { Catalog } from "../src/catalog/catalog.js";
import { createCatalog } from "../src/catalog/create-catalog.js";
import { collect, type CollectParts } from "../src/collect/collect.js";
import { FolderUploads } from "../src/uploads/folder.js";
import type { Database } from "../src/database/database.js";
import type { DatabaseFixture } from "./database-contract.js";
import type { MadeFiles } from "./support/made-item.js";
import { pushModel, storedIn } from "./support/pushed-model.js";

/** Everything is old enough. */
const atOnce = { graceMs: -60_000 };

/** Several servers over one database collect one at a time: the same over every database. */
export function describeCollectingServers(title: string, databases: DatabaseFixture): void {
  describe(`collecting servers: ${title}`, () => {
    it("gives the lease to one of many that ask, and to the next when it has ended or its time is over", async () => {
      await using servers = await twoServers(databases);
      const [here, there] = servers.stores.map(({ catalog }) => catalog) as [Catalog, Catalog];
      const asked = Array.from({ length: 8 }, (_, index) => `server ${index}`);
      const got = await Promise.all(asked.map((who, index) => (index % 2 === 0 ? here : there).leaseCollection(who, 60_000)));
      expect(got.filter(Boolean)).toHaveLength(1);
      const holder = asked[got.indexOf(true)] ?? "";
      // Whose answer got lost asks again.
      expect(await there.leaseCollection(holder, 60_000)).toBe(true);
      await there.endCollection("another");
      expect([await here.renewCollection("another", 60_000), await here.leaseCollection("another", 60_000)]).toEqual([false, false]);
      await here.endCollection(holder);
      expect(await there.leaseCollection("next", 0)).toBe(true);
      // Whose time is over goes on as long as nobody else has come; after that it may neither go on nor end what is another's.
      expect(await there.renewCollection("next", 0)).toBe(true);
      expect(await here.leaseCollection("heir", 0)).toBe(true);
      expect(await here.renewCollection("heir", 60_000)).toBe(true);
      expect(await there.renewCollection("next", 60_000)).toBe(false);
      await there.endCollection("next");
      expect(await there.leaseCollection("next", 60_000)).toBe(false);
    });

    it("collects on one server while the other is told, and removes nothing twice", async () => {
      await using servers = await twoServers(databases);
      const [here, there] = servers.stores;
      await leave(here, { a: "a", b: "b" });
      const told: unknown[] = [];
      const collected = await collect(
        pausing(here, async () => void told.push(await collect(there, atOnce))),
        atOnce,
      );
      expect([told, collected]).toMatchObject([[undefined], { parts: 2 }]);
      expect([servers.removed.length, new Set(servers.removed).size]).toEqual([2, 2]);
      expect(await collect(there, atOnce)).toMatchObject({ parts: 0 });
    });

    it("takes over from a server that died, once its time is over", async () => {
      await using servers = await twoServers(databases);
      const [here, there] = servers.stores;
      await leave(here, { a: "a" });
      await here.catalog.leaseCollection("dead", 60_000);
      expect(await collect(there, atOnce)).toBeUndefined();
      await here.catalog.renewCollection("dead", 0);
      expect(await collect(there, atOnce)).toMatchObject({ parts: 1 });
    });

    it("stops where another has taken over while it slept, and leaves what was pushed again meanwhile", async () => {
      await using servers = await twoServers(databases);
      const [here, there] = servers.stores;
      await leave(here, { a: "a" });
      const sleeper = pausing(here, async () => {
        expect(await collect(there, atOnce)).toMatchObject({ parts: 1 });
        await pushModel(there, "m:again", { a: "a" });
      });
      await expect(collect(sleeper, { ...atOnce, leaseMs: 0 })).rejects.toMatchObject({ code: "BENTO_CONFLICT" });
      expect((await storedIn(here.blobs)).size).toBe(1);
    });
  });
}

/** Leaves parts that nobody needs. */
async function leave(stores: Parameters<typeof pushModel>[0], files: MadeFiles): Promise<void> {
  await pushModel(stores, "m:gone", files);
  await stores.catalog.deleteVersion("model", "m", "gone");
}

/** A server that does something else between having condemned parts and removing them. */
function pausing<Stores extends CollectParts>(stores: Stores, pause: () => Promise<void>): Stores {
  const condemnParts = async function* (before: string): AsyncGenerator<readonly string[], void> {
    for await (const batch of stores.catalog.condemnParts(before)) {
      await pause();
      yield batch;
    }
  };
  return { ...stores, catalog: { ...stores.catalog, condemnParts } };
}

/** A folder of blobs that notes what it is asked to remove. */
class WatchedBlobs extends FolderBlobStore {
  readonly #removed: string[];

  constructor(root: string, removed: string[]) {
    super(root);
    this.#removed = removed;
  }

  override async delete(sha256: string): Promise<void> {
    this.#removed.push(sha256);
    await super.delete(sha256);
  }
}

/** Two servers over one database and one folder. */
async function twoServers(databases: DatabaseFixture) {
  const root = await mkdtemp(join(tmpdir(), "bento-collecting-"));
  const { open } = await databases.fresh();
  const opened = await Promise.all([open(), open()]);
  /** By both. */
  const removed: string[] = [];
  const storesOver = (database: Database) => ({
    catalog: createCatalog(database),
    blobs: new WatchedBlobs(root, removed),
    uploads: new FolderUploads(join(root, "uploads")),
    audit: createAuditLog(database),
  });
  return {
    stores: [storesOver(opened[0]), storesOver(opened[1])] as const,
    removed,
    [Symbol.asyncDispose]: async () => {
      for (const database of opened) await database.close();
      await rm(root, { recursive: true });
    },
  };
}
