import { afterAll, beforeAll, expect, it } from "vitest";
import type { Catalog } from "../src/catalog/catalog.js";
import { createCatalog } from "../src/catalog/create-catalog.js";
import type { Database, SqlValue } from "../src/database/database.js";
import { about } from "./support/catalog-fixture.js";
import { sqliteFixture } from "./support/sqlite-fixture.js";

const fixture = sqliteFixture();
const versions = 1000;

interface Statement {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

let database: Database;

beforeAll(async () => {
  database = await (await fixture.fresh()).open();
  const first = await createCatalog(database).createVersion("model", "first", "v1", about());
  await database.transaction(async (queries) => {
    for (let index = 0; index < versions; index++) {
      await queries.run(
        "INSERT INTO repositories SELECT ?, kind, ?, '', created_at, updated_at FROM repositories WHERE name = 'first'",
        `r${index}`,
        `m${index}`,
      );
      await queries.run(
        `INSERT INTO versions (uid, kind, name, version, description, labels, manifest, module, build_at, created_at, updated_at, upload_status,
           upload_finished_reason) SELECT ?, kind, ?, version, description, labels, manifest, module, build_at, created_at, updated_at, 'success', ''
         FROM versions WHERE uid = ?`,
        `v${index}`,
        `m${index}`,
        first.version.uid,
      );
    }
    await queries.run("ANALYZE");
  });
});

afterAll(async () => {
  await database.close();
});

/** How SQLite goes about what a catalog asks it for. */
async function planned(ask: (catalog: Catalog) => Promise<unknown>): Promise<readonly (readonly string[])[]> {
  const statements: Statement[] = [];
  const noted = (sql: string, values: readonly SqlValue[]): void => {
    statements.push({ sql, values });
  };
  const recording: Database = {
    kind: "sqlite",
    all: (sql, ...values) => {
      noted(sql, values);
      return database.all(sql, ...values);
    },
    get: (sql, ...values) => {
      noted(sql, values);
      return database.get(sql, ...values);
    },
    run: (sql, ...values) => database.run(sql, ...values),
    runSoon: (sql, ...values) => database.runSoon(sql, ...values),
    transaction: (work) => database.transaction(work),
    close: () => database.close(),
  };
  await ask(createCatalog(recording));
  const plans = statements.map(({ sql, values }) => database.all<{ readonly detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...values));
  return (await Promise.all(plans)).map((steps) => steps.map(({ detail }) => detail));
}

/** Steps that look at every row, or put them in order only when they are all there. */
function slowSteps(plans: readonly (readonly string[])[]): readonly string[] {
  return plans.flatMap((plan) => plan.filter((step) => /^SCAN (?!page)|TEMP B-TREE/.test(step)));
}

it.each<[string, (catalog: Catalog) => Promise<unknown>, number]>([
  ["versions of all repositories", (catalog) => catalog.versions("model", { start: 900, count: 50 }), 2],
  ["versions that are not done as well", (catalog) => catalog.versions("model", { count: 50, unfinished: true }), 2],
  ["versions of one repository", (catalog) => catalog.versions("model", { name: "m7", count: 50 }), 1],
  ["repositories with their newest version", (catalog) => catalog.repositories("model", { start: 900, count: 50 }), 3],
  ["repositories by their names", (catalog) => catalog.repositoriesNamed("model", ["m7", "m8", "absent"]), 2],
  ["the newest version of one", (catalog) => catalog.version("model", "m7", "latest"), 1],
])("finds a page of %s by an index, in the same few statements however long it is", async (_, ask, count) => {
  const plans = await planned(ask);
  expect(slowSteps(plans)).toEqual([]);
  expect(plans).toHaveLength(count);
});

it("counts and skips versions that are done by what the index says of them alone", async () => {
  const [page, total] = await planned((catalog) => catalog.versions("model", { start: 900, count: 50 }));
  expect(page?.join()).toContain("INDEX versions_by_status (kind=? AND upload_status=?)");
  expect(total?.join()).toContain("COVERING INDEX versions_by_status");
});

it.each([
  ["words", "quantized onnx"],
  ["labels", "label:team=vision -label:old"],
])("looks for %s once, not version by version, and never at whole rows", async (_, q) => {
  const plans = await planned((catalog) => catalog.versions("model", { q, count: 50 }));
  expect(plans).toHaveLength(1);
  for (const steps of plans) {
    expect(steps.filter((step) => step.startsWith("LIST SUBQUERY"))).toHaveLength(2);
    expect(steps.filter((step) => step.startsWith("CORRELATED"))).toEqual([]);
    expect(steps.filter((step) => /^(SCAN|SEARCH) versions\b/.test(step) && !/COVERING|\(uid=\?\)/.test(step))).toEqual([]);
  }
});
