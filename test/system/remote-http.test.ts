import { randomUUID } from "node:crypto";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { locationOfUrl, openDriver, type RemoteOptions } from "@bento/store/remotes";
import type { Remote, RemoteContent } from "@bento/store";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { contentOf, gather, someBytes } from "../support/remote-bytes.js";
import { remoteContract } from "../support/remote-contract.js";
import { promptMs } from "../support/remote-under-test.js";
import { runCommand } from "../support/run-command.js";
import { NginxServer } from "./support/nginx.js";
import { webLogin } from "./support/web-daemon.js";

let server: NginxServer;
beforeAll(async () => {
  server = await NginxServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

const open = (options: RemoteOptions = {}): Promise<Remote> =>
  openDriver(locationOfUrl(`http://127.0.0.1:${server.port}/`, options), { signal: new AbortController().signal });

const opened = async (options?: RemoteOptions): Promise<Remote> => {
  const remote = await open(options);
  onTestFinished(() => remote[Symbol.asyncDispose]());
  return remote;
};

/** Files that nginx has, and what it keeps of bodies that broke off. */
const kept = async (at: string): Promise<readonly string[]> => [
  ...(await readdir(join(server.files, at), { recursive: true }).catch(() => [])),
  ...(await readdir(server.bodies)),
];

describe("files of nginx that are read", () => {
  const seed = async (path: string, bytes: Uint8Array): Promise<void> => {
    await mkdir(dirname(join(server.files, path)), { recursive: true });
    await writeFile(join(server.files, path), bytes);
  };
  remoteContract(async () => ({ remote: await open(), at: `${randomUUID()}/` }), { seed, lists: false });
});

test.each([true, false])(
  "what is put there comes back as it is, and can be replaced and deleted; its size is known: %s",
  async (isSizeKnown) => {
    const remote = await opened();
    const path = `${randomUUID()}/new/file.bin`;
    for (const size of [12_000_007, 0, 1]) {
      const bytes = someBytes(size);
      await remote.write(path, contentOf(bytes, { isSizeKnown }));
      expect((await gather(remote.read(path))).equals(bytes)).toBe(true);
    }
    await remote.delete(path);
    await remote.delete(path);
    expect(await remote.stat(path)).toBeUndefined();
  },
);

test("a write that fails or is aborted leaves everything as it was", async () => {
  const remote = await opened();
  const at = randomUUID();
  await remote.write(`${at}/old.bin`, contentOf(Buffer.from("old")));
  for (const size of [20_000_000, undefined]) {
    const controller = new AbortController();
    let began = 0;
    const content = (isFailing: boolean): RemoteContent => ({
      size,
      async *stream() {
        for (let index = 0; index < 20; index += 1) yield someBytes(300_000);
        if (isFailing) throw new Error("the source is broken");
        began = performance.now();
        controller.abort();
        await new Promise(() => {});
      },
    });
    for (const name of ["old.bin", "new.bin"]) {
      await expect(remote.write(`${at}/${name}`, content(true))).rejects.toThrow("the source is broken");
    }
    const aborted = remote.write(`${at}/old.bin`, content(false), { signal: controller.signal });
    await expect(aborted).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
    expect(performance.now() - began).toBeLessThan(promptMs);
  }
  await expect.poll(() => kept(at)).toEqual(["old.bin"]);
  expect(String(await gather(remote.read(`${at}/old.bin`)))).toBe("old");
});

test("what is behind a password is there for who has it, and is refused in words to others", async () => {
  const path = `private/${randomUUID()}.bin`;
  const remote = await opened(webLogin);
  // Large enough for the server to be asked first whether it wants it.
  await remote.write(path, contentOf(someBytes(3_000_000)));
  expect(await remote.stat(path)).toMatchObject({ kind: "file", size: 3_000_000 });
  for (const login of [{}, { ...webLogin, password: "wrong-password" }]) {
    const stranger = await opened(login);
    const refused = { code: "BENTO_UNAUTHORIZED", cause: { isTransient: false }, hint: expect.stringContaining("netrc") as string };
    await expect(stranger.stat(path)).rejects.toMatchObject(refused);
    await expect(gather(stranger.read(path))).rejects.toMatchObject(refused);
    await expect(stranger.write(path, contentOf(someBytes(3_000_000)))).rejects.toMatchObject(refused);
  }
});

test("redirects are followed by who reads, a server that is busy is asked later, and a list is refused in words", async () => {
  const remote = await opened();
  const name = randomUUID();
  await remote.write(name, contentOf(Buffer.from("hello")));
  expect(await remote.stat(`moved/${name}`)).toMatchObject({ size: 5 });
  expect(String(await gather(remote.read(`moved/${name}`, { start: 1 })))).toBe("ello");
  await expect(remote.write(`moved/${name}`, contentOf(Buffer.from("x")))).rejects.toThrow(
    `redirects it to http://127.0.0.1:${server.port}`,
  );
  await expect(remote.stat("busy/x")).rejects.toMatchObject({ retryAfterMs: 7000, cause: { isTransient: true } });
  await expect(remote.list("")[Symbol.asyncIterator]().next()).rejects.toMatchObject({
    code: "BENTO_BAD_REQUEST",
    hint: expect.stringContaining("webdav://") as string,
  });
});

test("TLS is spoken with a server whose authority NODE_EXTRA_CA_CERTS names, and the error names that where it is missing", async () => {
  const url = `https://localhost:${server.securePort}/${randomUUID()}`;
  const script = join(import.meta.dirname, "support", "copy-to-remote.mjs");
  const run = async (authority: string | undefined): Promise<string> =>
    (await runCommand(process.execPath, [script, url], { env: { NODE_EXTRA_CA_CERTS: authority }, accept: [0, 1] })).stdout;
  expect(JSON.parse(await run(server.authority))).toEqual({ size: 5, text: "hello" });
  expect(JSON.parse(await run(undefined))).toMatchObject({
    code: "BENTO_TRANSFER_FAILED",
    isTransient: false,
    hint: expect.stringContaining("NODE_EXTRA_CA_CERTS") as string,
  });
});
