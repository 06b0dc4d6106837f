import { createHash, randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { FaultProxy } from "../../../../test/support/fault-proxy.js";
import { numbers } from "../../../../test/support/fault-schedule.js";
import type { Fault } from "../../../../test/support/faulty-pipe.js";
import { formatsOf } from "../../src/archive/format.js";
import { type ArchiveFormat, exportModel, importModel, type StoredModel } from "../../src/index.js";
import { digests } from "../support/item-files.js";
import { openStores, type Stores } from "../support/remote-stores.js";
import { standIn } from "./web-stand-in.js";

/** What says that bytes are not those that were sent. */
const refusals = ["BENTO_INTEGRITY_FAILED", "BENTO_ARCHIVE_INVALID", "BENTO_MODEL_INVALID", "BENTO_TRANSFER_FAILED"];
const archives = formatsOf("bentomodel").filter((format) => format !== "folder" && format !== "xz");

/** A web server that has one file, with ranges and an ETag. @returns its port */
async function serving(bytes: Uint8Array): Promise<number> {
  const etag = `"${createHash("sha256").update(bytes).digest("hex")}"`;
  const { port } = await standIn(({ method, headers }, response) => {
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? "") ?? [];
    const start = Number(from ?? 0);
    const end = to === undefined || to === "" ? bytes.length : Math.min(Number(to) + 1, bytes.length);
    const range = from === undefined ? {} : { "content-range": `bytes ${start}-${end - 1}/${bytes.length}` };
    const length = { "content-length": end - start, "accept-ranges": "bytes", etag };
    response.writeHead(from === undefined ? 200 : 206, { ...length, ...range });
    response.end(method === "HEAD" ? undefined : bytes.subarray(start, end));
  });
  return port;
}

async function exported(stores: Stores, format: ArchiveFormat): Promise<Buffer> {
  return readFileSync(await exportModel("made:v1", join(stores.folder, `m.${format}`), { store: stores.from, format }));
}

/** With a model of ours: what is not has no manifest, and a tar of it nothing to tell its bytes from others. */
async function opened(): Promise<Stores> {
  const stores = await openStores();
  onTestFinished(() => stores[Symbol.asyncDispose]());
  await stores.from.create("made:v1", async (draft) => {
    await draft.write("weights.bin", randomBytes(40_000));
    for (let index = 0; index < 5; index += 1) await draft.write(`folder/${index}.txt`, `${"words ".repeat(100)}${index}`);
  });
  return stores;
}

async function expectEmpty({ to, folder }: Stores): Promise<void> {
  expect(await to.listTags()).toEqual([]);
  const staged = join(folder, "to", "tmp");
  expect(existsSync(staged) ? readdirSync(staged) : []).toEqual([]);
}

test.each(archives)("what a network does to a %s on its way in ends in the same model, or in a refusal", async (format) => {
  const stores = await opened();
  const bytes = await exported(stores, format);
  const wanted = await digests(await stores.from.get("made"));
  const port = await serving(bytes);
  const next = numbers(archives.indexOf(format) + 1);
  let refused = 0;
  for (const kind of ["corrupt", "drop", "corrupt", "close", "corrupt", "truncate", "corrupt", "hold"] as const) {
    // Behind bytes of the file, as the lines above it are another matter.
    const at = Math.floor(next() * (bytes.length - 12));
    const fault: Fault = { on: "response", at: 0, behind: bytes.subarray(at, at + 12), ...(kind === "hold" ? { kind, ms: 5 } : { kind }) };
    const isAlways = kind === "corrupt";
    await using proxy = await FaultProxy.start(port, { faultsOf: ({ number }) => (isAlways || number <= 2 ? fault : undefined) });
    const outcome = await importModel(`${proxy.url}/m.${format}`, { store: stores.to, format }).catch((error: unknown) => error);
    expect(proxy.met[kind]).toBeGreaterThan(0);
    if (outcome instanceof Error) {
      expect(kind).toBe("corrupt");
      expect(outcome).toMatchObject({ code: expect.toBeOneOf(refusals) as string });
      refused += 1;
    } else {
      expect(await digests(outcome as StoredModel)).toEqual(wanted);
      await stores.to.delete("made:v1");
    }
    await expectEmpty(stores);
  }
  expect(refused).toBeGreaterThan(0);
});

test("whoever leaves in the middle leaves nothing", async () => {
  const stores = await opened();
  const bytes = await exported(stores, "tar");
  const port = await serving(bytes);
  const next = numbers(5);
  for (let time = 0; time < 6; time += 1) {
    const at = Math.floor(next() * (bytes.length - 12));
    await using proxy = await FaultProxy.start(port, {
      faultsOf: () => ({ kind: "hold", on: "response", at: 0, behind: bytes.subarray(at, at + 12) }),
    });
    const leaving = new AbortController();
    const work = importModel(`${proxy.url}/m.tar`, { store: stores.to, signal: leaving.signal });
    await Promise.race([proxy.until(({ met }) => met.hold > 0), work]);
    leaving.abort();
    await expect(work).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
    await expectEmpty(stores);
  }
});
