import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCatalog } from "../../packages/registry-server/src/catalog/create-catalog.js";
import type { Database } from "../../packages/registry-server/src/database/database.js";
import { openDatabase } from "../../packages/registry-server/src/database/open-database.js";
import { openPostgres } from "../../packages/registry-server/src/database/postgres.js";
import { describeCatalog } from "../../packages/registry-server/test/catalog-contract.js";
import { describeCollectingServers } from "../../packages/registry-server/test/collecting-servers-contract.js";
import { describeCollection } from "../../packages/registry-server/test/collection-contract.js";
import { type DatabaseFixture, describeDatabase } from "../../packages/registry-server/test/database-contract.js";
import { describePushes } from "../../packages/registry-server/test/push-contract.js";
import { about, contentOf, publishModel } from "../../packages/registry-server/test/support/catalog-fixture.js";
import { describeTokens } from "../../packages/registry-server/test/token-contract.js";
import { freePort } from "../support/free-port.js";
import { PostgresServer, postgresPassword } from "./support/postgres.js";

let server: PostgresServer;
let admin: Database;
let count = 0;

beforeAll(async () => {
  server = await PostgresServer.start();
  admin = await openPostgres(server.url("postgres"));
});

afterAll(async () => {
  await admin.close();
  await server[Symbol.asyncDispose]();
});

async function newDatabase(): Promise<string> {
  const name = `registry_${count++}`;
  await admin.run(`CREATE DATABASE ${name}`);
  return server.url(name);
}

const fixture: DatabaseFixture = {
  fresh: async () => {
    const url = await newDatabase();
    return { open: () => openDatabase(url) };
  },
};

describeDatabase("PostgreSQL", fixture);
describeCatalog("PostgreSQL", fixture);
describePushes("PostgreSQL", fixture);
describeCollection("PostgreSQL", fixture);
describeCollectingServers("PostgreSQL", fixture);
describeTokens("PostgreSQL", fixture);

it("takes back what was condemned while a push came to count on it", async () => {
  const database = await openPostgres(await newDatabase());
  const catalog = createCatalog(database);
  const content = contentOf({ a: ["wanted again"] });
  await publishModel(catalog, "old", { content });
  await catalog.deleteVersion("model", "old", "v1");
  await catalog.sweepContents();

  // Between the statement that condemns and the end of its transaction, nobody else sees what it did.
  let push: Promise<string> | undefined;
  const pauses = paused(database, async (sql) => {
    if (sql.startsWith("UPDATE parts SET condemned")) await (push ??= publishModel(catalog, "new", { content }));
  });
  const condemned: string[] = [];
  for await (const batch of createCatalog(pauses).condemnParts("9999-01-01T00:00:00.000Z")) condemned.push(...batch);

  expect(await push).toBe((await catalog.version("model", "new", "v1"))?.contentDigest);
  expect(condemned).toEqual([]);
  expect(await catalog.storedPart(content.files[0]?.parts[0] ?? "")).toBeGreaterThan(0);
  await database.close();
});

/** A database whose transactions wait after each of their changes. */
function paused(database: Database, after: (sql: string) => Promise<void>): Database {
  return {
    kind: database.kind,
    all: (sql, ...values) => database.all(sql, ...values),
    get: (sql, ...values) => database.get(sql, ...values),
    run: (sql, ...values) => database.run(sql, ...values),
    runSoon: (sql, ...values) => database.runSoon(sql, ...values),
    close: () => database.close(),
    transaction: (work) =>
      database.transaction((queries) =>
        work({
          all: (sql, ...values) => queries.all(sql, ...values),
          get: (sql, ...values) => queries.get(sql, ...values),
          run: async (sql, ...values) => {
            const changes = await queries.run(sql, ...values);
            await after(sql);
            return changes;
          },
        }),
      ),
  };
}

describe("a server of PostgreSQL that goes away", () => {
  it.each(["SIGKILL", "SIGINT"] as const)(
    "is waited for when %s ended it in the middle of pushes, and all that was answered is there",
    async (signal) => {
      const database = await openPostgres(await newDatabase(), { patienceMs: 60_000 });
      const catalog = createCatalog(database);
      const published: string[] = [];
      const end = new AbortController();
      const pusher = async (who: number): Promise<void> => {
        for (let index = 0; !end.signal.aborted; index++) {
          const name = `pusher-${who}-${index}`;
          await publishModel(catalog, name, {
            content: contentOf({ a: [name] }),
            about: about({ labels: [{ key: "who", value: `${who}` }] }),
          });
          published.push(name);
        }
      };
      const pushers = Array.from({ length: 4 }, (_, who) => pusher(who));
      await until(() => published.length >= 10);
      await server.stop(signal);
      await server.startAgain();
      const before = published.length;
      await until(() => published.length >= before + 10);
      end.abort();
      await Promise.all(pushers);

      const listed = (await catalog.versions("model")).items.map(({ name }) => name);
      expect(listed.toSorted()).toEqual(published.toSorted());
      expect((await catalog.versions("model", { q: "label:who=3" })).total).toBe(
        published.filter((name) => name.startsWith("pusher-3-")).length,
      );
      await database.close();
    },
  );

  it("fails with what to do where it stays away, and goes on when it is back", async () => {
    const url = await newDatabase();
    const impatient = await openPostgres(url, { patienceMs: 200 });
    const catalog = createCatalog(impatient);
    await publishModel(catalog, "before");
    await server.stop("SIGINT");
    const away = { code: "BENTO_UNAVAILABLE", retryAfterMs: 1000, message: expect.not.stringContaining(postgresPassword) as string };
    await expect(catalog.version("model", "before", "v1")).rejects.toMatchObject(away);
    await expect(catalog.createVersion("model", "during", "v1", about())).rejects.toMatchObject(away);
    await expect(catalog.deleteVersion("model", "before", "v1")).rejects.toMatchObject(away);
    await expect(openPostgres(url, { patienceMs: 200 })).rejects.toMatchObject(away);
    await server.startAgain();
    expect(await catalog.version("model", "before", "v1")).toMatchObject({ uploadStatus: "success" });
    expect(await catalog.version("model", "during", "v1")).toBeUndefined();
    await impatient.close();
  });

  it("loses nobody's work when an administrator ends every connection", async () => {
    const url = await newDatabase();
    const database = await openPostgres(url);
    const catalog = createCatalog(database);
    const name = new URL(url).pathname.slice(1);
    const pushes = Array.from({ length: 20 }, (_, index) => publishModel(catalog, `kept-${index}`));
    await until(async () => (await admin.all("SELECT pid FROM pg_stat_activity WHERE datname = ?", name)).length >= 3);
    await admin.all("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ?", name);
    await Promise.all(pushes);
    expect((await catalog.versions("model")).total).toBe(20);
    await database.close();
  });
});

describe("a server of PostgreSQL that falls silent", () => {
  it("is given up on, and what was begun there is never finished by somebody else's work", async () => {
    const database = await openPostgres(await newDatabase(), { patienceMs: 100, statementMs: 100, connections: 1 });
    const entry = "INSERT INTO audit VALUES (?, '', '', '', '', '', '', 0)";
    const cut = database.transaction(async (queries) => {
      await queries.run(entry, "cut off");
      server.silence(true);
      await queries.run(entry, "never heard");
    });
    await expect(cut).rejects.toMatchObject({ code: "BENTO_UNAVAILABLE" });
    await expect(database.all("SELECT id FROM audit")).rejects.toMatchObject({ code: "BENTO_UNAVAILABLE" });
    server.silence(false);
    await until(() => database.run(entry, "later").then(Boolean, () => false));
    expect(await database.all("SELECT id FROM audit")).toEqual([{ id: "later" }]);
    await database.close();
  });

  it("says so where one statement takes too long", async () => {
    const database = await openPostgres(await newDatabase(), { statementMs: 50 });
    await expect(database.all("SELECT pg_sleep(30)")).rejects.toMatchObject({ code: "BENTO_UNAVAILABLE", retryAfterMs: 1000 });
    await database.close();
  });
});

describe("opening PostgreSQL", () => {
  it("says who was refused, without the password", async () => {
    const wrong = server.url("postgres", "not-the-password");
    const refused = { code: "BENTO_CONFIG_INVALID", message: expect.not.stringContaining("not-the-password") as string };
    await expect(openDatabase(wrong)).rejects.toMatchObject(refused);
    await expect(openDatabase(server.url("no_such_database"))).rejects.toMatchObject({ code: "BENTO_CONFIG_INVALID" });
    await expect(openDatabase("postgres://user:p%40ss@[broken/registry")).rejects.toMatchObject({ code: "BENTO_CONFIG_INVALID" });
  });

  it("fails where nobody listens", async () => {
    const nobody = openPostgres(`postgres://a:b@127.0.0.1:${await freePort()}/x`, { patienceMs: 50 });
    await expect(nobody).rejects.toMatchObject({ code: "BENTO_UNAVAILABLE" });
  });
});

/** Lets everything else go on until something holds. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve));
}
