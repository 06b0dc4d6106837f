import { BentoError } from "@bento/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Database, Queries } from "../src/database/database.js";

/** Where a database is, and how to open it once more. */
export interface DatabaseFixture {
  /** A new database each time, empty of rows. */
  readonly fresh: () => Promise<{ readonly open: () => Promise<Database> }>;
}

/** What every database of the registry must do. */
export function describeDatabase(name: string, { fresh }: DatabaseFixture): void {
  describe(`database: ${name}`, () => {
    let open: () => Promise<Database>;
    let database: Database;

    beforeAll(async () => {
      ({ open } = await fresh());
      database = await open();
      await database.run("CREATE TABLE notes (id TEXT PRIMARY KEY, text_value TEXT, number_value BIGINT)");
    });

    afterAll(async () => {
      await database.close();
    });

    const note = async (queries: Queries, id: string, text: string | null, number: number | null): Promise<number> =>
      await queries.run("INSERT INTO notes (id, text_value, number_value) VALUES (?, ?, ?)", id, text, number);

    it("gives back text, whole numbers to 2^53, and null as they were put in", async () => {
      await note(database, "values", "ümlaut ' ? \u{1f600}", Number.MAX_SAFE_INTEGER);
      await note(database, "nulls", null, null);
      expect(await database.get("SELECT text_value, number_value FROM notes WHERE id = ?", "values")).toMatchObject({
        text_value: "ümlaut ' ? \u{1f600}",
        number_value: Number.MAX_SAFE_INTEGER,
      });
      expect(await database.get("SELECT text_value, number_value FROM notes WHERE id = ?", "nulls")).toMatchObject({
        text_value: null,
        number_value: null,
      });
    });

    it("counts and adds in numbers", async () => {
      await note(database, "sum-1", null, 2 ** 40);
      await note(database, "sum-2", null, 2 ** 40 + 1);
      const row = await database.get("SELECT COUNT(*) AS n, CAST(SUM(number_value) AS BIGINT) AS s FROM notes WHERE id LIKE 'sum-%'");
      expect(row).toMatchObject({ n: 2, s: 2 ** 41 + 1 });
    });

    it("says how many rows a statement changed, and nothing of what is not there", async () => {
      expect(await note(database, "changes", "a", 1)).toBe(1);
      const again = "INSERT INTO notes (id, text_value) VALUES (?, ?) ON CONFLICT (id) DO NOTHING";
      expect(await database.run(again, "changes", "b")).toBe(0);
      expect(await database.run("DELETE FROM notes WHERE id = ?", "no such id")).toBe(0);
      expect(await database.get("SELECT id FROM notes WHERE id = ?", "no such id")).toBeUndefined();
      expect(await database.all("SELECT id FROM notes WHERE id = ?", "no such id")).toEqual([]);
    });

    it("orders the text of its tables by bytes, whatever language the server is set to", async () => {
      const entry = "INSERT INTO audit (id, happened_at, action, target, address, status) VALUES (?, '', '', '', '', 0)";
      for (const id of ["b", "B", "a", "_", "ä"]) await database.run(entry, id);
      const rows = await database.all<{ id: string }>("SELECT id FROM audit ORDER BY id");
      expect(rows.map(({ id }) => id)).toEqual(["B", "_", "a", "b", "ä"]);
    });

    it("keeps nothing of work that throws, and throws what it threw", async () => {
      const failure = new BentoError("BENTO_CONFLICT", "for the test");
      const work = database.transaction(async (queries) => {
        await note(queries, "undone", null, null);
        throw failure;
      });
      await expect(work).rejects.toBe(failure);
      expect(await database.get("SELECT id FROM notes WHERE id = 'undone'")).toBeUndefined();
    });

    it("shows others nothing of work that is not done", async () => {
      await using second = await reopened();
      await database.transaction(async (queries) => {
        await note(queries, "hidden", null, 1);
        expect(await queries.get("SELECT id FROM notes WHERE id = 'hidden'")).toBeDefined();
        expect(await database.get("SELECT id FROM notes WHERE id = 'hidden'")).toBeUndefined();
        expect(await second.database.get("SELECT id FROM notes WHERE id = 'hidden'")).toBeUndefined();
      });
      expect(await database.get("SELECT id FROM notes WHERE id = 'hidden'")).toBeDefined();
      expect(await second.database.get("SELECT id FROM notes WHERE id = 'hidden'")).toBeDefined();
    });

    it("loses none of many changes that two openings make to one row at once", async () => {
      await using second = await reopened();
      await note(database, "counter", null, 0);
      const increment = async (at: Database): Promise<void> => {
        await at.transaction(async (queries) => {
          const row = await queries.get<{ number_value: number }>("SELECT number_value FROM notes WHERE id = 'counter'");
          await queries.run("UPDATE notes SET number_value = ? WHERE id = 'counter'", (row?.number_value ?? Number.NaN) + 1);
        });
      };
      await Promise.all(Array.from({ length: 40 }, (_, index) => increment(index % 2 === 0 ? database : second.database)));
      expect(await database.get("SELECT number_value FROM notes WHERE id = 'counter'")).toMatchObject({ number_value: 40 });
    });

    it("lets one of many that look and then insert win", async () => {
      const claim = async (who: number): Promise<boolean> =>
        await database.transaction(async (queries) => {
          if ((await queries.get("SELECT id FROM notes WHERE id = 'claim'")) !== undefined) return false;
          await note(queries, "claim", null, who);
          return true;
        });
      const won = await Promise.all(Array.from({ length: 10 }, (_, who) => claim(who)));
      expect(won.filter(Boolean)).toHaveLength(1);
    });

    it("makes its tables once however many open it at the same time", async () => {
      const { open: openNew } = await fresh();
      const opened = await Promise.all(Array.from({ length: 5 }, () => openNew()));
      for (const each of opened) expect(await each.get("SELECT COUNT(*) AS n FROM migrations WHERE step = 1")).toMatchObject({ n: 1 });
      await Promise.all(opened.map((each) => each.close()));
    });

    it("refuses tables that a newer registry has changed", async () => {
      const { open: openNew } = await fresh();
      const newer = await openNew();
      await newer.run("INSERT INTO migrations (step, applied_at) VALUES (?, ?)", 9999, "2999-01-01T00:00:00.000Z");
      await newer.close();
      await expect(openNew()).rejects.toMatchObject({ code: "BENTO_CONFIG_INVALID", message: expect.stringContaining("9999") as string });
    });

    async function reopened(): Promise<{ readonly database: Database } & AsyncDisposable> {
      const again = await open();
      return { database: again, [Symbol.asyncDispose]: () => again.close() };
    }
  });
}
