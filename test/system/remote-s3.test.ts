import { CreateBucketCommand, ListMultipartUploadsCommand, S3Client } from "@aws-sdk/client-s3";
import type { Remote } from "@bento/store";
import { locationOfUrl, openDriver } from "@bento/store/remotes";
import { afterAll, beforeAll, describe, vi } from "vitest";
import { remoteContract } from "../support/remote-contract.js";
import { swiftCredentials, SwiftServer } from "./support/swift.js";

let swift: SwiftServer;
let client: S3Client;
beforeAll(async () => {
  // From where AWS's own tools take them.
  for (const [name, value] of Object.entries(swiftCredentials)) vi.stubEnv(name, value);
  swift = await SwiftServer.start();
  vi.stubEnv("AWS_ENDPOINT_URL_S3", swift.endpoint);
  client = new S3Client({ forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: "models" }));
});
afterAll(async () => {
  client.destroy();
  await swift[Symbol.asyncDispose]();
});

const { signal } = new AbortController();
function open(url: string): Promise<Remote> {
  return openDriver(locationOfUrl(url), { signal });
}

let count = 0;
describe("a bucket of Swift", () => {
  remoteContract(async () => {
    const at = `test ${(count += 1)}/`;
    const leftovers = async (): Promise<readonly unknown[]> =>
      (await client.send(new ListMultipartUploadsCommand({ Bucket: "models" }))).Uploads ?? [];
    return { remote: await open("s3a://models"), at, leftovers };
  });
});
