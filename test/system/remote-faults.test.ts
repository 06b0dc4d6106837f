import { randomBytes, randomUUID } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type ArchiveFormat, exportModel, FileModelStore, importModel, type StoredModel } from "@bento/store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FaultProxy, type FaultsOf } from "../support/fault-proxy.js";
import { numbers, scheduled } from "../support/fault-schedule.js";
import type { Direction, Fault } from "../support/faulty-pipe.js";
import { promptMs } from "../support/remote-under-test.js";
import { apachePlace, nginxPlace, openSshPlace, vsftpdPlace } from "./support/faulty-folders.js";
import { AzuritePlace, type FaultyPlace, SwiftPlace } from "./support/faulty-places.js";
import { GcsPlace } from "./support/gcs-place.js";
import { temporaryHome, type TemporaryHome } from "./support/temporary-home.js";

const mib = 1024 * 1024;
/** What a network does that is over with the next connection. */
const breaks: readonly Fault["kind"][] = ["drop", "close", "hold", "throttle"];
/** What says that bytes are not those that were sent. */
const refusals = ["BENTO_INTEGRITY_FAILED", "BENTO_ARCHIVE_INVALID", "BENTO_MODEL_INVALID", "BENTO_TRANSFER_FAILED"];

/** Which model goes out, and before which byte of a connection something happens. Where none is said, the small one. */
const sizes: Partial<Record<ArchiveFormat, readonly [tag: string, to: number]>> = {
  tar: ["large:v1", 3 * mib],
  zip: ["medium:v1", mib],
  folder: ["medium:v1", mib],
};

let home: TemporaryHome;
let store: FileModelStore;
beforeAll(async () => {
  home = await temporaryHome();
  store = new FileModelStore(home.path);
  await store.create("large:v1", async (draft) => {
    await draft.write("weights.bin", randomBytes(6 * mib));
  });
  await store.create("medium:v1", async (draft) => {
    await draft.write("weights.bin", randomBytes(1.5 * mib));
    for (let index = 0; index < 8; index += 1) await draft.write(`parts/${index}/part.bin`, randomBytes(100_000));
  });
  await store.create("small:v1", (draft) => draft.write("weights.bin", randomBytes(400_000)));
  return () => home[Symbol.asyncDispose]();
});

/** An empty store, of which one can tell whether anything stayed in it. */
class Receiver implements AsyncDisposable {
  readonly store: FileModelStore;
  readonly #home: TemporaryHome;

  private constructor(given: TemporaryHome) {
    this.#home = given;
    this.store = new FileModelStore(given.path);
  }

  static async make(): Promise<Receiver> {
    return new Receiver(await temporaryHome());
  }

  async expectEmpty(): Promise<void> {
    expect(await this.store.listTags()).toEqual([]);
    const staged = join(this.#home.path, "tmp");
    expect(existsSync(staged) ? readdirSync(staged) : []).toEqual([]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#home[Symbol.asyncDispose]();
  }
}

/** Every file of a model, by path. */
async function contents(model: StoredModel): Promise<ReadonlyMap<string, Buffer>> {
  const files = await model.files();
  return new Map(await Promise.all(files.map(async ({ path }) => [path, Buffer.from(await model.read(path))] as const)));
}

async function expectSame(model: StoredModel, tag: string): Promise<void> {
  const [got, wanted] = [await contents(model), await contents(await store.get(tag))];
  expect([...got.keys()].toSorted()).toEqual([...wanted.keys()].toSorted());
  expect([...wanted].filter(([path, bytes]) => got.get(path)?.equals(bytes) !== true).map(([path]) => path)).toEqual([]);
}

const places: readonly (readonly [name: string, start: () => Promise<FaultyPlace>])[] = [
  ["s3, Swift", () => SwiftPlace.start()],
  ["azblob, Azurite", () => AzuritePlace.start()],
  ["gs, a stand-in", () => GcsPlace.start()],
  ["ftp, vsftpd", vsftpdPlace],
  ["sftp, OpenSSH", openSshPlace],
  ["webdav, Apache", apachePlace],
  ["http, nginx", nginxPlace],
];

describe.each(places)("%s", (name, start) => {
  let place: FaultyPlace;
  let before: readonly string[] = [];
  beforeAll(async () => void (place = await start()));
  afterAll(() => place[Symbol.asyncDispose]());

  const isSecret = name.startsWith("sftp");
  const formats = (["tar", "folder", "zip", "bentomodel", "gz", "bz2", "zst"] as const).filter(
    (format) => format !== "folder" || !name.startsWith("http"),
  );

  const through = (faultsOf?: FaultsOf): Promise<FaultProxy> => FaultProxy.start(place.port, { ...place.proxy, faultsOf });
  const send = (tag: string, path: string, proxy: FaultProxy, options: { format?: ArchiveFormat; signal?: AbortSignal } = {}) =>
    exportModel(tag, place.url(path, proxy), { store, ...place.options(proxy), ...options });
  const fetchTo = (to: Receiver, path: string, proxy: FaultProxy, options: { format?: ArchiveFormat; signal?: AbortSignal } = {}) =>
    importModel(place.url(path, proxy), { store: to.store, ...place.options(proxy), ...options });
  /** Everything at the place that was not there when the test began. */
  const added = async (): Promise<readonly string[]> => (await place.names()).filter((each) => !before.includes(each));

  test.each(formats)("what went out as %s while connections broke comes back while they break, as it was", async (format) => {
    before = await place.names();
    const [tag, to] = sizes[format] ?? (["small:v1", 200_000] as const);
    const path = `${randomUUID()}/${format === "folder" ? "m" : `m.${format}`}`;
    const schedule = (on: Direction): FaultsOf =>
      scheduled({ seed: formats.indexOf(format) + 1, kinds: breaks, on, from: 10_000, to, limit: 5 });
    await using out = await through(schedule("request"));
    await send(tag, path, out, { format });
    const files = await added();
    if (format === "folder") expect(files).toHaveLength((await (await store.get(tag)).files()).length + 1);
    else expect(files).toEqual([path]);
    await using back = await through(schedule("response"));
    await using receiver = await Receiver.make();
    await expectSame(await fetchTo(receiver, path, back, { format }), tag);
    // Several files come by several connections, each with its own little part.
    if (format === "tar") for (const { met } of [out, back]) expect(Object.values(met).some((times) => times > 0)).toBe(true);
  });

  /** A copy at the place, by a network that is well. */
  const sent = async (tag: string, format: ArchiveFormat, path = `${randomUUID()}/m.${format}`): Promise<string> => {
    await using proxy = await through();
    await send(tag, path, proxy, { format });
    return path;
  };
  /** Sixteen bytes of a file that are nowhere else, from a place that looks like chance. */
  const somewhere = async (path: string, seed: number): Promise<Uint8Array> => {
    const bytes = await place.read(path);
    const at = Math.floor(numbers(seed)() * (bytes.length - 16));
    return bytes.subarray(at, at + 16);
  };
  /** A byte behind others that is changed, once; where nobody can read them, somewhere. */
  const corrupt = (on: Direction, behind: Uint8Array): FaultsOf => {
    const where = isSecret ? { at: 50_000 } : { at: 0, behind };
    return ({ number }) => (number <= (isSecret ? 1 : 3) ? { kind: "corrupt", on, ...where } : undefined);
  };

  test.each(["tar", "zip", "zst"] as const)("what is changed on the way in is refused, or asked for again: %s", async (format) => {
    const path = await sent("small:v1", format);
    for (let seed = 1; seed <= (isSecret ? 1 : 3); seed += 1) {
      await using proxy = await through(corrupt("response", await somewhere(path, seed)));
      await using receiver = await Receiver.make();
      const outcome = await fetchTo(receiver, path, proxy, { format }).catch((error: unknown) => error);
      expect(proxy.met.corrupt).toBeGreaterThan(0);
      if (!(outcome instanceof Error)) await expectSame(outcome as StoredModel, "small:v1");
      else {
        expect(outcome).toMatchObject({ code: expect.toBeOneOf(refusals) as string });
        await receiver.expectEmpty();
      }
    }
  });

  test.each(["tar", "zst"] as const)("what is changed on the way out is refused, by the place or by who takes it: %s", async (format) => {
    const behind = await somewhere(await sent("small:v1", format), 7);
    before = await place.names();
    const path = `${randomUUID()}/m.${format}`;
    await using proxy = await through(corrupt("request", behind));
    const failure = await send("small:v1", path, proxy, { format }).catch((error: unknown) => error);
    expect(proxy.met.corrupt).toBeGreaterThan(0);
    if (failure instanceof Error) {
      expect(failure).toMatchObject({ code: "BENTO_TRANSFER_FAILED" });
      await expect.poll(added).toEqual([]);
      return;
    }
    expect(await added()).toEqual([path]);
    await using receiver = await Receiver.make();
    await using well = await through();
    const outcome = await fetchTo(receiver, path, well, { format }).catch((error: unknown) => error);
    if (!(outcome instanceof Error)) await expectSame(outcome as StoredModel, "small:v1");
    else {
      expect(outcome).toMatchObject({ code: expect.toBeOneOf(refusals) as string });
      await receiver.expectEmpty();
    }
  });

  test("an upload that ends early, and properly, is not taken for the whole", async () => {
    before = await place.names();
    const path = `${randomUUID()}/m.tar`;
    await using proxy = await through(({ number }) => (number <= 4 ? { kind: "truncate", on: "request", at: 300_000 } : undefined));
    const failure = await send("small:v1", path, proxy).catch((error: unknown) => error);
    expect(proxy.met.truncate).toBeGreaterThan(0);
    if (failure instanceof Error) {
      expect(failure).toMatchObject({ code: "BENTO_TRANSFER_FAILED" });
      await expect.poll(added).toEqual([]);
      return;
    }
    expect(await added()).toEqual([path]);
    await using receiver = await Receiver.make();
    await using well = await through();
    await expectSame(await fetchTo(receiver, path, well), "small:v1");
  });

  test("a file that becomes another one in the middle of a read is no model", async () => {
    const path = await sent("large:v1", "tar");
    // Larger, so that all that is still asked for could be had of it.
    const first = (): Promise<void> => place.put(path, randomBytes(8 * mib));
    await using proxy = await through(() => ({ kind: "drop", on: "response", at: 2 * mib, first }));
    await using receiver = await Receiver.make();
    const message: unknown = expect.stringMatching(/changed while it was read|another file/);
    await expect(fetchTo(receiver, path, proxy)).rejects.toMatchObject({ code: "BENTO_TRANSFER_FAILED", message });
    expect(proxy.met.drop).toBeGreaterThan(0);
    await receiver.expectEmpty();
  });

  test("whoever leaves while the network is silent leaves nothing", async () => {
    const path = await sent("large:v1", "tar");
    before = await place.names();
    const next = numbers(11);
    for (const on of ["request", "response"] as const) {
      for (let time = 0; time < 2; time += 1) {
        const at = 20_000 + Math.floor(next() * 5 * mib);
        await using proxy = await through(() => ({ kind: "hold", on, at }));
        await using receiver = await Receiver.make();
        const leaving = new AbortController();
        const { signal } = leaving;
        const work =
          on === "request" ? send("large:v1", `${randomUUID()}/m.tar`, proxy, { signal }) : fetchTo(receiver, path, proxy, { signal });
        await Promise.race([proxy.until(({ met }) => met.hold > 0), work]);
        const left = performance.now();
        leaving.abort();
        await expect(work).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
        expect(performance.now() - left).toBeLessThan(promptMs * 4);
        await receiver.expectEmpty();
        await expect.poll(added, { timeout: 5000 }).toEqual([]);
      }
    }
  });
});
