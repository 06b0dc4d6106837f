import { describe, expect, it } from "vitest";
import type { Catalog } from "../src/catalog/catalog.js";
import type { DatabaseFixture } from "./database-contract.js";
import { about, CatalogFixture, contentOf, mib, publishModel, pushOf, sendParts, sha256, ttlMs } from "./support/catalog-fixture.js";

const later = "9999-01-01T00:00:00.000Z";

/** What nobody needs goes, and nothing else: the same over every database. */
export function describeCollection(title: string, databases: DatabaseFixture): void {
  describe(`collection: ${title}`, () => {
    const fixture = new CatalogFixture(databases);

    async function condemned(catalog: Catalog, before = later): Promise<readonly string[]> {
      const all: string[] = [];
      for await (const batch of catalog.condemnParts(before)) all.push(...batch);
      return all;
    }

    it("condemns parts that neither a version nor a push refers to, once they are old enough", async () => {
      await using own = await fixture.alone();
      const { catalog } = own;
      await publishModel(catalog, "stays", { content: contentOf({ a: ["shared", "stays"] }) });
      await publishModel(catalog, "goes", { content: contentOf({ a: ["shared", "goes"] }) });
      await catalog.deleteVersion("model", "goes", "v1");
      expect(await condemned(catalog)).toEqual([]);
      expect(await catalog.sweepContents()).toBe(1);
      expect(await condemned(catalog, new Date(fixture.nowMs).toISOString())).toEqual([]);
      expect(await condemned(catalog)).toEqual([sha256("goes")]);
      // Who was killed in between goes on where it was.
      expect(await condemned(catalog, "2000-01-01T00:00:00.000Z")).toEqual([sha256("goes")]);
      await catalog.forgetParts([sha256("goes"), sha256("stays")]);
      expect(await condemned(catalog)).toEqual([]);
      expect([await catalog.storedPart(sha256("goes")), await catalog.storedPart(sha256("stays"))]).toEqual([undefined, mib]);
      expect(await catalog.storedBytes()).toBe(2 * mib);
    });

    it("keeps what a running push counts on, from its first word", async () => {
      await using own = await fixture.alone();
      const { catalog } = own;
      await publishModel(catalog, "source", { content: contentOf({ a: ["counted on"] }) });
      const push = await catalog.beginPush(pushOf("running", { content: contentOf({ a: ["counted on", "to come"] }) }));
      const plain = await catalog.beginPush(pushOf("plain", { content: undefined, replaces: "unchanged" }));
      await catalog.holdPart(plain.id, sha256("plain"));
      await catalog.addPart(plain.id, sha256("plain"), mib);
      await catalog.deleteRepository("model", "source");
      await catalog.sweepContents();
      expect(await condemned(catalog)).toEqual([]);
      expect(await catalog.missingParts(push.id)).toEqual([sha256("to come")]);

      await catalog.abortPush(push.id);
      await catalog.abortPush(plain.id);
      await catalog.sweepContents();
      expect(await condemned(catalog)).toEqual([sha256("counted on"), sha256("plain")].toSorted());
    });

    it("lets nobody count on a part that is being removed, until it is gone", async () => {
      await using own = await fixture.alone();
      const { catalog } = own;
      const content = contentOf({ a: ["leaving"] });
      await publishModel(catalog, "old", { content });
      await catalog.deleteVersion("model", "old", "v1");
      await catalog.sweepContents();
      expect(await condemned(catalog)).toEqual([sha256("leaving")]);

      const push = await catalog.beginPush(pushOf("new", { content }));
      expect(await catalog.missingParts(push.id)).toEqual([sha256("leaving")]);
      await expect(catalog.holdPart(push.id, sha256("leaving"))).rejects.toMatchObject({ code: "BENTO_UNAVAILABLE" });
      await expect(catalog.publishPush(push.id)).rejects.toMatchObject({ code: "BENTO_CONFLICT" });
      await catalog.forgetParts([sha256("leaving")]);
      await sendParts(catalog, push.id);
      expect((await catalog.publishPush(push.id)).uploadStatus).toBe("success");
    });

    it("never publishes a version whose part is condemned, whatever comes first", async () => {
      await using own = await fixture.alone();
      const { catalog } = own;
      const lost: string[] = [];
      for (let round = 0; round < 10; round++) {
        const content = contentOf({ a: [`round ${round}`] });
        await publishModel(catalog, `old-${round}`, { content });
        await catalog.deleteVersion("model", `old-${round}`, "v1");
        const pushed = (async () => {
          const push = await catalog.beginPush(pushOf(`new-${round}`, { content }));
          return (await catalog.missingParts(push.id)).length === 0 ? await catalog.publishPush(push.id) : undefined;
        })();
        const [, gone, version] = await Promise.all([catalog.sweepContents(), condemned(catalog), pushed.catch(() => undefined)]);
        if (version !== undefined) lost.push(...gone);
        await catalog.forgetParts(gone);
      }
      expect(lost).toEqual([]);
    });

    it("answers which pushes expired, and says so of versions that were on their way", async () => {
      await using own = await fixture.alone();
      const { catalog } = own;
      await catalog.createVersion("model", "cut", "v1", about());
      await catalog.updateUpload("model", "cut", "v1", { uploadStatus: "uploading" });
      const cut = await catalog.beginPush(pushOf("cut", { content: undefined, replaces: "unchanged" }));
      await catalog.setPushUpload(cut.id, "upload-1");
      await publishModel(catalog, "done");
      expect(await catalog.expirePushes()).toEqual([]);
      fixture.nowMs += ttlMs;
      const running = await catalog.beginPush(pushOf("running"));
      expect(await catalog.expirePushes()).toEqual([{ id: cut.id, kind: "model", name: "cut", version: "v1", upload: "upload-1" }]);
      expect(await catalog.version("model", "cut", "v1")).toMatchObject({
        uploadStatus: "failed",
        uploadFinishedReason: "the upload has expired",
      });
      expect(await catalog.version("model", "done", "v1")).toMatchObject({ uploadStatus: "success" });
      expect(await catalog.push(running.id)).toBeDefined();
      expect(await catalog.expirePushes()).toEqual([]);
    });

    it("condemns blobs that nobody knows, and none that are known or on their way", async () => {
      await using own = await fixture.alone();
      const { catalog } = own;
      await publishModel(catalog, "known", { content: contentOf({ a: ["known"] }) });
      await catalog.beginPush(pushOf("coming", { content: contentOf({ a: ["coming"] }) }));
      const plain = await catalog.beginPush(pushOf("plain", { content: undefined, replaces: "unchanged" }));
      await catalog.holdPart(plain.id, sha256("held"));
      const found = ["known", "coming", "held", "stray"].map(sha256);
      expect(await catalog.condemnUnknown(found)).toEqual([sha256("stray")]);
      await expect(catalog.holdPart(plain.id, sha256("stray"))).rejects.toMatchObject({ code: "BENTO_UNAVAILABLE" });
      await catalog.forgetParts([sha256("stray")]);
      expect(await catalog.holdPart(plain.id, sha256("stray"))).toMatchObject({ stored: false });
    });

    it("walks through more parts than one batch holds", async () => {
      await using own = await fixture.alone();
      const { catalog } = own;
      const parts = Array.from({ length: 2100 }, (_, index) => `many ${index}`);
      const push = await catalog.beginPush(pushOf("many", { content: contentOf({ a: parts }) }));
      await own.database.transaction(async (queries) => {
        const insert = "INSERT INTO parts (sha256, size, stored_at, condemned) SELECT sha256, size, ?, 0 FROM content_parts";
        await queries.run(insert, new Date(fixture.nowMs).toISOString());
      });
      expect(await catalog.missingParts(push.id)).toEqual([]);
      await catalog.abortPush(push.id);
      await catalog.sweepContents();
      const batches: number[] = [];
      for await (const batch of catalog.condemnParts(later)) batches.push(batch.length);
      expect(batches).toEqual([1000, 1000, 100]);
    });
  });
}
