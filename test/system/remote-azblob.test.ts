import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Remote } from "@bento/store";
import { locationOfUrl, openDriver, type RemoteOptions } from "@bento/store/remotes";
import { AnsweringProxy, type OwnAnswer } from "../support/answering-proxy.js";
import { FaultProxy } from "../support/fault-proxy.js";
import { remoteContract } from "../support/remote-contract.js";
import { contentOf, filesBelow, gather, someBytes } from "../support/remote-bytes.js";
import { Azurite } from "./support/azurite.js";

const { signal } = new AbortController();
let azurite: Azurite;

beforeAll(async () => {
  azurite = await Azurite.start();
});

afterAll(() => azurite[Symbol.asyncDispose]());

/** A new container, by the emulator's own key. */
async function newContainer(): Promise<string> {
  const name = `c${randomUUID()}`;
  await azurite.makeContainer(name);
  return name;
}

function open(container: string, options: RemoteOptions = {}): Promise<Remote> {
  const { account, key, endpoint } = azurite;
  const params = { endpoint, ...options.params };
  return openDriver(locationOfUrl(`azblob://${container}`, { user: account, password: key, ...options, params }), { signal });
}

/** Where something that stands before the emulator is asked. */
function through({ port }: { readonly port: number }): RemoteOptions {
  return { params: { endpoint: `http://127.0.0.1:${port}/${azurite.account}` } };
}

/** What Azure answers to what it refuses. */
function refusal(status: number, code: string): OwnAnswer {
  const body = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>Not now.\nRequestId:1</Message></Error>`;
  return { status, headers: { "content-type": "application/xml", "x-ms-error-code": code }, body };
}

describe("blobs of Azure", () => {
  remoteContract(async () => ({ remote: await open(await newContainer()), at: "some where/" }), { many: 60 });
});

describe("an account of Azure", () => {
  test("is asked with a signature as well, which is seen nowhere when it is over", async () => {
    const container = await newContainer();
    await using remote = await open(container, { password: undefined, params: { sas: azurite.signature({ permissions: "rwdlac" }) } });
    await remote.write("folder/file", contentOf(Buffer.from("signed")));
    expect(String(await gather(remote.read("folder/file")))).toBe("signed");
    const over = azurite.signature({ permissions: "rwdlac", hours: -1 });
    await using late = await open(container, { password: undefined, params: { sas: over } });
    const error: unknown = await gather(late.read("folder/file")).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "BENTO_UNAUTHORIZED",
      message: expect.stringContaining("403") as string,
      cause: { isTransient: false },
    });
    expect(String(error)).not.toContain(new URLSearchParams(over).get("sig"));
    await using pasted = await openDriver(
      locationOfUrl(`az://${container}?${azurite.signature({ permissions: "rl" })}`, {
        user: azurite.account,
        params: { endpoint: azurite.endpoint },
      }),
      { signal },
    );
    expect(await filesBelow(pasted, "")).toEqual(["folder/file"]);
    await expect(pasted.write("other", contentOf(Buffer.from("x")))).rejects.toMatchObject({ code: "BENTO_FORBIDDEN" });
  });

  test("refuses a wrong key, and whoever has none, in its own words", async () => {
    const container = await newContainer();
    const wrong = Buffer.from("not the key of this account").toString("base64");
    for (const [options, code] of [
      [{ password: wrong }, "BENTO_UNAUTHORIZED"],
      [{ params: { anonymous: "true" } }, "BENTO_(UNAUTHORIZED|FORBIDDEN|NOT_FOUND)"],
    ] as const) {
      // prettier-ignore
      await using remote = await open(container, options);
      const calls = [
        () => gather(remote.read("file")),
        () => remote.write("file", contentOf(someBytes(9_000_000))),
        () => remote.delete("file"),
        () => remote.stat(""),
      ];
      for (const call of calls) {
        const error: unknown = await call().catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ code: expect.stringMatching(code) as string, cause: { isTransient: false } });
        expect(error).toMatchObject({ message: expect.stringMatching(/the server answered 4\d\d/) as string });
      }
    }
  });

  test("says that a container is not there", async () => {
    await using remote = await open("not-there");
    const missing = {
      code: "BENTO_NOT_FOUND",
      message: expect.stringContaining("ContainerNotFound") as string,
      hint: expect.stringContaining("container") as string,
    };
    const calls = [
      () => remote.stat("file"),
      () => gather(remote.read("file")),
      () => remote.write("file", contentOf(someBytes(9_000_000))),
      () => filesBelow(remote, ""),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject(missing);
  });
});

test("a list of Azure's that names what leads out of it is not believed", async () => {
  await using proxy = await AnsweringProxy.start(azurite.port);
  await using remote = await open(await newContainer(), through(proxy));
  await remote.write("b", contentOf(Buffer.from("x")));
  for (const name of ["a/../b", "b", "a/./b", "a//b", "a/..\\b"]) {
    const blob = `<Blob><Name>${name}</Name><Properties><Content-Length>1</Content-Length><Etag>1</Etag></Properties></Blob>`;
    const body = `<?xml version="1.0"?><EnumerationResults><Blobs>${blob}</Blobs><NextMarker/></EnumerationResults>`;
    proxy.answerOf = ({ url = "" }) =>
      url.includes("comp=list") ? { status: 200, headers: { "content-type": "application/xml" }, body } : undefined;
    const hostile = { code: "BENTO_TRANSFER_FAILED", message: expect.stringContaining("leads out") as string };
    await expect(filesBelow(remote, "a")).rejects.toMatchObject(hostile);
    if (name !== "b") await expect(remote.delete("a")).rejects.toMatchObject(hostile);
  }
  proxy.answerOf = () => undefined;
  expect(await filesBelow(remote, "")).toEqual(["b"]);
});

describe("an upload to Azure", () => {
  test("goes on where single blocks are refused again and again, and is not tried again as a whole", async () => {
    await using proxy = await AnsweringProxy.start(azurite.port);
    const container = await newContainer();
    await using remote = await open(container, through(proxy));
    let refusals = 0;
    proxy.answerOf = ({ url = "", method }) => {
      if (method !== "PUT" || !/comp=block(list)?&/.test(`${url}&`) || (refusals += 1) > 6) return undefined;
      return refusals % 2 === 0 ? refusal(503, "ServerBusy") : refusal(500, "InternalError");
    };
    const bytes = someBytes(30_000_001);
    await remote.write("file", contentOf(bytes));
    expect(proxy.answered.length).toBe(6);
    expect((await gather(remote.read("file"))).equals(bytes)).toBe(true);
  });

  test("that the service does not take at all leaves nothing that is seen, and says what it said", async () => {
    await using proxy = await AnsweringProxy.start(azurite.port);
    const container = await newContainer();
    await using remote = await open(container, through(proxy));
    proxy.answerOf = ({ url = "" }) => (url.includes("comp=blocklist") ? refusal(409, "LeaseIdMissing") : undefined);
    await expect(remote.write("file", contentOf(someBytes(20_000_000)))).rejects.toMatchObject({
      code: "BENTO_TRANSFER_FAILED",
      message: `Cannot write "azblob://${container}/file": the server answered 409 LeaseIdMissing: Not now.`,
      cause: { isTransient: false, code: "LeaseIdMissing" },
    });
    expect(await remote.stat("file")).toBeUndefined();
    expect(await filesBelow(remote, "")).toEqual([]);
    // Azure throws the blocks away in a week, or with the next upload to the name: as it does here.
    expect(await azurite.uncommitted(container)).toEqual(["file"]);
    proxy.answerOf = () => undefined;
    await remote.write("file", contentOf(Buffer.from("small")));
    expect(await filesBelow(remote, "")).toEqual(["file"]);
  });

  test("is whole though bytes change and connections break on their way", async () => {
    await using proxy = await FaultProxy.start(azurite.port, {
      faultsOf: ({ number }) => {
        if (number === 1) return { kind: "corrupt", on: "request", at: 500_000 };
        return number === 2 ? { kind: "drop", on: "request", at: 1_000_000 } : [];
      },
    });
    await using remote = await open(await newContainer(), through(proxy));
    const bytes = someBytes(30_000_001);
    await remote.write("file", contentOf(bytes));
    expect(proxy.met).toMatchObject({ corrupt: 1, drop: 1 });
    expect((await gather(remote.read("file"))).equals(bytes)).toBe(true);
    // What fits into one request is checked as well.
    const before = proxy.connections;
    proxy.faultsOf = ({ number }) => (number === before + 1 ? { kind: "corrupt", on: "request", at: 500_000 } : []);
    proxy.dropAll();
    await remote.write("small", contentOf(bytes.subarray(0, 5_000_000)));
    expect(proxy.met.corrupt).toBe(2);
    expect((await gather(remote.read("small"))).equals(bytes.subarray(0, 5_000_000))).toBe(true);
    proxy.faultsOf = () => ({ kind: "drop", on: "response", at: 5_000_000 });
    proxy.dropAll();
    await expect(gather(remote.read("file"))).rejects.toMatchObject({ code: "BENTO_TRANSFER_FAILED", cause: { isTransient: true } });
  });
});
