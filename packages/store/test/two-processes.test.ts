import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FileModelStore } from "../src/index.js";
import { type Creator, startCreator } from "./support/creator.js";
import { temporaryFolder } from "./support/temporary-folder.js";

const rounds = 30;

async function pair(home: string): Promise<AsyncDisposable & { readonly both: readonly [Creator, Creator] }> {
  const both = await Promise.all([startCreator(home), startCreator(home)]);
  return { both, [Symbol.asyncDispose]: async () => void (await Promise.all(both.map((creator) => creator[Symbol.asyncDispose]()))) };
}

test(`of two processes that create one tag at once exactly one wins, ${rounds} times`, { timeout: 60_000 }, async () => {
  await using home = await temporaryFolder();
  await using creators = await pair(home.path);
  const store = new FileModelStore(home.path);
  const wins = [0, 0];
  for (let round = 0; round < rounds; round += 1) {
    const outcomes = await Promise.all(creators.both.map((creator, index) => creator.do({ tag: `clf:v${round}`, content: `by ${index}` })));
    const winner = outcomes.findIndex(({ ok }) => ok);
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect(outcomes.find(({ ok }) => !ok)).toMatchObject({ code: "BENTO_MODEL_EXISTS" });
    const model = await store.get(`clf:v${round}`);
    expect(await model.text("f")).toBe(`by ${winner}`);
    expect(await model.text("g/h")).toBe(`by ${winner}`);
    expect(await model.verify()).toMatchObject({ status: "ok" });
    wins[winner] = (wins[winner] as number) + 1;
  }
  expect(wins[0] as number).toBeGreaterThan(0);
  expect(wins[1] as number).toBeGreaterThan(0);
  expect(await readdir(join(home.path, "tmp"))).toEqual([]);
});

test("processes that create and delete versions of one name at once never leave a wrong latest", { timeout: 60_000 }, async () => {
  await using home = await temporaryFolder();
  await using creators = await pair(home.path);
  const latestFile = join(home.path, "models", "clf", "latest");
  for (let round = 0; round < rounds; round += 1) {
    const [first, second] = creators.both;
    await Promise.all([first.do({ tag: `clf:a${round}`, content: "a" }), second.do({ tag: `clf:b${round}`, content: "b" })]);
    // The newest of the two, or either one if they were begun in the same millisecond.
    const models = await new FileModelStore(home.path).list({ name: "clf" });
    const newest = Math.max(...models.map((model) => model.info.creationTime.getTime()));
    const allowed = models.filter((model) => model.info.creationTime.getTime() === newest).map((model) => model.tag.version);
    expect(allowed).toContain(await readFile(latestFile, "utf8"));
    const [deletion, creation] = await Promise.all([
      first.do({ tag: `clf:${round % 2 === 0 ? "a" : "b"}${round}`, action: "delete" }),
      second.do({ tag: `clf:c${round}`, content: "c" }),
    ]);
    expect([deletion, creation]).toEqual([{ ok: true }, { ok: true }]);
    expect(await readFile(latestFile, "utf8")).toBe(`c${round}`);
  }
  expect(await readdir(join(home.path, "tmp"))).toEqual([]);
});

test("a name that is emptied by one process and filled by another is never lost", { timeout: 60_000 }, async () => {
  await using home = await temporaryFolder();
  await using creators = await pair(home.path);
  const [deleter, creator] = creators.both;
  const store = new FileModelStore(home.path);
  for (let round = 0; round < rounds; round += 1) {
    await store.create("clf:only", () => {});
    const [deletion, creation] = await Promise.all([
      deleter.do({ tag: "clf:only", action: "delete" }),
      creator.do({ tag: "clf:next", content: "next" }),
    ]);
    expect([deletion, creation]).toEqual([{ ok: true }, { ok: true }]);
    expect(String((await store.get("clf")).tag)).toBe("clf:next");
    expect(await readFile(join(home.path, "models", "clf", "latest"), "utf8")).toBe("next");
    await store.delete("clf");
    expect(await readdir(join(home.path, "models"))).toEqual([]);
  }
});
