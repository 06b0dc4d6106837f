import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import { expect, onTestFinished, test, vi } from "vitest";
import { temporaryFolder } from "../../../../test/support/temporary-folder.js";
import { locationOfUrl, type RemoteOptions } from "../../remote-location.js";
import type { Remote } from "../../remote.js";
import { driver } from "./driver.js";

const { signal } = new AbortController();

/** Opens a place, for somebody whose `~/.ssh/config` says this. */
async function open(url: string, options: RemoteOptions = {}, config = ""): Promise<Remote> {
  const home = await temporaryFolder();
  onTestFinished(() => home[Symbol.asyncDispose]());
  await mkdir(join(home.path, ".ssh"));
  await writeFile(join(home.path, ".ssh", "config"), config);
  vi.stubEnv("HOME", home.path);
  vi.stubEnv("SSH_AUTH_SOCK", undefined);
  return driver.open(locationOfUrl(url, options), { signal });
}

test.each([
  ["sftp://shelf/models/x", "sftp://shelf/"],
  ["ssh://me:secret@shelf:2222/models/x?identityFile=/k", "ssh://shelf:2222/"],
  ["sftp://[::1]:2222/", "sftp://[::1]:2222/"],
])("%s is called %s", async (url, name) => {
  expect((await open(url)).name).toBe(name);
});

test.each([
  ["sftp://shelf/", { isUntrusted: true }, "", "BENTO_BAD_REQUEST", "not trusted"],
  ["sftp:///models", {}, "", "BENTO_BAD_REQUEST", "no host"],
  ["sftp://shelf/?identity=/k", {}, "", "BENTO_BAD_REQUEST", 'no parameter "identity"'],
  ["sftp://shelf/", { params: { hostKey: "MD5:aa" } }, "", "BENTO_BAD_REQUEST", '"MD5:aa" is no fingerprint'],
  ["sftp://shelf/", {}, "Host shelf\nProxyCommand nc %h", "BENTO_CONFIG_INVALID", "ProxyCommand, which is not supported"],
  ["sftp://shelf/", {}, "Port many", "BENTO_CONFIG_INVALID", '"many"'],
  ["sftp://shelf/", {}, 'User "me', "BENTO_CONFIG_INVALID", "a quote has no end"],
])("%s with %j and %j is refused", async (url, options, config, code, message) => {
  await expect(open(url, options, config)).rejects.toMatchObject({ code, message: expect.stringContaining(message) as string });
});

test("a proxy that is none is fine", async () => {
  expect((await open("sftp://shelf/", {}, "ProxyJump none\nProxyCommand none")).name).toBe("sftp://shelf/");
});

test.each([
  [{ key: "no key, s3cret" }, "The parameter key cannot be used"],
  [{ identityFile: "/nowhere/key", passphrase: "s3cret" }, 'no key "/nowhere/key"'],
])("a key that was asked for must be of use: %j", async (params, message) => {
  await using remote = await open("sftp://127.0.0.1:1/", { params });
  const failure: unknown = await remote.stat("").catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: "BENTO_CONFIG_INVALID", message: expect.stringContaining(message) as string });
  expect(inspect(failure, { depth: 9 })).not.toContain("s3cret");
});

test("a server that does not answer may be tried again, until all is closed", async () => {
  await using remote = await open("sftp://127.0.0.1:1/");
  await expect(remote.stat("")).rejects.toMatchObject({
    code: "BENTO_TRANSFER_FAILED",
    cause: { isTransient: true, code: "ECONNREFUSED" },
  });
  await remote[Symbol.asyncDispose]();
  await expect(remote.stat("")).rejects.toMatchObject({ message: expect.stringContaining("it was closed") as string });
});
