import { CreateBucketCommand, ListMultipartUploadsCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { mkdtemp, rm } from "node:fs/promises";
import { createHash, randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FileModelStore, folderTree, importModel, MemoryModelStore } from "@bento/store";
import { tarOf } from "@bento/store/archives";
import { serveRegistry } from "@bento/registry-server";
import { openBucket, S3BlobStore } from "@bento/registry-server/bucket";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { blob, blobStoreContract, gather, pieces } from "../support/blob-store-contract.js";
import { swiftCredentials, SwiftServer } from "./support/swift.js";

let swift: SwiftServer;
let client: S3Client;
beforeAll(async () => {
  for (const [name, value] of Object.entries(swiftCredentials)) vi.stubEnv(name, value);
  swift = await SwiftServer.start();
  client = new S3Client({ endpoint: swift.endpoint, forcePathStyle: true, region: swiftCredentials.AWS_REGION });
  await client.send(new CreateBucketCommand({ Bucket: "registry" }));
});
afterAll(async () => {
  client.destroy();
  await swift[Symbol.asyncDispose]();
});

let count = 0;
const newStore = async (): Promise<S3BlobStore> =>
  new S3BlobStore(await openBucket({ bucket: `s3://registry/store-${(count += 1)}`, endpoint: swift.endpoint }));

blobStoreContract(newStore);

test("a URL gives the blob to whoever has it, without a token, and no other", async () => {
  const store = await newStore();
  const { bytes, sha256 } = blob(200_000);
  await store.put(sha256, bytes.length, pieces(bytes));
  const url = await store.url(sha256);
  const answer = await fetch(url, { headers: { range: "bytes=10-19" } });
  expect(answer.status).toBe(206);
  expect(Buffer.from(await answer.arrayBuffer()).equals(bytes.subarray(10, 20))).toBe(true);
  expect((await fetch(url.replace(sha256, blob(5).sha256))).status).toBe(403);
});

/** A registry over the bucket, and a model with its tar. */
async function registry(): Promise<AsyncDisposable & { readonly url: string; readonly prefix: string }> {
  const folder = await mkdtemp(join(tmpdir(), "bento-registry-"));
  const prefix = `registry-${(count += 1)}`;
  const quiet = { info: () => {}, warn: () => {}, error: () => {} };
  const options = { data: folder, port: 0, insecure: true, bucket: `s3://registry/${prefix}`, s3Endpoint: swift.endpoint, logger: quiet };
  const server = await serveRegistry(options);
  const dispose = async (): Promise<void> => {
    await server.close(0);
    await rm(folder, { recursive: true, force: true });
  };
  return { url: server.url, prefix, [Symbol.asyncDispose]: dispose };
}

async function madeModel(tag: string, weights: Uint8Array): Promise<Buffer> {
  const home = await mkdtemp(join(tmpdir(), "bento-home-"));
  const model = await new FileModelStore(home).create(tag, { labels: { stage: "dev" } }, (draft) => draft.write("w.bin", weights));
  const tar = await gather((await tarOf(folderTree(model.path))).stream());
  await rm(home, { recursive: true, force: true });
  return tar;
}

type Item = Readonly<Record<string, unknown>> & { readonly status: number };
async function ask(url: string, method: string, body?: object): Promise<Item> {
  const init = body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  const answer = await fetch(url, { method, ...init });
  return { ...((await answer.json()) as object), status: answer.status };
}

async function announce(url: string, version: string): Promise<string> {
  const manifest = { module: "", api_version: "v1", bentoml_version: "1.4.39", size_bytes: 0 };
  const root = `${url}/api/v1/model_repositories/clf/models`;
  const made = await ask(root, "POST", { version, description: "", manifest, labels: [], build_at: "2026-01-02 03:04:05.000006" });
  expect(made).toMatchObject({ status: 200, transmission_strategy: "presigned_url" });
  return `${root}/${version}`;
}

test("a tar in parts goes straight to the bucket, and a download and the parts are the same bytes", async () => {
  await using server = await registry();
  const weights = randomBytes(11_000_000);
  const tar = await madeModel("clf:v1", weights);
  const root = await announce(server.url, "v1");
  const { upload_id } = await ask(`${root}/start_multipart_upload`, "PATCH");
  const parts: { part_number: number; etag: string }[] = [];
  const partSize = 5 * 1024 * 1024;
  for (let at = 0; at < tar.length; at += partSize) {
    const part_number = parts.length + 1;
    const { presigned_upload_url: url } = await ask(`${root}/presign_multipart_upload_url`, "PATCH", { upload_id, part_number });
    expect(String(url).startsWith(swift.endpoint)).toBe(true);
    const sent = await fetch(String(url), { method: "PUT", body: tar.subarray(at, at + partSize) as Uint8Array<ArrayBuffer> });
    parts.push({ part_number, etag: sent.headers.get("etag") ?? "" });
  }
  const complete = (named: object[]): Promise<Item> => ask(`${root}/complete_multipart_upload`, "PATCH", { upload_id, parts: named });
  expect((await complete(parts.slice(0, -1))).status).toBe(409);
  expect((await complete([...parts.slice(0, -1), { part_number: parts.length, etag: '"other"' }])).status).toBe(409);
  expect((await complete(parts)).status).toBe(200);
  const published = await ask(`${root}/finish_upload`, "PATCH", { status: "success", reason: "" });
  expect(published).toMatchObject({ status: 200, upload_status: "success", labels: [{ key: "stage", value: "dev" }] });
  const { presigned_download_url: download } = await ask(`${root}/presign_download_url`, "PATCH");
  const answer = await fetch(String(download));
  const model = await importModel(new Uint8Array(await answer.arrayBuffer()), { store: new MemoryModelStore() });
  expect(Buffer.from(await model.read("w.bin")).equals(weights)).toBe(true);
  const first = createHash("sha256")
    .update(weights.subarray(0, 8 * 1024 * 1024))
    .digest("hex");
  const redirect = await fetch(`${server.url}/api/v1/content/${first}`, { redirect: "manual" });
  expect([redirect.status, redirect.headers.get("location")?.startsWith(swift.endpoint)]).toEqual([307, true]);
  const left = await client.send(new ListObjectsV2Command({ Bucket: "registry", Prefix: `${server.prefix}/uploads/` }));
  const begun = await client.send(new ListMultipartUploadsCommand({ Bucket: "registry", Prefix: `${server.prefix}/uploads/` }));
  expect([left.Contents ?? [], begun.Uploads ?? []]).toEqual([[], []]);
});

test("an upload in one piece is taken from the bucket, and one that was given up is gone from it", async () => {
  await using server = await registry();
  const tar = await madeModel("clf:v2", randomBytes(1000));
  const root = await announce(server.url, "v2");
  const objects = async (): Promise<number> =>
    (await client.send(new ListObjectsV2Command({ Bucket: "registry", Prefix: `${server.prefix}/uploads/` }))).KeyCount ?? 0;
  for (const status of ["failed", "success"]) {
    const { presigned_upload_url: url } = await ask(`${root}/presign_upload_url`, "PATCH");
    expect((await fetch(String(url), { method: "PUT", body: tar as Uint8Array<ArrayBuffer> })).status).toBe(200);
    expect(await objects()).toBe(1);
    expect(await ask(`${root}/finish_upload`, "PATCH", { status, reason: "" })).toMatchObject({ status: 200, upload_status: status });
    expect(await objects()).toBe(0);
  }
});

test("while the bucket is away callers are told to come back, and afterwards all goes on", async () => {
  await using server = await registry();
  const tar = await madeModel("clf:v3", randomBytes(100_000));
  const root = await announce(server.url, "v3");
  const upload = (): Promise<Response> => fetch(`${root}/upload`, { method: "PUT", body: tar as Uint8Array<ArrayBuffer> });
  await swift.stop();
  const away = await upload();
  expect([away.status, ((await away.json()) as { code: string }).code]).toEqual([503, "BENTO_UNAVAILABLE"]);
  await swift.startAgain();
  expect((await upload()).status).toBe(200);
  const answer = await fetch(`${root}/download`);
  expect(String((await importModel(new Uint8Array(await answer.arrayBuffer()), { store: new MemoryModelStore() })).tag)).toBe("clf:v3");
});
