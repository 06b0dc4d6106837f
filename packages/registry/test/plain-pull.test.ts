// Archives from a registry that tells no digests, as BentoCloud is: whatever else there is to check is checked.
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BentoError } from "@bento/core";
import { Registry } from "@bento/registry";
import { FileModelStore, MemoryModelStore, type StoredModel } from "@bento/store";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { tarOf, withoutManifest } from "./support/model-tar.js";

let home: string;
let source: MemoryModelStore;
let model: StoredModel;
let tar: Buffer;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "bento-pull-"));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  source = new MemoryModelStore();
  model = await source.create("clf:v1", (draft) => draft.write("weights.bin", "0123456789"));
  tar = await tarOf(source, "clf:v1");
});

interface Served {
  /** Downloads, one after the other; the last one again and again. */
  readonly bodies: readonly Buffer[];
  readonly version?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether a length is told. */
  readonly hasLength?: boolean;
  /** Whether an archive begins, and never goes on. */
  readonly stalls?: true;
}

async function serving({ bodies, version = {}, headers = {}, hasLength = true, stalls }: Served) {
  const downloads: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    if (!path.endsWith("/download")) {
      response.setHeader("content-type", "application/json");
      return void response.end(JSON.stringify({ version: "v1", upload_status: "success", transmission_strategy: "proxy", ...version }));
    }
    const body = bodies[Math.min(downloads.length, bodies.length - 1)] as Buffer;
    downloads.push(path);
    response.writeHead(200, { ...headers, ...(hasLength ? { "content-length": String(body.length) } : {}) });
    if (stalls) response.write(body.subarray(0, 600));
    else if (hasLength) response.end(body);
    else response.write(body, () => response.end());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const registry = new Registry({ endpoint, token: "tok", home, env: {}, retry: { retries: 1, minMs: 1, maxMs: 1 } });
  return { registry, downloads, store: new FileModelStore(home) };
}

async function failure(work: PromiseLike<unknown>): Promise<BentoError> {
  const error = await Promise.resolve(work).catch((thrown: unknown) => thrown);
  if (!BentoError.is(error)) throw new Error(`no BentoError: ${String(error)}`);
  return error;
}

/** A record as it was told when the model was pushed. */
const recordOf = ({ info, size }: StoredModel) => ({ build_at: info.creationTimeText, manifest: { size_bytes: size } });

const flipped = (bytes: Buffer): Buffer => {
  const copy = Buffer.from(bytes);
  copy[copy.indexOf("0123456789")] = 0x58;
  return copy;
};

describe("an archive without a digest", () => {
  test("is verified by the manifest in it", async () => {
    const { registry, store } = await serving({ bodies: [tar], version: recordOf(model) });
    expect(await registry.pull("clf:v1", { store })).toMatchObject({ outcome: "pulled", verified: "manifest" });
    expect(await (await store.get("clf:v1")).verify()).toMatchObject({ status: "ok" });
  });

  test("and without a manifest comes in, and is called unverified", async () => {
    const { registry, store } = await serving({ bodies: [withoutManifest(tar)] });
    expect(await registry.pull("clf:v1", { store })).toMatchObject({ outcome: "pulled", verified: "unverified" });
  });

  test("in which a byte is another than the manifest says is refused, and got once more", async () => {
    const { registry, store, downloads } = await serving({ bodies: [flipped(tar)] });
    const error = await failure(registry.pull("clf:v1", { store }));
    expect(error).toMatchObject({ code: "BENTO_INTEGRITY_FAILED", message: expect.stringContaining("weights.bin") });
    expect(downloads).toHaveLength(2);
    expect(await store.listTags()).toEqual([]);
  });

  test("that was corrupted on the way comes right the next time", async () => {
    const { registry, store } = await serving({ bodies: [flipped(tar), tar] });
    expect(await registry.pull("clf:v1", { store })).toMatchObject({ outcome: "pulled", verified: "manifest" });
    expect(await (await store.get("clf:v1")).text("weights.bin")).toBe("0123456789");
  });

  test("from which a file is missing is refused by the size that the registry was told", async () => {
    const body = withoutManifest(tar);
    const { registry, store } = await serving({ bodies: [body], version: recordOf(model) });
    const error = await failure(registry.pull("clf:v1", { store }));
    expect(error).toMatchObject({ code: "BENTO_INTEGRITY_FAILED", message: expect.stringContaining(`was to hold ${model.size}`) });
    expect(await store.listTags()).toEqual([]);
  });

  test("is not held to the size of another model that had the tag before", async () => {
    const version = { ...recordOf(model), build_at: "2020-01-02 03:04:05.000006", manifest: { size_bytes: 7 } };
    const { registry, store } = await serving({ bodies: [tar], version });
    expect(await registry.pull("clf:v1", { store })).toMatchObject({ outcome: "pulled" });
  });

  test("and without a length must have its end", async () => {
    const end = tar.lastIndexOf("0123456789") + 512;
    const cut = tar.subarray(0, end - (end % 512));
    const { registry, store } = await serving({ bodies: [withoutManifest(cut)], hasLength: false });
    expect(await failure(registry.pull("clf:v1", { store }))).toMatchObject({ message: expect.stringContaining("ends without an end") });
    const whole = await serving({ bodies: [tar], hasLength: false });
    expect(await whole.registry.pull("clf:v1", { store: whole.store })).toMatchObject({ verified: "manifest" });
  });
});

test("the archive of another tag is refused, and nothing is stored under either", async () => {
  await source.create("evil:vx", (draft) => draft.write("f", "x"));
  const { registry, store } = await serving({ bodies: [await tarOf(source, "evil:vx")] });
  const error = await failure(registry.pull("clf:v1", { store }));
  expect(error).toMatchObject({ code: "BENTO_INTEGRITY_FAILED", message: expect.stringContaining('"evil:vx"') });
  expect(await store.listTags()).toEqual([]);
});

test("an old copy stays when force fails, and is replaced when it does not", async () => {
  const { registry, store } = await serving({ bodies: [flipped(tar), flipped(tar), tar] });
  await store.create("clf:v1", (draft) => draft.write("old.bin", "old"));
  await failure(registry.pull("clf:v1", { store, force: true }));
  expect(await (await store.get("clf:v1")).text("old.bin")).toBe("old");
  expect(readdirSync(join(home, "tmp"))).toEqual([]);
  expect(await registry.pull("clf:v1", { store, force: true })).toMatchObject({ outcome: "pulled" });
  expect((await (await store.get("clf:v1")).files()).map(({ path }) => path)).toEqual(["model.yaml", "weights.bin"]);
});

test("two digests that differ, and an encoding that was not asked for, are refused", async () => {
  const [a, b] = ["a".repeat(64), "b".repeat(64)];
  const differing = await serving({ bodies: [tar], version: { sha256: a }, headers: { "x-checksum-sha256": b } });
  expect(await failure(differing.registry.pull("clf:v1", { store: differing.store }))).toMatchObject({ code: "BENTO_INTEGRITY_FAILED" });
  const encoded = await serving({ bodies: [tar], headers: { "content-encoding": "gzip" } });
  const error = await failure(encoded.registry.pull("clf:v1", { store: encoded.store }));
  expect(error).toMatchObject({ code: "BENTO_REGISTRY_FAILED", message: expect.stringContaining('"gzip"') });
});

test.each(["uploading", "failed", "pending"])("a version that is %s is not got", async (status) => {
  const { registry, store, downloads } = await serving({ bodies: [tar], version: { upload_status: status } });
  expect(await failure(registry.pull("clf:v1", { store }))).toMatchObject({
    code: "BENTO_MODEL_NOT_FOUND",
    message: expect.stringContaining(status),
  });
  expect(downloads).toEqual([]);
});

test("two pulls of one tag at once both end with it", async () => {
  const { registry, store } = await serving({ bodies: [tar] });
  const results = await Promise.all([registry.pull("clf:v1", { store }), registry.pull("clf:v1", { store })]);
  expect(results.map((result) => result.outcome)).toContain("pulled");
  expect(results.map((result) => String(result.model.tag))).toEqual(["clf:v1", "clf:v1"]);
});

test("a pull is stopped in the middle, and leaves nothing", async () => {
  const stop = new AbortController();
  const { registry, store } = await serving({ bodies: [tar], stalls: true });
  const pulling = registry.pull("clf:v1", { store, signal: stop.signal });
  for await (const { phase } of pulling) {
    expect(phase).toBe("transfer");
    stop.abort();
    break;
  }
  expect(await failure(pulling)).toMatchObject({ code: "BENTO_CANCELLED" });
  expect(await store.listTags()).toEqual([]);
});
