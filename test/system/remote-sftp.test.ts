import { writeFile } from "node:fs/promises";
import type { Remote } from "@bento/store";
import { locationOfUrl, openDriver } from "@bento/store/remotes";
import { afterAll, beforeAll, describe, vi } from "vitest";
import { remoteContract } from "../support/remote-contract.js";
import { OpenSshServer } from "./support/openssh.js";

const { signal } = new AbortController();
let server: OpenSshServer;
beforeAll(async () => {
  server = await OpenSshServer.start(["RekeyLimit 4M"]);
  // What is known of servers, and keys, is looked for where OpenSSH looks.
  vi.stubEnv("HOME", server.path("home"));
  vi.stubEnv("SSH_AUTH_SOCK", undefined);
  await writeFile(server.path("home/.ssh/known_hosts"), await server.knownHost());
});
afterAll(() => server[Symbol.asyncDispose]());

function open(query = `?identityFile=${encodeURIComponent(server.path("client"))}`, user = server.user): Promise<Remote> {
  return openDriver(locationOfUrl(`sftp://${user}@127.0.0.1:${server.port}/${query}`), { signal });
}

let count = 0;
describe("a server of OpenSSH", () => {
  remoteContract(async () => {
    const at = `${server.path("data").slice(1)}/test ${(count += 1)}/`;
    return { remote: await open(), at };
  });
});
