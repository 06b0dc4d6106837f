import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { AnsweringProxy } from "../../../../test/support/answering-proxy.js";
import { FaultProxy } from "../../../../test/support/fault-proxy.js";
import { GcsServer } from "../../../../test/support/gcs-server.js";
import { contentOf, filesBelow, gather, someBytes } from "../../../../test/support/remote-bytes.js";
import { remoteContract } from "../../../../test/support/remote-contract.js";
import { openDriver } from "../../src/remote/drivers/known-drivers.js";
import { locationOfUrl } from "../../src/remote/remote-location.js";
import type { Remote, RemoteContent } from "../../src/remote/remote.js";

const { signal } = new AbortController();
const MiB = 1024 * 1024;
let google: GcsServer;

beforeAll(async () => {
  google = await GcsServer.start();
});

afterAll(() => google[Symbol.asyncDispose]());

function open(bucket: string, params: Readonly<Record<string, string>> = {}, { url }: { readonly url: string } = google): Promise<Remote> {
  return openDriver(locationOfUrl(`gs://${bucket}`, { params: { endpoint: url, ...params } }), { signal });
}

function newBucket(server = google): string {
  return server.makeBucket(`bucket-${randomUUID()}`).name;
}

describe("objects of Google, at a stand-in for its server", () => {
  remoteContract(
    async () => {
      google.pageSize = 20;
      return { remote: await open(newBucket()), at: "some where/", leftovers: async () => [...google.sessions.keys()] };
    },
    { many: 60 },
  );
});

describe("a list of Google's", () => {
  test.each(["a/../../b", "a/", "a/./b", "a//b", "a/..\\..\\b", "a/b\0c"])("that has %j in it", async (name) => {
    const bucket = google.makeBucket(`bucket-${randomUUID()}`);
    for (const key of ["a/1", name, "b"]) bucket.put(key, Buffer.from("x"), undefined);
    await using remote = await open(bucket.name);
    // The marker of the folder itself is nothing in it.
    if (name === "a/") return expect(await filesBelow(remote, "a")).toEqual(["a/1"]);
    const hostile = {
      code: "BENTO_TRANSFER_FAILED",
      message: expect.stringContaining("leads out") as string,
      cause: { isTransient: false },
    };
    await expect(filesBelow(remote, "a")).rejects.toMatchObject(hostile);
    await expect(remote.delete("a")).rejects.toMatchObject(hostile);
    expect([...bucket.objects.keys()]).toContain("b");
  });
});

describe("an upload to Google", () => {
  test("goes on from what has arrived when parts are refused and connections break", async () => {
    await using proxy = await AnsweringProxy.start(google.port);
    await using network = await FaultProxy.start(proxy.port);
    const bucket = newBucket();
    await using remote = await open(bucket, {}, network);
    let puts = 0;
    proxy.answerOf = ({ method }) => (method === "PUT" && [2, 3].includes((puts += 1)) ? { status: 503, body: "busy" } : undefined);
    network.faultsOf = ({ number }) => (number === 1 ? { kind: "drop", on: "request", at: 5 * MiB } : []);
    const bytes = someBytes(40 * MiB + 5);
    await remote.write("file", contentOf(bytes, { isSizeKnown: false }));
    expect(network.met.drop).toBe(1);
    expect(proxy.answered.length).toBe(2);
    expect((await gather(remote.read("file"))).equals(bytes)).toBe(true);
    // What had arrived was not sent again.
    expect(network.bytes.request).toBeLessThan(bytes.length + 17 * MiB);
  });

  test("whose bytes change on their way makes no file of them", async () => {
    await using network = await FaultProxy.start(google.port);
    const fault = { kind: "corrupt", on: "request", at: 2 * MiB } as const;
    network.faultsOf = ({ number }) => (number === 1 ? fault : []);
    await using remote = await open(newBucket(), {}, network);
    const small = someBytes(5 * MiB);
    await remote.write("small", contentOf(small));
    expect(network.met.corrupt).toBe(1);
    expect((await gather(remote.read("small"))).equals(small)).toBe(true);
    network.faultsOf = () => fault;
    network.dropAll();
    await expect(remote.write("large", contentOf(someBytes(20 * MiB)))).rejects.toMatchObject({
      code: "BENTO_TRANSFER_FAILED",
      message: expect.stringContaining("MD5") as string,
      cause: { isTransient: true },
    });
    expect(await filesBelow(remote, "")).toEqual(["small"]);
    expect(google.sessions.size).toBe(0);
  });

  test("that is aborted in its middle is given up at Google too", async () => {
    await using remote = await open(newBucket());
    const controller = new AbortController();
    const endless: RemoteContent = {
      size: undefined,
      async *stream() {
        for (let sent = 0; ; sent += MiB) {
          // The first part is on its way or there.
          if (google.sessions.size > 0 && sent > 20 * MiB) controller.abort();
          yield Buffer.alloc(MiB);
        }
      },
    };
    await expect(remote.write("file", endless, { signal: controller.signal })).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
    expect(google.sessions.size).toBe(0);
    expect(await filesBelow(remote, "")).toEqual([]);
  });

  test("that Google forgot about begins anew when it is tried again as a whole", async () => {
    const bucket = newBucket();
    await using remote = await open(bucket);
    const bytes = someBytes(40 * MiB);
    const forgetting: RemoteContent = {
      size: bytes.length,
      async *stream() {
        for (let at = 0; at < bytes.length; at += MiB) {
          if (at === 39 * MiB) google.sessions.clear();
          yield bytes.subarray(at, at + MiB);
        }
      },
    };
    await expect(remote.write("file", forgetting)).rejects.toMatchObject({
      message: expect.stringContaining("forgot") as string,
      cause: { isTransient: true },
    });
  });
});

describe("whoever asks Google", () => {
  test("is told in Google's words why not", async () => {
    await using server = await GcsServer.start();
    server.tokens.add("the right token");
    const bucket = newBucket(server);
    await using nobody = await open(bucket, {}, server);
    await using wrong = await open(bucket, { token: "a wrong token" }, server);
    await using right = await open(bucket, { token: "the right token" }, server);
    for (const [remote, words] of [
      [nobody, "401 required: Anonymous caller"],
      [wrong, "401 authError: Invalid Credentials"],
    ] as const) {
      // prettier-ignore
      const refused = { code: "BENTO_UNAUTHORIZED", message: expect.stringContaining(words) as string, cause: { isTransient: false } };
      await expect(remote.stat("file")).rejects.toMatchObject(refused);
      await expect(remote.write("file", contentOf(someBytes(17 * MiB)))).rejects.toMatchObject(refused);
    }
    await right.write("file", contentOf(Buffer.from("mine")));
    expect(await filesBelow(right, "")).toEqual(["file"]);
    await using missing = await open("no-such-bucket", { token: "the right token" }, server);
    for (const call of [() => missing.stat("x"), () => missing.write("x", contentOf(Buffer.from("x"))), () => filesBelow(missing, "")]) {
      await expect(call()).rejects.toMatchObject({
        code: "BENTO_NOT_FOUND",
        message: expect.stringContaining("bucket does not exist") as string,
      });
    }
  });

  test("gets a token for the credentials of the environment, which are seen nowhere when they are refused", async () => {
    await using server = await GcsServer.start();
    server.tokens.add("somebody else's");
    const bucket = newBucket(server);
    const folder = await mkdtemp(join(tmpdir(), "bento-gs-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const subject = "very-secret-subject-token";
    const credentials = {
      type: "external_account",
      audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/p",
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
      token_url: `${server.url}/token`,
      credential_source: { file: join(folder, "subject") },
    };
    await writeFile(join(folder, "subject"), subject);
    await writeFile(join(folder, "credentials.json"), JSON.stringify(credentials));
    vi.stubEnv("GOOGLE_APPLICATION_CREDENTIALS", join(folder, "credentials.json"));
    await using refused = await open(bucket, {}, server);
    const error: unknown = await refused.stat("file").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "BENTO_UNAUTHORIZED", message: expect.stringContaining("invalid_grant") as string });
    expect(String(error)).not.toContain(subject);
    server.subjects.add(subject);
    await using remote = await open(bucket, {}, server);
    await remote.write("file", contentOf(Buffer.from("by token")));
    expect(String(await gather(remote.read("file")))).toBe("by token");
  });
});
