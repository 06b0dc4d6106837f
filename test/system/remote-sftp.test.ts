import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import type { Remote } from "@bento/store";
import { locationOfUrl, openDriver, openRemote } from "@bento/store/remotes";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { FaultProxy } from "../support/fault-proxy.js";
import { contentOf, filesBelow, gather, listed, someBytes } from "../support/remote-bytes.js";
import { remoteContract } from "../support/remote-contract.js";
import { runCommand } from "../support/run-command.js";
import { OpenSshServer } from "./support/openssh.js";

const { signal } = new AbortController();
let server: OpenSshServer;
beforeAll(async () => {
  // Keys are exchanged anew in the middle of every larger file.
  server = await OpenSshServer.start(["RekeyLimit 4M"]);
  vi.stubEnv("HOME", server.path("home"));
  await writeFile(server.path("home/.ssh/known_hosts"), await server.knownHost());
});
afterAll(() => server[Symbol.asyncDispose]());

let count = 0;
async function open(): Promise<{ remote: Remote; at: string }> {
  const location = locationOfUrl(`ssh://${server.user}@127.0.0.1:${server.port}`, { params: { identityFile: server.path("client") } });
  return { remote: await openDriver(location, { signal }), at: `${server.path("data").slice(1)}/test ${(count += 1)}/` };
}

async function start(): Promise<{ remote: Remote; at: string; folder: string }> {
  const { remote, at } = await open();
  onTestFinished(() => remote[Symbol.asyncDispose]());
  await mkdir(`/${at}`, { recursive: true });
  return { remote, at, folder: `/${at}` };
}

describe("a server of OpenSSH", () => {
  remoteContract(open);
});

test("a read whose session is killed says that it may be tried again, and goes on from anywhere", async () => {
  const { remote, at } = await start();
  const bytes = someBytes(12_000_007);
  await remote.write(`${at}file`, contentOf(bytes));
  const version = (await remote.stat(`${at}file`))?.version;
  const got: Uint8Array[] = [];
  const reading = async (): Promise<void> => {
    for await (const chunk of remote.read(`${at}file`)) if (got.push(chunk) === 1) server.killSessions();
  };
  await expect(reading()).rejects.toMatchObject({ code: "BENTO_TRANSFER_FAILED", cause: { isTransient: true } });
  const before = Buffer.concat(got);
  expect(before.length).toBeLessThan(bytes.length);
  const rest = await gather(remote.read(`${at}file`, { start: before.length, version }));
  expect(Buffer.concat([before, rest]).equals(bytes)).toBe(true);
});

test("a write whose session is killed goes on from where the server has everything", async () => {
  const { remote, at } = await start();
  const bytes = someBytes(12_000_007);
  const starts: number[] = [];
  await remote.write(`${at}file`, {
    size: undefined,
    async *stream(from) {
      starts.push(from);
      yield bytes.slice(from, 7_000_000);
      // So much is out or confirmed by now that not all of it can still be out.
      if (starts.length < 3) expect(server.killSessions()).toBeGreaterThan(0);
      yield bytes.slice(Math.max(from, 7_000_000));
    },
  });
  expect(starts).toHaveLength(3);
  for (const from of starts.slice(1)) expect(from).toBeGreaterThan(2_000_000);
  expect((await gather(remote.read(`${at}file`))).equals(bytes)).toBe(true);
  expect(await filesBelow(remote, at.slice(0, -1))).toEqual([`${at}file`]);
});

test("a link to a file is its file, one to a folder or to nothing is not followed", async () => {
  const { remote, at, folder } = await start();
  await remote.write(`${at}folder/file`, contentOf(Buffer.from("hello")));
  await symlink("folder/file", `${folder}link`);
  await symlink("..", `${folder}folder/circle`);
  await symlink("nowhere", `${folder}dangling`);
  expect([...(await listed(remote, at.slice(0, -1))).keys()].toSorted()).toEqual([`${at}folder`, `${at}folder/file`, `${at}link`]);
  expect(await remote.stat(`${at}link`)).toMatchObject({ kind: "file", size: 5 });
  expect(String(await gather(remote.read(`${at}link`)))).toBe("hello");
  await remote.delete(at.slice(0, -1));
  expect(await remote.stat(at.slice(0, -1))).toBeUndefined();
  expect(await remote.stat(server.path("data").slice(1))).toMatchObject({ kind: "folder" });
});

test("what stands in the way is said", async () => {
  const { remote, at } = await start();
  await remote.write(`${at}folder/file`, contentOf(Buffer.from("hello")));
  const inTheWay = (message: string): object => ({ code: "BENTO_TRANSFER_FAILED", message: expect.stringContaining(message) as string });
  await expect(remote.write(`${at}folder`, contentOf(Buffer.from("x")))).rejects.toMatchObject(inTheWay("a folder is there"));
  await expect(remote.write(`${at}folder/file/x`, contentOf(Buffer.from("x")))).rejects.toMatchObject(
    inTheWay("is a file, where a folder"),
  );
  await expect(gather(remote.read(`${at}folder`))).rejects.toMatchObject(inTheWay("it is a folder"));
  await expect(remote.delete("")).rejects.toMatchObject({ code: "BENTO_BAD_REQUEST" });
  expect(await filesBelow(remote, at.slice(0, -1))).toEqual([`${at}folder/file`]);
});

test("a network that breaks and changes bytes lets only the right ones through", async () => {
  await using proxy = await FaultProxy.start(server.port);
  const { stdout } = await runCommand("ssh-keygen", ["-lf", server.path("host_ed25519.pub")]);
  const params = { identityFile: server.path("client"), hostKey: stdout.split(" ")[1] as string };
  const { at, folder } = await start();
  await using remote = await openRemote(locationOfUrl(`sftp://${server.user}@127.0.0.1:${proxy.port}`, { params }), { signal });
  const bytes = someBytes(12_000_007);
  proxy.faultsOf = ({ number }) =>
    number === 1
      ? { kind: "drop", on: "request", at: 3_000_000 }
      : number === 2
        ? { kind: "corrupt", on: "request", at: 4_000_000 }
        : undefined;
  await remote.write(`${at}file`, contentOf(bytes));
  expect([proxy.connections, proxy.met.drop, proxy.met.corrupt]).toEqual([3, 1, 1]);
  expect(await readdir(folder)).toEqual(["file"]);
  proxy.faultsOf = ({ number }) => (number === 4 ? { kind: "corrupt", on: "response", at: 3_000_000 } : undefined);
  server.killSessions();
  expect((await gather(remote.read(`${at}file`))).equals(bytes)).toBe(true);
  expect([proxy.connections, proxy.met.corrupt]).toEqual([5, 2]);
});
