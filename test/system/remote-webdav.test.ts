import { randomUUID } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Remote } from "@bento/store";
import { locationOfUrl, openDriver, type RemoteOptions } from "@bento/store/remotes";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { contentOf, filesBelow, gather, someBytes } from "../support/remote-bytes.js";
import { remoteContract } from "../support/remote-contract.js";
import { runCommand } from "../support/run-command.js";
import { ApacheServer } from "./support/apache.js";
import { webLogin } from "./support/web-daemon.js";

let server: ApacheServer;
beforeAll(async () => {
  server = await ApacheServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

const open = (options: RemoteOptions = {}): Promise<Remote> =>
  openDriver(locationOfUrl(`webdav://127.0.0.1:${server.port}/`, options), { signal: new AbortController().signal });

const opened = async (options?: RemoteOptions): Promise<Remote> => {
  const remote = await open(options);
  onTestFinished(() => remote[Symbol.asyncDispose]());
  return remote;
};

describe("files of Apache", () => {
  const openPlace = async (): Promise<{ remote: Remote; at: string; leftovers: () => Promise<readonly string[]> }> => {
    const at = `open/${randomUUID()}/`;
    const names = (): Promise<readonly string[]> => readdir(join(server.files, at), { recursive: true });
    const leftovers = async (): Promise<readonly string[]> => {
      // Apache notices a moment later that whoever wrote has gone.
      await expect.poll(async () => (await names()).filter((name) => name.includes(".davfs"))).toEqual([]);
      return (await names()).filter((name) => name.endsWith(".partial"));
    };
    return { remote: await open(), at, leftovers };
  };
  remoteContract(openPlace, { many: 60 });
});

test.each(["basic", "digest"])(
  "what is behind a password (%s) is there for who has it, and is refused in words to others",
  async (kind) => {
    const folder = `${kind}/${randomUUID()}`;
    const remote = await opened(webLogin);
    const names = Array.from({ length: 8 }, (_, index) => `${folder}/a b/${index}?.bin`);
    // At once, also where each proof must be another; large enough for the server to be asked first whether it wants it.
    await Promise.all(names.map((name) => remote.write(name, contentOf(someBytes(1_500_000), { isSizeKnown: name !== names[0] }))));
    expect(await filesBelow(remote, folder)).toEqual(names);
    expect(await gather(remote.read(names[0] ?? "", { start: 1_000_000 }))).toHaveLength(500_000);
    for (const login of [{}, { ...webLogin, password: "wrong-password" }]) {
      const stranger = await opened(login);
      const refused = { code: "BENTO_UNAUTHORIZED", cause: { isTransient: false } };
      await expect(stranger.stat(folder)).rejects.toMatchObject(refused);
      await expect(stranger.write(`${folder}/x`, contentOf(someBytes(3_000_000)))).rejects.toMatchObject(refused);
    }
  },
);

test("a folder is never replaced by a file, nor a file by a folder", async () => {
  const remote = await opened();
  const at = `open/${randomUUID()}`;
  await remote.write(`${at}/folder/file.bin`, contentOf(Buffer.from("kept")));
  await expect(remote.write(`${at}/folder`, contentOf(Buffer.from("x")))).rejects.toThrow("a folder is there");
  await expect(remote.write(`${at}/folder/file.bin/x`, contentOf(Buffer.from("x")))).rejects.toThrow("is a file there, and no folder");
  expect(await filesBelow(remote, at)).toEqual([`${at}/folder/file.bin`]);
});

test("TLS is spoken with a server whose authority NODE_EXTRA_CA_CERTS or a parameter names", async () => {
  const script = join(import.meta.dirname, "support", "copy-to-remote.mjs");
  const args = [script, `webdavs://localhost:${server.securePort}/basic/${randomUUID()}/new/file`, JSON.stringify(webLogin)];
  const run = async (authority: string | undefined): Promise<string> =>
    (await runCommand(process.execPath, args, { env: { NODE_EXTRA_CA_CERTS: authority }, accept: [0, 1] })).stdout;
  expect(JSON.parse(await run(server.authority))).toEqual({ size: 5, text: "hello" });
  const url = `webdavs://localhost:${server.securePort}/basic/?ca=${server.authority}`;
  const remote = await openDriver(locationOfUrl(url, webLogin), { signal: new AbortController().signal });
  onTestFinished(() => remote[Symbol.asyncDispose]());
  expect(await remote.stat("basic")).toMatchObject({ kind: "folder" });
  expect(JSON.parse(await run(undefined))).toMatchObject({ isTransient: false, message: expect.stringContaining("certificate") as string });
});
