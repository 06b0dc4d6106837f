import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { exportBento, exportModel, importBento, importModel, inspectArchive, type Progress, registerRemote } from "../../src/index.js";
import { formatsOf } from "../../src/archive/format.js";
import { faultyEngine } from "../support/engine.js";
import { fault } from "../support/faulty-remote.js";
import { digests, executables, folders } from "../support/item-files.js";
import { openMemory, openStores } from "../support/remote-stores.js";

async function progressOf(transfer: AsyncIterable<Progress>): Promise<readonly Progress[]> {
  const seen: Progress[] = [];
  for await (const progress of transfer) seen.push(progress);
  return seen;
}

describe("the same goes out and comes back", () => {
  test.each(formatsOf("bentomodel"))("a model as %s", async (format) => {
    await using stores = await openStores();
    const bucket = `memory://${randomUUID()}`;
    const exporting = exportModel("fixed", `${bucket}/some%20where/`, { store: stores.from, format });
    const going = await progressOf(exporting);
    const url = await exporting;
    expect(url).toBe(format === "folder" ? `${bucket}/some%20where` : `${bucket}/some%20where/fixed-1.0.${format}`);
    const importing = importModel(url, { store: stores.to });
    const coming = await progressOf(importing);
    const [before, after] = [await stores.from.get("fixed"), await importing];
    expect(await digests(after)).toEqual(await digests(before));
    expect(await folders(after)).toEqual(await folders(before));
    expect(readFileSync(join(after.path, "model.yaml"))).toEqual(readFileSync(join(before.path, "model.yaml")));
    expect(await executables(after)).toEqual(format === "folder" ? [] : await executables(before));
    for (const seen of [going, coming]) {
      expect(seen.at(-1)).toMatchObject({ phase: "finish" });
      expect(seen.at(-1)?.bytes).toBe(seen.at(-1)?.total);
      expect(seen.map(({ bytes }) => bytes)).toEqual(seen.map(({ bytes }) => bytes).toSorted((a, b) => a - b));
    }
  });

  test.each(["bento", "tar", "zip", "folder"] as const)("a bento with its model as %s", async (format) => {
    await using stores = await openStores();
    const bucket = `memory://${randomUUID()}`;
    const url = await exportBento("app", `${bucket}/x`, { store: stores.bentos, models: stores.from, format });
    expect(url).toBe(format === "bento" ? `${bucket}/x.bento` : `${bucket}/x`);
    const options = { store: stores.toBentos, models: stores.to };
    const bento = await importBento(url, { ...options, format: format === "folder" ? undefined : format });
    expect(await digests(bento as never)).toEqual(await digests((await stores.bentos.get("app")) as never));
    expect(await digests(await stores.to.get("fixed:1.0"))).toEqual(await digests(await stores.from.get("fixed:1.0")));
    const report = await inspectArchive(url, { ...options, kind: "bento", existing: "skip" });
    expect(report).toMatchObject({ stored: "same", problems: [] });
  });

  test("by what is given beside a plain path, and without an extension", async () => {
    await using stores = await openStores();
    const bucket = randomUUID();
    const written = await exportModel("fixed", `${bucket}/100% #1`, { store: stores.from, protocol: "memory", params: { a: "b" } });
    expect(written).toBe(`memory://${bucket}/100%25%20%231.bentomodel`);
    await importModel(bucket, { store: stores.to, protocol: "memory", subpath: "100% #1.bentomodel", user: "u", password: "p" });
    expect(String((await stores.to.get("fixed")).tag)).toBe("fixed:1.0");
  });

  test("through a remote of one's own", async () => {
    await using stores = await openStores();
    const memory = await openMemory(`memory://${randomUUID()}/`);
    const asked: unknown[] = [];
    registerRemote("vault", {
      open: ({ host, user, password, params, path }) => {
        asked.push({ host, user, password, params, path });
        return Promise.resolve(memory);
      },
    });
    await exportModel("fixed", "vault://u:p%40@shelf/a.zip?x=1", { store: stores.from });
    await importModel(new URL("vault://shelf/a.zip"), { store: stores.to, user: "u", password: "p@", params: { x: "1" } });
    const same = { host: "shelf", user: "u", password: "p@", params: { x: "1" }, path: "a.zip" };
    expect(asked).toEqual([same, same]);
  });
});

describe("while the network misbehaves", () => {
  test.each(["bentomodel", "zip", "folder"] as const)("as %s", async (format) => {
    await using stores = await openStores();
    const busy = (): Error[] => [fault("busy")];
    const cuts = [70_000, 0, 300_000];
    const writeCuts = [900_000];
    const { url, faulty } = await faultyEngine({
      failing: { stat: busy(), write: busy(), list: busy() },
      cuts,
      writeCuts,
      traits: { lanes: 1 },
    });
    const exporting = exportModel("fixed", url, { store: stores.from, format, compression: "store" });
    const bytes = (await progressOf(exporting)).map((progress) => progress.bytes);
    expect(bytes).toEqual(bytes.toSorted((a, b) => a - b));
    const after = await importModel(await exporting, { store: stores.to });
    expect(await digests(after)).toEqual(await digests(await stores.from.get("fixed")));
    expect(faulty.calls.filter((call) => call.startsWith("write")).length).toBeGreaterThan(2);
  });
});
