import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import type { Remote, RemoteContent } from "@bento/store";
import { locationOfUrl, openDriver, type RemoteOptions } from "@bento/store/remotes";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { FaultProxy, type FaultProxyOptions } from "../support/fault-proxy.js";
import { contentOf, gather, someBytes } from "../support/remote-bytes.js";
import { remoteContract } from "../support/remote-contract.js";
import { Pyftpdlib, pyftpdlibLogin } from "./support/pyftpdlib.js";
import { Vsftpd, vsftpdPassword } from "./support/vsftpd.js";

const MiB = 1024 * 1024;
const { signal } = new AbortController();

let vsftpd: Vsftpd;
let pyftpdlib: Pyftpdlib;
let places = 0;

beforeAll(async () => {
  [vsftpd, pyftpdlib] = await Promise.all([Vsftpd.start(), Pyftpdlib.start()]);
});
afterAll(async () => {
  await vsftpd?.[Symbol.asyncDispose]();
  await pyftpdlib?.[Symbol.asyncDispose]();
});

function open(port: number, options: RemoteOptions): Promise<Remote> {
  return openDriver(locationOfUrl(`ftp://127.0.0.1:${port}/`, options), { signal });
}

/** What no listing shows: an upload that was left behind. */
async function partials(root: string): Promise<readonly string[]> {
  return (await readdir(root, { recursive: true })).filter((path) => path.endsWith(".partial"));
}

describe("vsftpd, which lists as ls does", () => {
  remoteContract(
    async () => {
      const remote = await open(vsftpd.port, { password: vsftpdPassword });
      return { remote, at: `files/place-${(places += 1)}/`, leftovers: () => partials(vsftpd.root) };
    },
    { many: 60 },
  );
});

describe("pyftpdlib, which lists facts", () => {
  remoteContract(
    async () => {
      const remote = await open(pyftpdlib.port, pyftpdlibLogin);
      return { remote, at: `place-${(places += 1)}/`, leftovers: () => partials(pyftpdlib.root) };
    },
    { many: 60 },
  );
});

/** The two servers, as the tests below need them. */
const servers = [
  ["vsftpd", () => ({ port: vsftpd.port, root: vsftpd.root, folder: "files/", login: { password: vsftpdPassword } })],
  ["pyftpdlib", () => ({ port: pyftpdlib.port, root: pyftpdlib.root, folder: "", login: pyftpdlibLogin })],
] as const;

describe.each(servers)("a network that breaks before %s", (_, server) => {
  const through = async (
    faultsOf: FaultProxyOptions["faultsOf"],
  ): Promise<{ remote: Remote; proxy: FaultProxy; at: string; root: string }> => {
    const { port, root, folder, login } = server();
    const proxy = await FaultProxy.start(port, { isFtp: true, faultsOf });
    const remote = await open(proxy.port, login);
    onTestFinished(async () => {
      await remote[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
    });
    return { remote, proxy, at: `${folder}broken-${(places += 1)}/`, root };
  };

  test.each(["drop", "close", "truncate"] as const)("a read whose data connection meets a %s can go on where it was", async (kind) => {
    const { port } = server();
    const { remote, proxy, at } = await through(undefined);
    const bytes = someBytes(9_000_000);
    await remote.write(`${at}file.bin`, contentOf(bytes));
    const version = (await remote.stat(`${at}file.bin`))?.version;
    proxy.faultsOf = (connection) => (connection.port === port ? undefined : { kind, on: "response", at: 3 * MiB });
    const got: Uint8Array[] = [];
    const failing = async (): Promise<void> => {
      for await (const chunk of remote.read(`${at}file.bin`, { version })) got.push(chunk);
    };
    await expect(failing()).rejects.toMatchObject({ code: "BENTO_TRANSFER_FAILED", cause: { isTransient: true } });
    expect(proxy.met[kind]).toBe(1);
    proxy.faultsOf = () => undefined;
    const start = Buffer.concat(got).length;
    // Perhaps much less: what has come and nobody has read yet may go with the connection.
    expect(start).toBeLessThanOrEqual(3 * MiB);
    const rest = await gather(remote.read(`${at}file.bin`, { start, version }));
    expect(Buffer.concat([...got, rest]).equals(bytes)).toBe(true);
  });

  test("a write whose data connection breaks goes on by itself, from what the server has", async () => {
    const { port } = server();
    let broken = 0;
    const { remote, proxy, at, root } = await through((connection) => {
      if (connection.port === port || (broken += 1) > 3) return undefined;
      return { kind: "drop", on: "request", at: 4 * MiB };
    });
    const bytes = someBytes(20_000_000);
    await remote.write(`${at}file.bin`, contentOf(bytes, { isSizeKnown: false }));
    expect(proxy.met.drop).toBe(3);
    expect((await readFile(join(root, at, "file.bin"))).equals(bytes)).toBe(true);
    expect(await partials(root)).toEqual([]);
    // What the server had was not sent anew: else it would be all 4 MiB each time.
    expect(proxy.bytes.request).toBeLessThan(bytes.length + 3 * 4 * MiB);
  });

  test("a server that is gone in the middle of a write is asked anew, and a file is whole or not there", async () => {
    const { remote, proxy, at, root } = await through(undefined);
    const bytes = someBytes(8_000_000);
    let drops = 0;
    const content: RemoteContent = {
      size: bytes.length,
      async *stream(start) {
        yield bytes.slice(start, 4_000_000);
        // All of them: the conversation too.
        if ((drops += 1) === 1) proxy.dropAll();
        expect(await stat(join(root, at, "file.bin")).catch(() => "none")).toBe("none");
        yield bytes.slice(Math.max(start, 4_000_000));
      },
    };
    await remote.write(`${at}file.bin`, content);
    expect((await readFile(join(root, at, "file.bin"))).equals(bytes)).toBe(true);
    expect(await partials(root)).toEqual([]);
  });
});

test("a server whose processes are killed in the middle is asked by another connection", async () => {
  await using remote = await open(vsftpd.port, { password: vsftpdPassword });
  const bytes = someBytes(12_000_000);
  let kills = 0;
  const content: RemoteContent = {
    size: bytes.length,
    async *stream(start) {
      yield bytes.slice(start, start + 5_000_000);
      if ((kills += 1) === 1) vsftpd.killSessions();
      yield bytes.slice(start + 5_000_000);
    },
  };
  await remote.write("files/killed.bin", content);
  expect(kills).toBe(2);
  const reading = async (): Promise<void> => {
    for await (const _ of remote.read("files/killed.bin")) vsftpd.killSessions();
  };
  await expect(reading()).rejects.toMatchObject({ cause: { isTransient: true } });
  expect((await gather(remote.read("files/killed.bin"))).equals(bytes)).toBe(true);
});

test("a server that has no second connection for us is content with one", async () => {
  await using crowded = await Vsftpd.start({ clients: 1 });
  await using remote = await open(crowded.port, { password: vsftpdPassword });
  const files = Array.from({ length: 5 }, (_, index) => [`files/file-${index}`, someBytes(200_000)] as const);
  await Promise.all(files.map(([name, bytes]) => remote.write(name, contentOf(bytes))));
  const read = await Promise.all(files.map(([name]) => gather(remote.read(name))));
  for (const [index, [, bytes]] of files.entries()) expect(read[index]?.equals(bytes)).toBe(true);
  await using late = await open(crowded.port, { password: vsftpdPassword });
  await expect(late.stat("files")).rejects.toMatchObject({ code: "BENTO_TRANSFER_FAILED", cause: { isTransient: true } });
});

test.each([
  ["vsftpd", () => vsftpd.port, "anonymous"],
  ["pyftpdlib", () => pyftpdlib.port, pyftpdlibLogin.user],
])("%s lets nobody in with a wrong password, which is never seen", async (_, port, user) => {
  const password = "Wr0ng&Secret/1";
  await using remote = await open(port(), { user, password });
  const error = await remote.stat("x").catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: "BENTO_UNAUTHORIZED", message: expect.stringContaining("530") as string });
  expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/Wr0ng|Secret/);
});
