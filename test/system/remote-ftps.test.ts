import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Remote } from "@bento/store";
import { locationOfUrl, openDriver, type RemoteOptions } from "@bento/store/remotes";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { contentOf, gather, someBytes } from "../support/remote-bytes.js";
import { remoteContract } from "../support/remote-contract.js";
import { Vsftpd, vsftpdPassword as password } from "./support/vsftpd.js";

const { signal } = new AbortController();

/** Refuses logins and data in plain text, and data connections that do not go on with the session. */
let vsftpd: Vsftpd;
let places = 0;

beforeAll(async () => {
  vsftpd = await Vsftpd.start({ tls: "explicit" });
});
afterAll(async () => {
  await vsftpd?.[Symbol.asyncDispose]();
});

async function open(port: number, { params, host = "localhost" }: RemoteOptions & { readonly host?: string } = {}): Promise<Remote> {
  const remote = await openDriver(locationOfUrl(`ftps://${host}:${port}/`, { password, params }), { signal });
  onTestFinished(() => remote[Symbol.asyncDispose]());
  return remote;
}

describe("vsftpd with TLS begun by AUTH", () => {
  remoteContract(
    async () => ({ remote: await open(vsftpd.port, { params: { ca: vsftpd.certificate } }), at: `files/place-${(places += 1)}/` }),
    { many: 40 },
  );
});

test("vsftpd with TLS from the first byte", async () => {
  await using implicit = await Vsftpd.start({ tls: "implicit" });
  const remote = await open(implicit.port, { params: { tls: "implicit", ca: implicit.certificate } });
  const bytes = someBytes(2_000_000);
  await remote.write("files/file.bin", contentOf(bytes));
  expect((await gather(remote.read("files/file.bin", { start: 1_000_000 }))).equals(bytes.subarray(1_000_000))).toBe(true);
  expect((await readFile(join(implicit.root, "files/file.bin"))).equals(bytes)).toBe(true);
});

test("a certificate that is not trusted, or another host's, is refused before the login", async () => {
  const untrusted = await open(vsftpd.port);
  const other = await open(vsftpd.port, { host: "127.0.0.1", params: { ca: vsftpd.certificate } });
  for (const remote of [untrusted, other]) {
    await expect(remote.stat("files")).rejects.toMatchObject({
      code: "BENTO_TRANSFER_FAILED",
      message: expect.stringContaining("certificate is not trusted") as string,
      hint: expect.stringContaining("NODE_EXTRA_CA_CERTS") as string,
      cause: { isTransient: false },
    });
  }
});

test.each(["explicit", "implicit"])("a server without TLS is told nothing where %s TLS is asked for", async (tls) => {
  await using plain = await Vsftpd.start();
  const remote = await open(plain.port, { params: { tls } });
  await expect(remote.stat("files")).rejects.toMatchObject({ code: "BENTO_TRANSFER_FAILED", cause: { isTransient: false } });
});

test("a broken upload goes on with a session of TLS", async () => {
  const remote = await open(vsftpd.port, { params: { ca: vsftpd.certificate } });
  const bytes = someBytes(9_000_000);
  let kills = 0;
  await remote.write("files/killed.bin", {
    size: bytes.length,
    async *stream(start) {
      yield bytes.slice(start, start + 4_000_000);
      if ((kills += 1) === 1) vsftpd.killSessions();
      yield bytes.slice(start + 4_000_000);
    },
  });
  expect((await readFile(join(vsftpd.root, "files/killed.bin"))).equals(bytes)).toBe(true);
});
