import { describe, expect, it } from "vitest";
import { createAuditLog } from "../src/audit/audit-log.js";
import { createTokens } from "../src/tokens/create-tokens.js";
import type { Tokens } from "../src/tokens/tokens.js";
import type { DatabaseFixture } from "./database-contract.js";
import { CatalogFixture } from "./support/catalog-fixture.js";

/** Tokens and the audit log: the same over every database. */
export function describeTokens(title: string, databases: DatabaseFixture): void {
  describe(`tokens: ${title}`, () => {
    const fixture = new CatalogFixture(databases);
    const tokens = (): Tokens => createTokens(fixture.database, fixture.now);
    const inAnHour = (): string => new Date(fixture.nowMs + 3_600_000).toISOString();

    it("knows whose token it is, and keeps nothing that could be made into it", async () => {
      const { token, info } = await tokens().create({ name: "ann", scope: "write", description: "of the laptop" });
      expect(token).toMatch(/^bento_[0-9a-f]{16}_[0-9A-Za-z_-]{43}$/);
      expect(info).toMatchObject({ name: "ann", scope: "write", description: "of the laptop", expiresAt: null, valid: true });
      expect(await tokens().verify(token)).toEqual({ tokenId: info.id, name: "ann", scope: "write" });
      const kept = JSON.stringify(await fixture.database.all("SELECT * FROM tokens"));
      expect(kept).toContain(info.id);
      expect(kept).not.toContain(token.split("_").slice(2).join("_"));
    });

    it("knows no other text for a token", async () => {
      const { token } = await tokens().create({ name: "exact", scope: "read" });
      const { token: other } = await tokens().create({ name: "other", scope: "admin" });
      const [, id] = token.split("_");
      const last = token.endsWith("A") ? "E" : "A";
      const wrong = [
        "",
        "bento",
        token.slice(0, -1) + last,
        `${token}A`,
        ` ${token}`,
        token.toUpperCase(),
        `${token}\n`,
        `bento_${id}_${other.slice(-43)}`,
        `bento_${"0".repeat(16)}_${token.slice(-43)}`,
      ];
      for (const text of wrong) expect([text, await tokens().verify(text)]).toEqual([text, undefined]);
      expect(await tokens().verify(token)).toBeDefined();
    });

    it("ends a token at its time, or when it is revoked, from the next request on", async () => {
      const { token: expiring } = await tokens().create({ name: "expiring", scope: "read", expiresAt: inAnHour() });
      const { token: revoked, info } = await tokens().create({ name: "revoked", scope: "read" });
      expect(await tokens().verify(expiring)).toBeDefined();
      expect(await tokens().revoke("revoked")).toBe(true);
      expect(await tokens().revoke("revoked")).toBe(false);
      expect(await tokens().revoke(info.id)).toBe(false);
      expect(await tokens().verify(revoked)).toBeUndefined();
      fixture.nowMs += 3_600_000;
      expect(await tokens().verify(expiring)).toBeUndefined();
      const ended = (await tokens().list({ search: "EXPIRING", invalid: true })).items;
      expect(ended).toMatchObject([{ name: "expiring", valid: false }]);
      expect((await tokens().list({ search: "expiring" })).total).toBe(0);
      expect(await tokens().get(info.id)).toMatchObject({ valid: false, revokedAt: expect.any(String) as string });
    });

    it("gives one name to one valid token, and to the next when that has ended", async () => {
      const made = await Promise.allSettled(
        ["read", "write", "admin"].map((scope) => tokens().create({ name: "unique", scope: scope as "read" })),
      );
      expect(made.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected", "rejected"]);
      await expect(tokens().create({ name: "unique", scope: "read" })).rejects.toMatchObject({ code: "BENTO_CONFLICT" });
      await tokens().revoke("unique");
      const { info } = await tokens().create({ name: "unique", scope: "read" });
      expect(await tokens().revoke(info.id)).toBe(true);
    });

    it("remembers to the minute when a token was used", async () => {
      const { token, info } = await tokens().create({ name: "used", scope: "read" });
      const lastUsed = async (): Promise<string | null | undefined> => (await tokens().get(info.id))?.lastUsedAt;
      expect(await lastUsed()).toBeNull();
      const first = new Date(fixture.nowMs).toISOString();
      await tokens().verify(token);
      fixture.nowMs += 30_000;
      await tokens().verify(token);
      expect(await lastUsed()).toBe(first);
      fixture.nowMs += 31_000;
      await tokens().verify(token);
      expect(await lastUsed()).toBe(new Date(fixture.nowMs).toISOString());
    });

    it("lists tokens by pages, newest first", async () => {
      await using own = await fixture.alone();
      const mine = createTokens(own.database, fixture.now);
      for (const name of ["one", "two", "three"]) {
        fixture.nowMs += 1;
        await mine.create({ name, scope: "read" });
      }
      expect((await mine.list()).items.map(({ name }) => name)).toEqual(["three", "two", "one"]);
      expect(await mine.list({ start: 1, count: 1 })).toMatchObject({ start: 1, count: 1, total: 3, items: [{ name: "two" }] });
    });

    it.each([
      ["no name", { name: "" }],
      ["a name of two lines", { name: "two\nlines" }],
      ["a name that begins with a space", { name: " padded" }],
      ["a name that turns round what follows", { name: "turned\u{202e}round" }],
      ["a name that is too long", { name: "x".repeat(101) }],
      ["a scope that is none", { scope: "root" as "read" }],
      ["a description that is too long", { description: "x".repeat(1001) }],
      ["an end in the past", { expiresAt: "2020-01-01T00:00:00Z" }],
      ["an end that is no time", { expiresAt: "soon" }],
      ["an end that never comes", { expiresAt: "+012345-01-01T00:00:00Z" }],
    ])("refuses to make a token with %s", async (_, wrong) => {
      await expect(tokens().create({ name: "name", scope: "read", ...wrong })).rejects.toMatchObject({ code: "BENTO_BAD_REQUEST" });
    });

    it("writes down who did what, when, from where, and how it ended", async () => {
      await using own = await fixture.alone();
      const log = createAuditLog(own.database, fixture.now);
      const entry = {
        action: "model.create",
        target: "/api/v1/model_repositories/clf",
        tokenId: "t1",
        caller: "ann",
        address: "::1",
        status: 200,
      };
      const at = new Date(fixture.nowMs).toISOString();
      await log.record(entry);
      fixture.nowMs += 1000;
      await log.record({ action: "bento.delete", target: `/x\0${"y".repeat(5000)}`, address: "10.0.0.1", status: 401 });
      const { items, total } = await log.list();
      expect(total).toBe(2);
      expect(items[1]).toEqual({ id: items[1]?.id, at, ...entry });
      expect(items[0]).toMatchObject({ action: "bento.delete", tokenId: undefined, caller: undefined, status: 401 });
      expect(items[0]?.target).toHaveLength(1000);
      const found = async (query: Parameters<typeof log.list>[0]): Promise<readonly number[]> =>
        (await log.list(query)).items.map(({ status }) => status);
      expect(await found({ action: "model.create" })).toEqual([200]);
      expect(await found({ search: "ANN" })).toEqual([200]);
      expect(await found({ search: "/clf" })).toEqual([200]);
      expect(await found({ since: new Date(fixture.nowMs).toISOString() })).toEqual([401]);
      expect(await found({ start: 1, count: 5 })).toEqual([200]);
      expect(await log.forget(new Date(fixture.nowMs).toISOString())).toBe(1);
      expect(await found({})).toEqual([401]);
    });
  });
}
