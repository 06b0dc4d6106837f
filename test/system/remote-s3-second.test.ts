import { CreateBucketCommand, ListMultipartUploadsCommand, S3Client } from "@aws-sdk/client-s3";
import dns from "node:dns";
import { inspect } from "node:util";
import type { Remote } from "@bento/store";
import { locationOfUrl, openDriver } from "@bento/store/remotes";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type HttpFault, type HttpFaultOf, HttpFaults, type SeenRequest } from "../support/http-faults.js";
import { contentOf, filesBelow, gather, someBytes } from "../support/remote-bytes.js";
import { remoteContract } from "../support/remote-contract.js";
import { seaweedDomain, SeaweedServer, seaweedKeys } from "./support/seaweedfs.js";

let server: SeaweedServer;
let client: S3Client;
let faults: HttpFaults;
beforeAll(async () => {
  server = await SeaweedServer.start();
  const credentials = { accessKeyId: seaweedKeys.user, secretAccessKey: seaweedKeys.password };
  client = new S3Client({ endpoint: server.endpoint, forcePathStyle: true, region: "us-east-1", credentials });
  for (const Bucket of ["models", "public"]) await client.send(new CreateBucketCommand({ Bucket }));
  faults = await HttpFaults.start(server.endpoint);
});
afterAll(async () => {
  client.destroy();
  await faults[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

interface Given {
  readonly user?: string;
  readonly password?: string;
  readonly params?: Readonly<Record<string, string>>;
}
const { signal } = new AbortController();
function open(url: string, { params, ...keys }: Given = seaweedKeys): Promise<Remote> {
  return openDriver(locationOfUrl(url, { ...keys, params: { endpoint: server.endpoint, ...params } }), { signal });
}

/** Parts of uploads that nobody finished. */
async function leftovers(): Promise<readonly unknown[]> {
  return (await client.send(new ListMultipartUploadsCommand({ Bucket: "models" }))).Uploads ?? [];
}

let count = 0;
describe("a bucket of SeaweedFS", () => {
  remoteContract(async () => ({ remote: await open("s3://models"), at: `test ${(count += 1)}/`, leftovers }));
});

describe("a write that goes wrong", () => {
  const bytes = someBytes(11_000_000);
  const isPart = ({ method, url }: SeenRequest): boolean => method === "PUT" && url.includes("partNumber=2");
  const isComplete = ({ method, url }: SeenRequest): boolean => method === "POST" && url.includes("uploadId=");
  const isAbort = ({ method, url }: SeenRequest): boolean => method === "DELETE" && url.includes("uploadId=");
  const error = (code: string, message = "Because."): string => `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  /** Something befalls the first requests of a kind. */
  const first = (times: number, isSo: (request: SeenRequest) => boolean, fault: HttpFault): HttpFaultOf => {
    let left = times;
    return (request) => (isSo(request) && (left -= 1) >= 0 ? fault : undefined);
  };
  /** Writes over an old file. @returns what is there in the end, and what the write said */
  const write = async (
    ...faultsOf: readonly HttpFaultOf[]
  ): Promise<{ failure: unknown; isNew: boolean; requests: HttpFaults["seen"] }> => {
    await using remote = await open("s3://models", { ...seaweedKeys, params: { endpoint: faults.url, partSize: "5MiB" } });
    faults.faultOf = () => undefined;
    const path = `faulty/file-${(count += 1)}`;
    await remote.write(path, contentOf(Buffer.from("old")));
    const before = faults.seen.length;
    faults.faultOf = (request) => faultsOf.map((faultOf) => faultOf(request)).find((fault) => fault !== undefined);
    const failure: unknown = await remote.write(path, contentOf(bytes, { isSizeKnown: count % 2 === 0 })).then(
      () => undefined,
      (caught: unknown) => caught,
    );
    faults.faultOf = () => undefined;
    const requests = faults.seen.slice(before);
    const there = await gather(remote.read(path));
    expect(await leftovers()).toEqual([]);
    expect(there.equals(bytes) || String(there) === "old").toBe(true);
    return { failure, isNew: there.equals(bytes), requests };
  };

  test("sends a part again that the server could not take, until it does", async () => {
    const { failure, isNew, requests } = await write(
      first(3, isPart, { kind: "answer", status: 500, body: error("InternalError") }),
      first(2, (request) => request.url.includes("partNumber=3"), { kind: "lose" }),
    );
    expect([failure, isNew]).toEqual([undefined, true]);
    expect(requests.filter(isPart)).toHaveLength(4);
  });

  test("sends a part again that was another when it arrived", async () => {
    const { failure, isNew, requests } = await write(first(1, isPart, { kind: "corrupt" }));
    expect([failure, isNew, requests.filter(isPart).length]).toEqual([undefined, true, 2]);
  });

  test("sends a part again of which the server says that it has other bytes", async () => {
    const other = { etag: `"${"0".repeat(32)}"` };
    const { failure, isNew, requests } = await write(first(2, isPart, { kind: "replace", status: 200, headers: other, body: "" }));
    expect([failure, isNew, requests.filter(isPart).length]).toEqual([undefined, true, 3]);
  });

  test("leaves no part where one is refused, though its removal fails at first", async () => {
    const { failure, isNew } = await write(
      first(9, isPart, { kind: "answer", status: 403, body: error("AccessDenied", "Not this one.") }),
      first(2, isAbort, { kind: "answer", status: 503, body: error("SlowDown") }),
    );
    expect(failure).toMatchObject({
      code: "BENTO_FORBIDDEN",
      message: expect.stringContaining("403, AccessDenied: Not this one.") as string,
    });
    expect(isNew).toBe(false);
  });

  test("is done where only the last answer was lost, or said in the middle that it failed", async () => {
    expect(await write(first(1, isComplete, { kind: "lose" }))).toMatchObject({ failure: undefined, isNew: true });
    const later: HttpFaultOf = first(1, isComplete, { kind: "answer", status: 200, body: error("InternalError") });
    expect(await write(later)).toMatchObject({ failure: undefined, isNew: true });
    // Not even a second time does the server say that it is through.
    const silent: HttpFaultOf = first(9, isComplete, { kind: "replace", status: 404, body: error("NoSuchUpload") });
    expect(await write(silent)).toMatchObject({ failure: undefined, isNew: true });
  });

  test("leaves no part where the server says in a good answer that it cannot make the object", async () => {
    const { failure, isNew } = await write(first(9, isComplete, { kind: "answer", status: 200, body: error("InvalidPart", "Too odd.") }));
    expect(failure).toMatchObject({ code: "BENTO_TRANSFER_FAILED", message: expect.stringContaining("InvalidPart: Too odd.") as string });
    expect(isNew).toBe(false);
  });

  test("removes its upload though it was aborted before the server had said its name", async () => {
    await using remote = await open("s3://models", { ...seaweedKeys, params: { endpoint: faults.url, partSize: "5MiB" } });
    const controller = new AbortController();
    faults.faultOf = ({ method, url }) => {
      if (method === "POST" && url.includes("uploads")) controller.abort();
      return undefined;
    };
    const writing = remote.write("faulty/aborted", contentOf(bytes), { signal: controller.signal });
    await expect(writing).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
    faults.faultOf = () => undefined;
    expect([await leftovers(), await remote.stat("faulty/aborted")]).toEqual([[], undefined]);
  });
});

test("six parts are on their way together, and no more is taken from the content meanwhile", async () => {
  await using remote = await open("s3://models", { ...seaweedKeys, params: { endpoint: faults.url, partSize: "5MiB" } });
  const bytes = someBytes(48_000_000);
  const partBytes = 5 * 1024 ** 2;
  let taken = 0;
  let parts = 0;
  let sixCame!: () => void;
  const together = new Promise<undefined>((resolve) => (sixCame = () => resolve(undefined)));
  faults.faultOf = ({ url }) => {
    if (!url.includes("partNumber=")) return undefined;
    if ((parts += 1) === 6) sixCame();
    // Nobody is answered before six have come.
    return together;
  };
  const writing = remote.write("together", {
    size: undefined,
    async *stream() {
      for (; taken < bytes.length; taken += 100_000) yield bytes.slice(taken, taken + 100_000);
    },
  });
  await together;
  // Of the next part the first piece was looked at, and maybe one more is ready.
  expect(taken).toBeLessThanOrEqual(6 * partBytes + 200_000);
  await writing;
  faults.faultOf = () => undefined;
  expect((await gather(remote.read("together"))).equals(bytes)).toBe(true);
});

test("objects of a folder are deleted one by one where the server cannot do it at once", async () => {
  await using remote = await open("s3://models", { ...seaweedKeys, params: { endpoint: faults.url } });
  for (const name of ["one", "two", "below/three"]) await remote.write(`each/${name}`, contentOf(Buffer.from(name)));
  faults.faultOf = ({ url }) => (url.includes("?delete") ? { kind: "answer", status: 501, body: "" } : undefined);
  await remote.delete("each");
  faults.faultOf = () => undefined;
  expect(await filesBelow(remote, "each")).toEqual([]);
});

test("what the server says is told, with what to do, and no secret", async () => {
  const said = async (url: string, given?: Given): Promise<unknown> => {
    await using remote = await open(url, given);
    const failures = await Promise.allSettled([
      remote.stat("x/y"),
      gather(remote.read("x/y")),
      remote.write("x/y", contentOf(someBytes(9))),
    ]);
    return failures.map((settled) => {
      if (settled.status === "fulfilled") throw new Error("It did not fail.");
      const { code, message, hint } = settled.reason as { code: string; message: string; hint: string };
      expect(inspect(settled.reason, { depth: 9, showHidden: true })).not.toMatch(/a-secret|wrong-secret|AWS4-HMAC|authorization/i);
      expect(hint).toMatch(/\.$/);
      return `${code}: ${message}`;
    });
  };
  expect(await said("s3://nobodys")).toEqual(
    ["look at", "read", "write"].map(
      (doing) => expect.stringMatching(`^BENTO_NOT_FOUND: Cannot ${doing} .*s3://nobodys/x/y.*NoSuchBucket: `) as string,
    ),
  );
  const each = (pattern: string): readonly string[] => Array.from({ length: 3 }, () => expect.stringMatching(pattern) as string);
  expect(await said("s3://models", { user: "nobody", password: "a-secret" })).toEqual(
    each("^BENTO_UNAUTHORIZED: .* 403, InvalidAccessKeyId: "),
  );
  expect(await said("s3://models", { user: seaweedKeys.user, password: "wrong-secret" })).toEqual(
    each("^BENTO_UNAUTHORIZED: .* 403, SignatureDoesNotMatch: "),
  );
  expect(await said("s3://models", { params: { anonymous: "true" } })).toEqual(each("^BENTO_FORBIDDEN: .* 403, AccessDenied: "));
});

test("a public bucket is read by anybody, and one is reached by a host of its own", async () => {
  const looked = vi.spyOn(dns, "lookup").mockImplementation(((
    _host: string,
    options: { all?: boolean },
    done: (...args: unknown[]) => void,
  ) => {
    if (options.all === true) done(null, [{ address: "127.0.0.1", family: 4 }]);
    else done(null, "127.0.0.1", 4);
  }) as typeof dns.lookup);
  try {
    const endpoint = server.endpoint.replace("127.0.0.1", seaweedDomain);
    await using writer = await open("s3://public", { ...seaweedKeys, params: { endpoint, pathStyle: "false" } });
    const bytes = someBytes(9_000_000);
    await writer.write("for/all.bin", contentOf(bytes));
    expect(looked.mock.calls.map(([host]) => host)).toContain(`public.${seaweedDomain}`);
    await using reader = await open("s3://public", { params: { anonymous: "true" } });
    expect((await gather(reader.read("for/all.bin"))).equals(bytes)).toBe(true);
    expect(await filesBelow(reader, "for")).toEqual(["for/all.bin"]);
    await expect(reader.write("for/me.bin", contentOf(bytes))).rejects.toMatchObject({ code: "BENTO_FORBIDDEN" });
  } finally {
    looked.mockRestore();
  }
});
