import type { ContentDocument } from "@bento/registry/wire";
import { createHash } from "node:crypto";
import { afterAll, beforeAll } from "vitest";
import type { Catalog, VersionAbout } from "../../src/catalog/catalog.js";
import { createCatalog } from "../../src/catalog/create-catalog.js";
import type { PushInput } from "../../src/catalog/push-catalog.js";
import type { Database } from "../../src/database/database.js";
import type { Quotas } from "../../src/limits/quotas.js";
import type { DatabaseFixture } from "../database-contract.js";

export const mib = 1024 * 1024;
/** 2026-01-02T03:04:05Z. */
const startOfTime = 1_767_323_045_000;
export const ttlMs = 3_600_000;

/** One database for the tests of a `describe`, with a clock that they move. Each test takes names of its own. */
export class CatalogFixture {
  readonly #fixture: DatabaseFixture;
  #database: Database | undefined;
  nowMs = startOfTime;

  constructor(fixture: DatabaseFixture) {
    this.#fixture = fixture;
    beforeAll(async () => {
      this.#database = await (await fixture.fresh()).open();
    });
    afterAll(async () => {
      await this.#database?.close();
    });
  }

  get database(): Database {
    if (this.#database === undefined) throw new Error("asked before the tests began");
    return this.#database;
  }

  get catalog(): Catalog {
    return this.over(this.database);
  }

  /** Another database, which nothing else is in. */
  async alone(quotas: Quotas = {}): Promise<{ readonly catalog: Catalog; readonly database: Database } & AsyncDisposable> {
    const database = await (await this.#fixture.fresh()).open();
    return { database, catalog: this.over(database, quotas), [Symbol.asyncDispose]: () => database.close() };
  }

  over(database: Database, quotas: Quotas = {}): Catalog {
    return createCatalog(database, { quotas, pushTtlMs: ttlMs, now: () => this.nowMs });
  }

  readonly now = (): number => this.nowMs;
}

export function about(change: Partial<VersionAbout> = {}): VersionAbout {
  return { description: "", labels: [], manifest: { module: "" }, buildAt: "2026-01-02 03:04:05.000006", ...change };
}

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** A content of files that are said to have such parts; each part is a MiB. */
export function contentOf(files: Readonly<Record<string, readonly string[]>>): ContentDocument {
  return {
    format: 1,
    partSize: mib,
    folders: [],
    files: Object.entries(files).map(([path, parts]) => ({
      path,
      size: parts.length * mib,
      executable: false,
      sha256: sha256(`file ${parts.join(" ")}`),
      parts: parts.map(sha256),
    })),
  };
}

/** A push of a model, with what a test says differently. */
export function pushOf(name: string, change: Partial<PushInput> = {}): PushInput {
  return {
    kind: "model",
    name,
    version: "v1",
    replaces: "never",
    by: "ann",
    about: about(),
    content: contentOf({ "model.yaml": [name] }),
    ...change,
  };
}

/** Does what a server does with the parts of a push, and answers which it stored. */
export async function sendParts(catalog: Catalog, push: string): Promise<readonly string[]> {
  const missing = await catalog.missingParts(push);
  for (const part of missing) {
    const { stored, size } = await catalog.holdPart(push, part);
    if (!stored) await catalog.addPart(push, part, size ?? 0);
  }
  return missing;
}

/** A whole push, from the first word to the version that can be seen. */
export async function publishModel(catalog: Catalog, name: string, change: Partial<PushInput> = {}): Promise<string> {
  const push = await catalog.beginPush(pushOf(name, change));
  await sendParts(catalog, push.id);
  return (await catalog.publishPush(push.id)).contentDigest ?? "";
}
