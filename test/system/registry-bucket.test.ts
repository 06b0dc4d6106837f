import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
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
