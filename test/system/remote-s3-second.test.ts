import { CreateBucketCommand, ListMultipartUploadsCommand, S3Client } from "@aws-sdk/client-s3";
import type { Remote } from "@bento/store";
import { locationOfUrl, openDriver } from "@bento/store/remotes";
import { afterAll, beforeAll, describe } from "vitest";
import { remoteContract } from "../support/remote-contract.js";
import { SeaweedServer, seaweedKeys } from "./support/seaweedfs.js";

let server: SeaweedServer;
let client: S3Client;
beforeAll(async () => {
  server = await SeaweedServer.start();
  const credentials = { accessKeyId: seaweedKeys.user, secretAccessKey: seaweedKeys.password };
  client = new S3Client({ endpoint: server.endpoint, forcePathStyle: true, region: "us-east-1", credentials });
  for (const Bucket of ["models", "public"]) await client.send(new CreateBucketCommand({ Bucket }));
});
afterAll(async () => {
  client.destroy();
  await server[Symbol.asyncDispose]();
});

const { signal } = new AbortController();
function open(url: string, options: { user?: string; password?: string; params?: Record<string, string> } = seaweedKeys): Promise<Remote> {
  return openDriver(locationOfUrl(url, { ...options, params: { endpoint: server.endpoint, ...options.params } }), { signal });
}

let count = 0;
describe("a bucket of SeaweedFS", () => {
  remoteContract(async () => {
    const at = `test ${(count += 1)}/`;
    const leftovers = async (): Promise<readonly unknown[]> =>
      (await client.send(new ListMultipartUploadsCommand({ Bucket: "models" }))).Uploads ?? [];
    return { remote: await open("s3://models"), at, leftovers };
  });
});
