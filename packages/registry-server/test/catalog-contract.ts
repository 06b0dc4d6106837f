import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Label } from "../src/catalog/catalog.js";
import { schemaSteps } from "../src/database/schema.js";
import type { DatabaseFixture } from "./database-contract.js";
import { about, CatalogFixture, publishModel } from "./support/catalog-fixture.js";

/** Repositories, versions, lists and searches: the same over every database. */
export function describeCatalog(title: string, databases: DatabaseFixture): void {
  describe(`catalog: ${title}`, () => {
    const fixture = new CatalogFixture(databases);

    it("makes a repository once, and keeps models and bentos apart", async () => {
      const { catalog } = fixture;
      const [first, second] = await Promise.all([
        catalog.createRepository("model", "once", "the first"),
        catalog.createRepository("model", "once"),
      ]);
      expect(second.uid).toBe(first.uid);
      expect(await catalog.repository("model", "once")).toMatchObject({ kind: "model", name: "once", latest: null });
      expect(await catalog.repository("bento", "once")).toBeUndefined();
    });

    it("keeps all that is said of a version", async () => {
      const { catalog } = fixture;
      const said = about({
        description: "ümlaut\nand a line",
        labels: [
          { key: "stage", value: "dev" },
          { key: "", value: "empty key" },
        ],
        manifest: { module: "bentoml.onnx", api_version: "v1", metadata: { acc: 0.9, nul: "\0" }, size_bytes: 2 ** 52 },
      });
      const { version, created } = await catalog.createVersion("model", "said", "v1", said);
      expect(created).toBe(true);
      expect(version).toMatchObject({ ...said, buildAt: "2026-01-02T03:04:05.000006Z" });
      expect(version).toMatchObject({ uploadStatus: "pending", contentDigest: null, sizeBytes: null, uploadId: null, archiveSha256: null });
      expect(await catalog.version("model", "said", "v1")).toEqual(version);
      expect(await catalog.version("bento", "said", "v1")).toBeUndefined();
      expect(await catalog.repository("model", "said")).toBeDefined();
    });

    it("takes on what is said anew of a version without content, and makes one of two that are made at once", async () => {
      const { catalog } = fixture;
      const both = await Promise.all(
        ["a", "b"].map((description) => catalog.createVersion("bento", "twice", "v1", about({ description }))),
      );
      expect(both.filter(({ created }) => created)).toHaveLength(1);
      const { version } = await catalog.createVersion(
        "bento",
        "twice",
        "v1",
        about({ description: "c", labels: [{ key: "new", value: "1" }] }),
      );
      expect(version).toMatchObject({ uid: both[0]?.version.uid, description: "c", labels: [{ key: "new", value: "1" }] });
      expect((await catalog.versions("bento", { name: "twice", q: "label:new=1", unfinished: true })).total).toBe(1);
    });

    it("changes what is said, and nothing else", async () => {
      const { catalog } = fixture;
      const { version } = await catalog.createVersion(
        "bento",
        "changing",
        "v1",
        about({ labels: [{ key: "old", value: "1" }], description: "d" }),
      );
      const changed = await catalog.updateVersion("bento", "changing", "v1", { labels: [{ key: "new", value: "2" }] });
      expect(changed).toEqual({ ...version, labels: [{ key: "new", value: "2" }], updatedAt: changed?.updatedAt });
      const found = async (q: string): Promise<number> =>
        (await catalog.versions("bento", { q, name: "changing", unfinished: true })).total;
      expect(await Promise.all(["label:old=1", "label:new=2", "label:new", "label:new=1"].map(found))).toEqual([0, 1, 1, 0]);
      expect(await catalog.updateVersion("bento", "changing", "v2", {})).toBeUndefined();
    });

    it("notes how an upload goes, and leaves what is published alone", async () => {
      const { catalog } = fixture;
      await catalog.createVersion("model", "uploading", "v1", about());
      const started = await catalog.updateUpload("model", "uploading", "v1", {
        uploadStatus: "uploading",
        uploadId: "u1",
        transmissionStrategy: "proxy",
      });
      expect(started).toMatchObject({
        uploadStatus: "uploading",
        uploadId: "u1",
        transmissionStrategy: "proxy",
        uploadStartedAt: expect.any(String) as string,
      });
      const failed = await catalog.updateUpload("model", "uploading", "v1", { uploadStatus: "failed", uploadFinishedReason: "cut off" });
      expect(failed).toMatchObject({
        uploadStatus: "failed",
        uploadFinishedReason: "cut off",
        uploadFinishedAt: expect.any(String) as string,
      });

      await publishModel(catalog, "uploading");
      for (const uploadStatus of ["uploading", "failed", "pending"] as const) {
        expect(await catalog.updateUpload("model", "uploading", "v1", { uploadStatus })).toMatchObject({ uploadStatus: "success" });
      }
      expect((await catalog.createVersion("model", "uploading", "v1", about({ description: "other" }))).version.description).toBe("");
    });

    it("calls the successful version latest that was built last, to the microsecond", async () => {
      const { catalog } = fixture;
      await publishModel(catalog, "newest", { version: "old", about: about({ buildAt: "2026-01-02 03:04:05.000001" }) });
      await publishModel(catalog, "newest", { version: "new", about: about({ buildAt: "2026-01-02T04:04:05.000002+01:00" }) });
      await catalog.createVersion("model", "newest", "unfinished", about({ buildAt: "2027-01-01 00:00:00" }));
      expect((await catalog.version("model", "newest", "latest"))?.version).toBe("new");
      expect((await catalog.repository("model", "newest"))?.latest?.version).toBe("new");
      expect((await catalog.content("model", "newest", "latest"))?.version).toBe("new");
      expect((await catalog.versions("model", { name: "newest" })).items.map(({ version }) => version)).toEqual(["new", "old"]);
      const all = await catalog.versions("model", { name: "newest", unfinished: true });
      expect(all.items.map(({ version }) => version)).toEqual(["unfinished", "new", "old"]);
      expect(await catalog.version("model", "no-such-name", "latest")).toBeUndefined();
    });

    it("lists repositories by name, each with its newest version", async () => {
      await using own = await fixture.alone();
      for (const name of ["b", "a", "c-x"]) await publishModel(own.catalog, name);
      await own.catalog.createRepository("model", "empty", "For X");
      const page = await own.catalog.repositories("model");
      expect(page.items.map(({ name, latest }) => [name, latest?.version])).toEqual([
        ["a", "v1"],
        ["b", "v1"],
        ["c-x", "v1"],
        ["empty", undefined],
      ]);
      expect(await own.catalog.repositories("model", { start: 1, count: 2 })).toMatchObject({
        start: 1,
        count: 2,
        total: 4,
        items: [{ name: "b" }, { name: "c-x" }],
      });
      expect((await own.catalog.repositories("model", { search: "X" })).items.map(({ name }) => name)).toEqual(["c-x", "empty"]);
      expect((await own.catalog.repositories("bento")).total).toBe(0);
      for (const start of [0, 3, 4, 9]) expect((await own.catalog.repositories("model", { start, count: 4 })).total).toBe(4);
      const named = await own.catalog.repositoriesNamed("model", ["empty", "absent", "b"]);
      expect(Object.fromEntries(named.map(({ name, latest }) => [name, latest?.version]))).toEqual({ b: "v1", empty: undefined });
      const many = Array.from({ length: 250 }, (_, index) => (index === 249 ? "a" : `absent-${index}`));
      expect((await own.catalog.repositoriesNamed("model", many)).map(({ name }) => name)).toEqual(["a"]);
      expect(await own.catalog.repositoriesNamed("model", [])).toEqual([]);
    });

    it("deletes a version, and a repository with all of its versions", async () => {
      const { catalog } = fixture;
      await publishModel(catalog, "going", { version: "v1", about: about({ labels: [{ key: "k", value: "v" }] }) });
      await publishModel(catalog, "going", { version: "v2" });
      expect(await catalog.deleteVersion("model", "going", "v2")).toBe(true);
      expect(await catalog.deleteVersion("model", "going", "v2")).toBe(false);
      expect(await catalog.version("model", "going", "v1")).toBeDefined();
      expect(await catalog.deleteRepository("model", "going")).toBe(true);
      expect(await catalog.deleteRepository("model", "going")).toBe(false);
      expect(await catalog.version("model", "going", "v1")).toBeUndefined();
      expect((await catalog.versions("model", { name: "going", unfinished: true })).total).toBe(0);
    });

    it.each(["../up", "a/b", "Upper", "%2f", "a\0", "ünicode", "", "a".repeat(64), "-a", "a'; DROP TABLE versions; --"])(
      "refuses %j as a name or version",
      async (bad) => {
        const { catalog } = fixture;
        const refused = { code: "BENTO_TAG_INVALID" };
        await expect(catalog.version("model", bad, "v1")).rejects.toMatchObject(refused);
        await expect(catalog.version("model", "name", bad)).rejects.toMatchObject(refused);
        await expect(catalog.createRepository("model", bad)).rejects.toMatchObject(refused);
        await expect(catalog.createVersion("model", "name", bad, about())).rejects.toMatchObject(refused);
        await expect(catalog.versions("model", { name: bad })).rejects.toMatchObject(refused);
        await expect(catalog.content("model", bad, "v1")).rejects.toMatchObject(refused);
        await expect(catalog.deleteRepository("model", bad)).rejects.toMatchObject(refused);
      },
    );

    it("has no version that is called latest", async () => {
      await expect(fixture.catalog.createVersion("model", "name", "latest", about())).rejects.toMatchObject({ code: "BENTO_TAG_INVALID" });
    });

    it.each([{ start: -1 }, { count: 1.5 }, { count: Number.NaN }, { q: "sort:name" }, { q: "label:" }, { search: "nul\0" }])(
      "refuses to list by %j",
      async (query) => {
        await expect(fixture.catalog.versions("model", query)).rejects.toMatchObject({ code: "BENTO_BAD_REQUEST" });
      },
    );

    it.each(["yesterday", "2026-13-01 00:00:00", "2026-01-02", "", "99999-01-01T00:00:00Z"])(
      "refuses %j as the time of a build",
      async (buildAt) => {
        await expect(fixture.catalog.createVersion("model", "timeless", "v1", about({ buildAt }))).rejects.toMatchObject({
          code: "BENTO_BAD_REQUEST",
        });
      },
    );

    it("finds words as they stand, whatever they mean in SQL", async () => {
      await using own = await fixture.alone();
      const said = { one: "100% sure", two: "a_b", three: "axb!", four: "What's \\ THIS" };
      for (const [version, description] of Object.entries(said))
        await own.catalog.createVersion("model", "words", version, about({ description }));
      const find = async (search: string): Promise<readonly string[]> =>
        (await own.catalog.versions("model", { search, unfinished: true })).items.map(({ version }) => version).toSorted();
      expect(await find("%")).toEqual(["one"]);
      expect(await find("a_b")).toEqual(["two"]);
      expect(await find("b!")).toEqual(["three"]);
      expect(await find("what's \\ this")).toEqual(["four"]);
      expect(await find("WORDS")).toHaveLength(4);
      expect(await find("wordsfour")).toEqual([]);
      await own.catalog.updateVersion("model", "words", "one", { description: "Rather sure" });
      expect([await find("100%"), await find("rather")]).toEqual([[], ["one"]]);
    });

    it("finds words of versions that are older than its list of words", async () => {
      await using own = await fixture.alone();
      for (const description of ["Plain", "ÄRA \u{1f600}"]) {
        await own.catalog.createVersion("model", "old", `v${description.length}`, about({ description }));
      }
      const words = () => own.database.all("SELECT * FROM version_words ORDER BY version_uid");
      const before = await words();
      expect(before).toHaveLength(2);
      await own.database.run("DELETE FROM version_words");
      for (const statement of schemaSteps.flat()) if (statement.startsWith("INSERT INTO version_words")) await own.database.run(statement);
      expect(await words()).toEqual(before);
    });

    it("pages through every list as if it were cut from the whole", async () => {
      await using own = await fixture.alone();
      const times = fc.sample(fc.integer({ min: 0, max: 9 }), { numRuns: 25, seed: 1 });
      for (const [index, second] of times.entries()) {
        await own.catalog.createVersion("model", `paged-${index % 3}`, `v${index}`, about({ buildAt: `2026-01-01 00:00:0${second}` }));
      }
      const whole = await own.catalog.versions("model", { unfinished: true });
      expect(whole).toMatchObject({ start: 0, count: 25, total: 25 });
      const built = whole.items.map(({ buildAt }) => buildAt);
      expect(built).toEqual(built.toSorted().toReversed());
      const window = fc.record({ start: fc.nat(30), count: fc.nat(30), search: fc.constantFrom("", "paged-1") });
      await fc.assert(
        fc.asyncProperty(window, async ({ start, count, search }) => {
          const found = whole.items.filter(({ name }) => name.includes(search));
          const page = await own.catalog.versions("model", { start, count, search, unfinished: true });
          expect(page.items).toEqual(found.slice(start, start + count));
          expect(page).toMatchObject({ start, count: page.items.length, total: found.length });
        }),
        { numRuns: 60 },
      );
    });

    it("finds by labels what a plain filter of the whole finds", async () => {
      await using own = await fixture.alone();
      const word = fc.constantFrom("a", "b", "stage", "%", "_", "ä", "x=y");
      const labels = fc.array(fc.record({ key: fc.constantFrom("a", "b", "stage", "%", "ä"), value: word }), { maxLength: 3 });
      for (const [index, list] of fc.sample(labels, { numRuns: 30, seed: 2 }).entries()) {
        await own.catalog.createVersion("model", "labelled", `v${index}`, about({ labels: list }));
      }
      const whole = await own.catalog.versions("model", { unfinished: true });
      const term = fc.record({ key: fc.constantFrom("a", "b", "stage", "%", "ä"), value: fc.option(word), without: fc.boolean() });
      await fc.assert(
        fc.asyncProperty(fc.array(term, { maxLength: 3 }), async (asked) => {
          const q = asked
            .map(({ key, value, without }) => `${without ? "-" : ""}label:${key}${value === null ? "" : `=${value}`}`)
            .join(" ");
          const holds = (has: readonly Label[]): boolean =>
            asked.every(
              ({ key, value, without }) => has.some((label) => label.key === key && (value === null || label.value === value)) !== without,
            );
          const found = await own.catalog.versions("model", { q, unfinished: true });
          expect(found.items.map(({ version }) => version)).toEqual(
            whole.items.filter((each) => holds(each.labels)).map(({ version }) => version),
          );
          expect(found.total).toBe(found.items.length);
        }),
        { numRuns: 60 },
      );
    });
  });
}
