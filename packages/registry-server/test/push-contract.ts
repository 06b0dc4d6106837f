import { describe, expect, it } from "vitest";
import { createCatalog } from "../src/catalog/create-catalog.js";
import type { DatabaseFixture } from "./database-contract.js";
import { about, CatalogFixture, contentOf, mib, publishModel, pushOf, sendParts, sha256, ttlMs } from "./support/catalog-fixture.js";

/** Pushes, from the first word to the version that can be seen: the same over every database. */
export function describePushes(title: string, databases: DatabaseFixture): void {
  describe(`pushes: ${title}`, () => {
    const fixture = new CatalogFixture(databases);

    it("shows a version whole or not at all", async () => {
      const { catalog } = fixture;
      const content = contentOf({ "model.yaml": ["yaml"], "weights.bin": ["w1", "w2", "w1"], empty: [] });
      const said = about({ labels: [{ key: "k", value: "v" }], manifest: { module: "m" }, description: "d" });
      const push = await catalog.beginPush(pushOf("whole", { about: said, content }));
      expect(await catalog.version("model", "whole", "v1")).toBeUndefined();
      expect(await catalog.pushContent(push.id)).toEqual(content);
      await expect(catalog.publishPush(push.id)).rejects.toMatchObject({ code: "BENTO_CONFLICT" });

      await sendParts(catalog, push.id);
      expect(await catalog.content("model", "whole", "v1")).toBeUndefined();
      const version = await catalog.publishPush(push.id, { archiveSha256: sha256("tar") });
      expect(version).toMatchObject({
        ...said,
        buildAt: "2026-01-02T03:04:05.000006Z",
        uploadStatus: "success",
        sizeBytes: 4 * mib,
        archiveSha256: sha256("tar"),
      });
      expect(await catalog.version("model", "whole", "v1")).toEqual(version);
      expect(await catalog.content("model", "whole", "v1")).toEqual({
        name: "whole",
        version: "v1",
        content,
        digest: version.contentDigest,
      });
      expect(await catalog.push(push.id)).toBeUndefined();
    });

    it("asks for what it has not, each part once, and never again for what came", async () => {
      const { catalog } = fixture;
      await publishModel(catalog, "parts", { content: contentOf({ a: ["shared"] }) });
      const push = await catalog.beginPush(pushOf("parts", { version: "v2", content: contentOf({ a: ["shared", "new"], b: ["new"] }) }));
      expect(await catalog.missingParts(push.id)).toEqual([sha256("new")]);
      expect(await catalog.holdPart(push.id, sha256("new"))).toEqual({ stored: false, size: mib });
      await catalog.addPart(push.id, sha256("new"), mib);
      expect(await catalog.holdPart(push.id, sha256("new"))).toEqual({ stored: true, size: mib });
      expect(await catalog.missingParts(push.id)).toEqual([]);
      expect([await catalog.storedPart(sha256("new")), await catalog.storedPart(sha256("none"))]).toEqual([mib, undefined]);
      expect([await catalog.isPublished(sha256("new")), await catalog.isPublished(sha256("shared"))]).toEqual([false, true]);
      await expect(catalog.holdPart(push.id, sha256("foreign"))).rejects.toMatchObject({ code: "BENTO_CONFLICT" });
    });

    it("refuses to begin what is there without force", async () => {
      const { catalog } = fixture;
      await publishModel(catalog, "there");
      await publishModel(catalog, "there", { kind: "bento" });
      await expect(catalog.beginPush(pushOf("there"))).rejects.toMatchObject({ code: "BENTO_MODEL_EXISTS" });
      await expect(catalog.beginPush(pushOf("there", { kind: "bento" }))).rejects.toMatchObject({ code: "BENTO_BENTO_EXISTS" });
    });

    it("replaces with force in one step: labels and manifest too, not the identity", async () => {
      const { catalog } = fixture;
      await publishModel(catalog, "forced", { about: about({ labels: [{ key: "old", value: "1" }] }) });
      const before = await catalog.version("model", "forced", "v1");
      const content = contentOf({ a: ["other"] });
      const push = await catalog.beginPush(
        pushOf("forced", { replaces: "always", content, about: about({ labels: [{ key: "new", value: "1" }] }) }),
      );
      await sendParts(catalog, push.id);
      expect(await catalog.version("model", "forced", "v1")).toEqual(before);
      const after = await catalog.publishPush(push.id, { about: { manifest: { module: "from the yaml" } } });
      expect(after).toMatchObject({
        uid: before?.uid,
        createdAt: before?.createdAt,
        labels: [{ key: "new", value: "1" }],
        manifest: { module: "from the yaml" },
      });
      expect((await catalog.content("model", "forced", "v1"))?.content).toEqual(content);
      expect((await catalog.versions("model", { name: "forced", q: "label:old" })).total).toBe(0);
    });

    it("lets one of many that push one tag at once win, and tells the others", async () => {
      const { catalog } = fixture;
      const pushes = await Promise.all(
        Array.from({ length: 6 }, (_, index) => catalog.beginPush(pushOf("race", { content: contentOf({ a: [`race ${index}`] }) }))),
      );
      for (const { id } of pushes) await sendParts(catalog, id);
      const ends = await Promise.allSettled(pushes.map(({ id }) => catalog.publishPush(id)));
      const lost = ends.flatMap((end) => (end.status === "rejected" ? [end.reason as { code: string }] : []));
      expect(lost.map(({ code }) => code)).toEqual(Array.from({ length: 5 }, () => "BENTO_CONFLICT"));
      const winner = pushes[ends.findIndex(({ status }) => status === "fulfilled")];
      expect((await catalog.version("model", "race", "v1"))?.contentDigest).toBe(winner?.contentDigest);
    });

    it("is content with the same content that another was faster with", async () => {
      const { catalog } = fixture;
      const [mine, theirs] = await Promise.all(
        ["ann", "bob"].map((by) => catalog.beginPush(pushOf("same", { by, about: about({ description: by }) }))),
      );
      await sendParts(catalog, mine?.id ?? "");
      const first = await catalog.publishPush(theirs?.id ?? "");
      expect(await catalog.publishPush(mine?.id ?? "")).toEqual(first);
    });

    it("tells the same to whoever asks again to publish, and again after a lost answer to beginning", async () => {
      const { catalog } = fixture;
      const push = await catalog.beginPush(pushOf("again"));
      expect((await catalog.beginPush(pushOf("again"))).id).toBe(push.id);
      expect((await catalog.beginPush(pushOf("again", { by: "bob" }))).id).not.toBe(push.id);
      await sendParts(catalog, push.id);
      const version = await catalog.publishPush(push.id);
      expect(await catalog.publishPush(push.id)).toEqual(version);
      await catalog.deleteVersion("model", "again", "v1");
      await expect(catalog.publishPush(push.id)).rejects.toMatchObject({ code: "BENTO_NOT_FOUND" });
    });

    it("replaces for the plain API what was there when it began, and nothing newer", async () => {
      const { catalog } = fixture;
      const plain = async (): Promise<string> =>
        (await catalog.beginPush(pushOf("plain", { replaces: "unchanged", about: undefined, content: undefined }))).id;
      const send = async (push: string, part: string): Promise<void> => {
        expect(await catalog.holdPart(push, sha256(part))).toMatchObject({ size: undefined });
        await catalog.addPart(push, sha256(part), mib);
        await catalog.setPushContent(push, contentOf({ a: [part] }));
      };
      await catalog.createVersion("model", "plain", "v1", about({ description: "said before" }));
      const [first, second] = [await plain(), await plain()];
      await expect(catalog.publishPush(first)).rejects.toMatchObject({
        code: "BENTO_CONFLICT",
        message: expect.stringContaining("Nothing") as string,
      });
      await send(first, "plain 1");
      await send(second, "plain 2");
      expect(await catalog.publishPush(first)).toMatchObject({ description: "said before", uploadStatus: "success" });
      await expect(catalog.publishPush(second)).rejects.toMatchObject({ code: "BENTO_CONFLICT" });
      const third = await plain();
      await send(third, "plain 3");
      expect(await catalog.publishPush(third)).toMatchObject({ uploadStatus: "success" });
      expect((await catalog.content("model", "plain", "v1"))?.content).toEqual(contentOf({ a: ["plain 3"] }));
    });

    it("keeps what the store of an upload needs to find it, until the push is given up", async () => {
      const { catalog } = fixture;
      const { id } = await catalog.beginPush(pushOf("multi", { replaces: "unchanged", content: undefined }));
      await catalog.setPushUpload(id, "s3-upload-id");
      expect((await catalog.push(id))?.upload).toBe("s3-upload-id");
      expect(await catalog.abortPush(id)).toBe(true);
      expect(await catalog.push(id)).toBeUndefined();
    });

    it("forgets a push that nothing is heard of, and no other", async () => {
      const { catalog } = fixture;
      const push = await catalog.beginPush(pushOf("quiet"));
      fixture.nowMs += ttlMs - 1;
      expect((await catalog.touchPush(push.id)).expiresAt).toBe(new Date(fixture.nowMs + ttlMs).toISOString());
      fixture.nowMs += ttlMs - 1;
      await catalog.holdPart(push.id, (await catalog.missingParts(push.id))[0] ?? "");
      fixture.nowMs += ttlMs - 1;
      expect(await catalog.push(push.id)).toBeDefined();
      fixture.nowMs += 2;
      expect(await catalog.push(push.id)).toBeUndefined();
      const gone = { code: "BENTO_NOT_FOUND" };
      await expect(catalog.touchPush(push.id)).rejects.toMatchObject(gone);
      await expect(catalog.missingParts(push.id)).rejects.toMatchObject(gone);
      await expect(catalog.holdPart(push.id, sha256("quiet"))).rejects.toMatchObject(gone);
      await expect(catalog.publishPush(push.id)).rejects.toMatchObject(gone);
      await expect(catalog.publishPush("no such push")).rejects.toMatchObject(gone);
    });

    it("puts off the end of a push with every part, however short its life is", async () => {
      const catalog = createCatalog(fixture.database, { pushTtlMs: 1000, now: fixture.now });
      const push = await catalog.beginPush(pushOf("short", { content: undefined }));
      for (let part = 0; part < 5; part++) {
        fixture.nowMs += 900;
        await catalog.holdPart(push.id, sha256(`short ${part}`));
      }
      expect(await catalog.push(push.id)).toBeDefined();
    });

    it.each([
      ["too few parts", { size: mib + 1, parts: [sha256("a")] }],
      ["too many parts", { size: 0, parts: [sha256("a")] }],
      ["one part of two lengths", { size: mib + 1, parts: [sha256("a"), sha256("a")] }],
    ])("refuses a content with %s", async (_, wrong) => {
      const [file] = contentOf({ f: ["a"] }).files;
      if (file === undefined) throw new Error("no file");
      const content = { ...contentOf({}), files: [{ ...file, ...wrong }] };
      await expect(fixture.catalog.beginPush(pushOf("wrong", { content }))).rejects.toMatchObject({ code: "BENTO_BAD_REQUEST" });
    });

    it("holds a version to what one may take, and all to what all may take", async () => {
      await using own = await fixture.alone();
      const catalog = fixture.over(own.database, { versionBytes: 3 * mib, totalBytes: 6 * mib });
      const quota = { code: "BENTO_QUOTA_EXCEEDED" };
      await expect(catalog.beginPush(pushOf("big", { content: contentOf({ a: ["1", "1", "1", "1"] }) }))).rejects.toMatchObject(quota);
      // Three are stored, two are promised.
      await publishModel(catalog, "first", { content: contentOf({ a: ["1", "2", "3"] }) });
      const second = await catalog.beginPush(pushOf("second", { content: contentOf({ a: ["1", "4", "5"] }) }));
      await expect(catalog.beginPush(pushOf("third", { content: contentOf({ a: ["6", "7"] }) }))).rejects.toMatchObject(quota);
      await expect(catalog.beginPush(pushOf("third", { content: undefined, bytes: mib + 1 }))).rejects.toMatchObject(quota);
      // What was promised and has come counts once.
      await sendParts(catalog, second.id);
      expect(await catalog.storedBytes()).toBe(5 * mib);
      await publishModel(catalog, "third", { content: contentOf({ a: ["6"] }) });
      await catalog.publishPush(second.id);
      await expect(catalog.beginPush(pushOf("fourth", { content: contentOf({ a: ["7"] }) }))).rejects.toMatchObject(quota);
      // What is there already takes no room.
      await publishModel(catalog, "fourth", { content: contentOf({ a: ["5", "4"] }) });
    });

    it("counts bytes of pushes whose content is not known, until they are given up", async () => {
      await using own = await fixture.alone();
      const catalog = fixture.over(own.database, { totalBytes: 3 * mib });
      const unknown = { replaces: "unchanged", content: undefined } as const;
      const push = await catalog.beginPush(pushOf("plain", { ...unknown, bytes: mib }));
      await catalog.reserveBytes(push.id, mib);
      await expect(catalog.reserveBytes(push.id, mib + 1)).rejects.toMatchObject({ code: "BENTO_QUOTA_EXCEEDED" });
      await catalog.reserveBytes(push.id, mib);
      await expect(catalog.beginPush(pushOf("other", { ...unknown, bytes: 1 }))).rejects.toMatchObject({ code: "BENTO_QUOTA_EXCEEDED" });
      await catalog.abortPush(push.id);
      await catalog.beginPush(pushOf("other", { ...unknown, bytes: 3 * mib }));

      const narrow = fixture.over(own.database, { versionBytes: 2 * mib });
      const version = await narrow.beginPush(pushOf("narrow", { ...unknown, bytes: mib }));
      await expect(narrow.reserveBytes(version.id, mib + 1)).rejects.toMatchObject({ code: "BENTO_QUOTA_EXCEEDED" });
      await narrow.reserveBytes(version.id, mib);
    });
  });
}
