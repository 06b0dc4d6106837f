import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Progress } from "@bento/store";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ContentRegistry } from "./support/content-registry.js";
import { contentsOf, Machine, mib, versionPath } from "./support/content-work.js";

let registry: ContentRegistry;
let here: Machine;
let there: Machine;

beforeEach(async () => {
  registry = await ContentRegistry.start();
  here = await Machine.make(() => registry.url);
  there = await Machine.make(() => registry.url);
});
afterEach(async () => {
  await here[Symbol.asyncDispose]();
  await there[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

/** Stops a transfer after so many parts, as a signal of its caller does. */
function stopAfter(parts: number, what: "PUT" | "GET"): AbortSignal {
  const stop = new AbortController();
  let seen = 0;
  registry.intercept = ({ method, url }) => {
    if (method !== what || !/\/content\/[0-9a-f]{64}/.test(url ?? "")) return false;
    seen += 1;
    if (seen > parts) setImmediate(() => stop.abort());
    // The later ones never get an answer.
    return seen > parts;
  };
  return stop.signal;
}

describe("a model", () => {
  test("goes to the registry and comes out of it the same: folders, empty files and the right to execute as well", async () => {
    const model = await here.store.create("clf:v1", async (draft) => {
      await draft.write("weights.bin", Buffer.alloc(20 * mib, "0123456789abcde"));
      await draft.write("d/empty", "");
      await draft.write("run.sh", "#!", { executable: true });
      await draft.mkdir("nothing/in/here");
    });
    const seen: Progress[] = [];
    const sent = await here.push(model, { report: (progress) => seen.push(progress) });
    expect(sent).toEqual({ outcome: "pushed", bytes: { total: model.size, sent: expect.any(Number) } });
    expect(seen.at(-1)).toMatchObject({ phase: "finish", bytes: model.size, total: model.size });
    const pulled = await there.pull("clf:v1");
    expect(await contentsOf(pulled)).toEqual(await contentsOf(model));
    expect(await pulled.verify()).toMatchObject({ status: "ok" });
    expect(readdirSync(join(there.home, "tmp", "transfers"))).toEqual([]);
    expect(readdirSync(join(here.home, "tmp", "transfers"))).toEqual([]);
  });

  test("that the registry has is skipped before anything of it is read, and with force is published anew", async () => {
    const model = await here.save("clf:v1", { w: 100 });
    await here.push(model);
    const before = registry.taken.length;
    expect(await here.push(model)).toMatchObject({ outcome: "skipped", bytes: { sent: 0 } });
    expect(await here.push(model, { force: true })).toMatchObject({ outcome: "pushed", bytes: { sent: 0 } });
    expect(registry.taken).toHaveLength(before);
  });

  test("of which the registry has most parts is sent without them", async () => {
    const weights = Buffer.from(Array.from({ length: 40 }, (_, index) => Buffer.alloc(mib, `${index} `)).join(""));
    await here.push(await here.save("clf:v1", { weights }));
    weights.write("other", 20 * mib);
    const seen: Progress[] = [];
    const second = await here.push(await here.save("clf:v2", { weights }), { report: (progress) => seen.push(progress) });
    expect(second.bytes.sent).toBeLessThan(8.1 * mib);
    expect(seen.at(-1)?.skipped).toBe(second.bytes.total - second.bytes.sent);
  });

  test("of which an older version is here is fetched without the parts that are the same", async () => {
    const weights = Buffer.from(Array.from({ length: 40 }, (_, index) => Buffer.alloc(mib, `${index} `)).join(""));
    await here.push(await here.save("clf:v1", { weights, "renamed.txt": Buffer.from("same") }));
    await there.pull("clf:v1");
    weights.write("other", 20 * mib);
    const model = await here.save("clf:v2", { weights, "name.txt": Buffer.from("same") });
    await here.push(model);
    registry.given.length = 0;
    const seen: Progress[] = [];
    const pulled = await there.pull("clf:v2", { report: (progress) => seen.push(progress) });
    expect(await contentsOf(pulled)).toEqual(await contentsOf(model));
    // One part of the weights, the document and the manifest.
    expect(registry.given).toHaveLength(3);
    expect(seen.at(-1)?.skipped).toBeGreaterThan(32 * mib);
  });

  test("with the same part in many places is fetched once for all of them", async () => {
    const zeros = Buffer.alloc(24 * mib);
    await here.push(await here.save("clf:v1", { a: zeros, b: zeros }));
    const pulled = await there.pull("clf:v1");
    expect(await contentsOf(pulled)).toEqual(await contentsOf(await here.store.get("clf:v1")));
    expect(new Set(registry.given).size).toBe(registry.given.length);
  });

  test("is replaced as a whole with force, and is what it was until then", async () => {
    await there.save("clf:v1", { mine: 10 });
    const model = await here.save("clf:v1", { theirs: 10 });
    await here.push(model);
    const signal = stopAfter(1, "GET");
    await expect(there.pull("clf:v1", { force: true, signal })).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
    expect((await (await there.store.get("clf:v1")).files()).map(({ path }) => path)).toContain("mine");
    registry.intercept = () => false;
    await expect(there.pull("clf:v1")).rejects.toMatchObject({ code: "BENTO_MODEL_EXISTS" });
    const pulled = await there.pull("clf:v1", { force: true });
    expect(await contentsOf(pulled)).toEqual(await contentsOf(model));
  });
});

describe("what was cut off goes on", () => {
  test("a push sends only what had not arrived", async () => {
    const model = await here.save("clf:v1", { weights: 60 * mib });
    await expect(here.push(model, { signal: stopAfter(4, "PUT") })).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
    expect(registry.versions.size).toBe(0);
    const arrived = registry.taken.length;
    registry.intercept = () => false;
    const seen: Progress[] = [];
    const { bytes } = await here.push(model, { report: (progress) => seen.push(progress) });
    expect(arrived).toBeGreaterThan(0);
    expect(new Set(registry.taken).size).toBe(registry.taken.length);
    expect(bytes.sent).toBe(bytes.total - (seen.at(-1)?.resumed ?? 0));
    expect(seen.at(-1)?.resumed).toBeGreaterThan(0);
    expect(Buffer.concat([...registry.parts.values()]).length).toBe(model.size);
    expect(registry.pushes.size).toBe(0);
  });

  test("a push that the registry has forgotten begins anew", async () => {
    const model = await here.save("clf:v1", { weights: 30 * mib });
    await expect(here.push(model, { signal: stopAfter(2, "PUT") })).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
    registry.intercept = () => false;
    registry.pushes.clear();
    registry.parts.clear();
    expect(await here.push(model)).toMatchObject({ outcome: "pushed", bytes: { sent: model.size } });
  });

  test("a push that is forgotten on its way is begun anew, and one whose answer was lost is through", async () => {
    const model = await here.save("clf:v1", { weights: 30 * mib });
    let forgotten = false;
    registry.intercept = ({ method }) => {
      if (method !== "PUT" || registry.taken.length < 2 || forgotten) return false;
      forgotten = true;
      registry.pushes.clear();
      return false;
    };
    expect(await here.push(model)).toMatchObject({ outcome: "pushed" });
    const other = await here.save("clf:v2", { weights: 100 });
    let lost = false;
    registry.intercept = async ({ url }, response) => {
      if (!url?.endsWith("/commit") || lost) return false;
      lost = true;
      const [push] = [...registry.pushes.values()].slice(-1);
      registry.publish(push?.path ?? "", (push as NonNullable<typeof push>).content);
      registry.pushes.clear();
      response.destroy();
      return true;
    };
    expect(await here.push(other)).toMatchObject({ outcome: "pushed" });
    expect(lost).toBe(true);
  });

  test("a pull fetches only what had not landed, and looks again at what had", async () => {
    const model = await here.save("clf:v1", { weights: 60 * mib, other: 100 });
    await here.push(model);
    await expect(there.pull("clf:v1", { signal: stopAfter(5, "GET") })).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
    expect(await there.store.listTags()).toEqual([]);
    const [transfer] = readdirSync(join(there.home, "tmp", "transfers"));
    const folder = join(there.home, "tmp", "transfers", transfer as string);
    const landed = readFileSync(join(folder, "journal.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { file: number; part: number });
    expect(landed.length).toBeGreaterThan(1);
    // One of them is spoilt meanwhile.
    const spoilt = landed.find(({ file, part }) => part > 0 || file > 0) as { file: number; part: number };
    const path = join(folder, "files", String(spoilt.file));
    const bytes = readFileSync(path);
    bytes[spoilt.part * 8 * mib] = (bytes[spoilt.part * 8 * mib] as number) ^ 1;
    writeFileSync(path, bytes);
    registry.intercept = () => false;
    registry.given.length = 0;
    const seen: Progress[] = [];
    const pulled = await there.pull("clf:v1", { report: (progress) => seen.push(progress) });
    expect(await contentsOf(pulled)).toEqual(await contentsOf(model));
    const parts = [...registry.parts.keys()].length;
    expect(registry.given).toHaveLength(parts - landed.length + 1);
    expect(seen.at(-1)?.resumed).toBeGreaterThan(0);
    expect(readdirSync(join(there.home, "tmp", "transfers"))).toEqual([]);
  });

  /** How long a transfer takes to end that is stopped once a request comes that matches. Milliseconds. */
  async function stopped(
    matches: (url: string) => boolean,
    begin: (signal: AbortSignal) => Promise<unknown>,
    isAnswered: boolean,
  ): Promise<number> {
    const stop = new AbortController();
    let at = Number.NaN;
    registry.intercept = ({ url = "" }) => {
      if (!matches(url)) return false;
      setImmediate(() => {
        at = performance.now();
        stop.abort();
      });
      return !isAnswered;
    };
    await expect(begin(stop.signal)).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
    registry.intercept = () => false;
    return performance.now() - at;
  }

  test("an abort ends within a second, whatever is going on", async () => {
    const model = await here.save("clf:v1", { weights: 60 * mib });
    const push = (signal: AbortSignal) => here.push(model, { signal });
    const pull = (signal: AbortSignal) => there.pull("clf:v1", { signal });
    // While nothing comes; while it digests; while parts go and come.
    expect(await stopped((url) => url.includes("/begin"), push, false)).toBeLessThan(1000);
    expect(await stopped((url) => url.endsWith("/models/v1"), push, true)).toBeLessThan(1000);
    expect(await stopped((url) => /[0-9a-f]{64}/.test(url), push, true)).toBeLessThan(1000);
    expect(registry.versions.has(versionPath)).toBe(false);
    await here.push(model);
    expect(await stopped((url) => url.endsWith("/content"), pull, false)).toBeLessThan(1000);
    expect(await stopped((url) => /[0-9a-f]{64}/.test(url), pull, true)).toBeLessThan(1000);
    expect(await there.store.listTags()).toEqual([]);
    const gone = AbortSignal.abort();
    await expect(push(gone)).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
    await expect(pull(gone)).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
  });
});
