import { readdir } from "node:fs/promises";
import { locationOfUrl, openDriver } from "@bento/store/remotes";
import type { Remote } from "@bento/store";
import { afterAll, beforeAll, describe } from "vitest";
import { remoteContract } from "../support/remote-contract.js";
import type { RemoteUnderTest } from "../support/remote-under-test.js";
import { Pyftpdlib, pyftpdlibLogin } from "./support/pyftpdlib.js";
import { Vsftpd, vsftpdPassword } from "./support/vsftpd.js";

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

const signal = new AbortController().signal;

function open(port: number, login: { readonly user?: string; readonly password?: string }): Promise<Remote> {
  return openDriver(locationOfUrl(`ftp://127.0.0.1:${port}/`, login), { signal });
}

/** What no listing shows: an upload that was left behind. */
async function partials(root: string): Promise<readonly string[]> {
  return (await readdir(root, { recursive: true })).filter((path) => path.endsWith(".partial"));
}

describe("vsftpd", () => {
  remoteContract(async (): Promise<RemoteUnderTest> => {
    const remote = await open(vsftpd.port, { password: vsftpdPassword });
    return { remote, at: `files/place-${(places += 1)}/`, leftovers: () => partials(vsftpd.root) };
  });
});

describe("pyftpdlib", () => {
  remoteContract(async (): Promise<RemoteUnderTest> => {
    const remote = await open(pyftpdlib.port, pyftpdlibLogin);
    return { remote, at: `place-${(places += 1)}/`, leftovers: () => partials(pyftpdlib.root) };
  });
});
